package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// script runs js/NAME, whose tests are written for node:test, against the server.
func (s *server) script(t *testing.T, name string, env ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool(t, "node"), "--test-reporter=tap", name)
	cmd.Dir = "js"
	cmd.Env = append(os.Environ(), "ISTHMUS_NATS="+s.nats, "ISTHMUS_MQTT="+s.mqtt, fmt.Sprintf("ISTHMUS_PATIENCE=%v", patience.Seconds()))
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		if strings.Contains(string(out), "ERR_MODULE_NOT_FOUND") {
			t.Fatalf("the packages of js/package.json are not installed; run loadtest/compat/setup.sh\n%s", out)
		}
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	if !strings.Contains(string(out), "\nok 1 ") {
		t.Fatalf("%s tested nothing:\n%s", name, out)
	}
}

func TestMQTTjs(t *testing.T) {
	for version, name := range map[string]string{"3": "3.1", "4": "3.1.1", "5": "5.0"} {
		t.Run(name, func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) { s.script(t, "mqttjs.mjs", "ISTHMUS_VERSION="+version) })
		})
	}
}

func TestNATSjsWithServices(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) { s.script(t, "natsjs.mjs") })
}

func TestMQTTjsMeetsNATSjs(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) { s.script(t, "crossing.mjs") })
}
