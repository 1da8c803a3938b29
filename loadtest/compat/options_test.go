package e2e

import (
	"net"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestVersionHelpAndBanner(t *testing.T) {
	s := start(t)
	for _, addr := range []string{s.nats, s.mqtt} {
		_, port, _ := strings.Cut(addr, ":")
		s.log.waitFor(t, port) // the banner says what listens where
	}
	if out := s.call(t, isthmus, "version"); !strings.Contains(out, "isthmus") {
		t.Errorf("isthmus version printed %q", out)
	}
	help := s.call(t, isthmus, "--help")
	for _, flag := range []string{
		"--nats", "--mqtt", "--mountpoint", "--lanes", "--read-buffer", "--max-payload",
		"--max-connections", "--heartbeat", "--log-level", "--log-format", "--max-pending",
		"--max-output", "--flush", "--memory-limit", "--cpu-quota", "--tcp-keep-alive",
	} {
		if !strings.Contains(help, flag) {
			t.Errorf("isthmus --help does not name %s:\n%s", flag, help)
		}
	}
}

// An address that is taken, or an option that makes no sense, is a failure
// that says what it is about.
func TestBadStart(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	f := func(args ...string) {
		t.Helper()
		out, err := isthmusOnce(t, args...)
		if err == nil {
			t.Errorf("isthmus %q exits with 0:\n%s", args, out)
		}
		if len(out) == 0 {
			t.Errorf("isthmus %q says nothing", args)
		}
	}
	f("--nats", l.Addr().String())
	f("--mqtt", l.Addr().String())
	f("--lanes", "-1")
	f("--max-payload", "many")
	f("--log-level", "shrill")
	f("--log-format", "prose")
	f("--cpu-quota", "half")
	f("--memory-limit", "some")
	f("--gc-percent", "-1")
	f("--flush", "never")
	f("--tcp-keep-alive", "1ms")
	f("--no-such-flag")
}

func TestMountpointMustEndInASlash(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"dev", "dev/+/", "dev/*/"} {
		if out, err := isthmusOnce(t, "--mountpoint", bad); err == nil {
			t.Errorf("--mountpoint %s is taken:\n%s", bad, out)
		}
	}
}

// Port 0 lets the kernel choose, and the banner tells what it chose.
func TestBannerTellsTheRealPorts(t *testing.T) {
	t.Parallel()
	cmd, log := exec.Command(isthmus, "--nats", "127.0.0.1:0", "--mqtt", "127.0.0.1:0"), newTranscript()
	cmd.Stderr = log
	must(t, cmd.Start())
	defer cmd.Wait()
	defer cmd.Process.Signal(syscall.SIGTERM)
	address := regexp.MustCompile(`127\.0\.0\.1:[0-9]+`)
	var found []string
	eventually(t, "two addresses in the banner", func() bool {
		found = address.FindAllString(log.String(), -1)
		return len(found) >= 2
	})
	for _, addr := range found {
		c, err := net.DialTimeout("tcp", addr, patience)
		if err != nil {
			t.Errorf("the banner names %s: %v", addr, err)
			continue
		}
		c.Close()
	}
}

// Every flag is an environment variable too; the flag wins.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	env := []string{"env", "ISTHMUS_MAX_PAYLOAD=1234", "ISTHMUS_MOUNTPOINT=from/env/", "ISTHMUS_NATS=127.0.0.1:1"}
	s := startAs(t, env, freePort(t), freePort(t), "--mountpoint", "from/flag/")
	nc := s.natsClient(t)
	if n := nc.MaxPayload(); n != 1234 {
		t.Errorf("max_payload %d, want 1234", n)
	}
	c := s.mqtt5(t)
	c.subscribe(t, "from/#")
	must(t, nc.Publish("x", nil))
	c.nextText(t, "from/flag/x", "")
}

// The memory limit reaches Go's runtime, and the environment of Go is heard
// where no flag says otherwise.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	s := start(t, "--memory-limit", "3GB")
	s.log.waitFor(t, "memory limit of Go's runtime 3221225472 bytes")
	s = startAs(t, []string{"env", "GOMEMLIMIT=4GiB"}, freePort(t), freePort(t))
	s.log.waitFor(t, "memory limit of Go's runtime 4294967296 bytes")
}

// With JSON logs every line behind the banner is one.
func TestLogFormatJSON(t *testing.T) {
	t.Parallel()
	s := start(t, "--log-format", "json")
	s.rawNATS(t, "GARBAGE\r\n").rest(t)
	begin := time.Now()
	s.stop()
	if d := time.Since(begin); d > patience {
		t.Errorf("it took %v", d)
	}
	s.log.waitFor(t, `"unknown_operation"`)
}
