package e2e

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
)

// compiled is the program made of c/NAME.c.
func compiled(t *testing.T, name string, libraries ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	args := append([]string{"-Wall", "-Wextra", "-Werror", "-O1", "-o", program, filepath.Join("c", name+".c")}, libraries...)
	if out, err := exec.Command(tool(t, "gcc"), args...).CombinedOutput(); err != nil {
		t.Fatalf("%v; the libraries come with loadtest/compat/setup.sh\n%s", err, out)
	}
	return program
}

// ends runs a program that must end well.
func ends(t *testing.T, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 6*patience)
	defer cancel()
	if out, err := exec.CommandContext(ctx, program, args...).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", filepath.Base(program), err, out)
	}
}

func TestPahoC(t *testing.T) {
	program := compiled(t, "paho", "-lpaho-mqtt3c")
	for version, name := range map[string]string{"3": "3.1", "4": "3.1.1", "5": "5.0"} {
		t.Run(name, func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) { ends(t, program, "tcp://"+s.mqtt, version, t.TempDir()) })
		})
	}
}

func TestNATSC(t *testing.T) {
	program := compiled(t, "nats", "-lnats")
	onLanes(t, func(t *testing.T, s *server) { ends(t, program, "nats://"+s.nats) })
}
