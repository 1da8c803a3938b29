package e2e

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// tool finds a program that setup.sh installs. A missing one fails the test: a
// skipped test would say nothing.
func tool(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range []string{os.Getenv("ISTHMUS_TOOLS"), filepath.Join(root, ".cache", "bin")} {
		path, err := filepath.Abs(filepath.Join(dir, name))
		if err != nil || dir == "" {
			continue
		}
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatalf("%s is not installed; run loadtest/compat/setup.sh", name)
	return ""
}

// command is a call of a tool: its arguments and the environment in which the
// nats CLI finds the server and nobody's personal settings.
func (s *server) command(ctx context.Context, t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	if strings.HasPrefix(name, "mosquitto_") {
		host, port, _ := strings.Cut(s.mqtt, ":")
		args = append([]string{"-h", host, "-p", port}, args...)
	}
	cmd := exec.CommandContext(ctx, tool(t, name), args...)
	cmd.Env = append(os.Environ(), "NATS_URL=nats://"+s.nats, "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "TERM=dumb", "NO_COLOR=1")
	return cmd
}

// call runs a tool to its end, which must be a good one, and returns what it
// printed on both streams.
func (s *server) call(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	out, err := s.command(ctx, t, name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// running is a tool that has been started and is being read.
type running struct {
	name  string
	lines chan string // what it prints, closed at its end
	all   *transcript
	end   chan error
}

// spawn starts a tool that is killed when the test ends.
func (s *server) spawn(t *testing.T, name string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := s.command(ctx, t, name, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r := &running{name: name, lines: make(chan string, 10000), all: newTranscript(), end: make(chan error, 1)}
	cmd.Stderr = r.all
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			_, _ = r.all.Write(append(lines.Bytes(), '\n'))
			r.lines <- lines.Text()
		}
		close(r.lines)
		r.end <- cmd.Wait()
	}()
	t.Cleanup(func() {
		cancel()
		for range r.lines { // until its end, so that nothing of it is left over
		}
		if t.Failed() {
			t.Logf("%s %s printed:\n%s", name, strings.Join(args, " "), r.all)
		}
	})
	return r
}

// line is the next line that the tool prints.
func (r *running) line(t *testing.T) string {
	t.Helper()
	select {
	case line, ok := <-r.lines:
		if !ok {
			t.Fatalf("%s ended; it printed:\n%s", r.name, r.all)
		}
		return line
	case <-time.After(patience):
		t.Fatalf("no line from %s in %v; it printed:\n%s", r.name, patience, r.all)
	}
	return ""
}

// wait waits for the good end of the tool.
func (r *running) wait(t *testing.T) {
	t.Helper()
	select {
	case err := <-r.end:
		if err != nil {
			t.Fatalf("%s: %v; it printed:\n%s", r.name, err, r.all)
		}
	case <-time.After(2 * patience):
		t.Fatalf("%s does not end; it printed:\n%s", r.name, r.all)
	}
}

// awaitInterest waits until somebody is subscribed to the subject: a tool
// started in the background, for example. It asks as a NATS client does, by
// requests, until one is not answered by "no responders". That one request,
// with the payload "probe", reaches the subscriber. Anybody else who is
// subscribed to that subject spoils the question.
func (s *server) awaitInterest(t *testing.T, subject string) {
	t.Helper()
	nc := s.natsClient(t)
	defer nc.Close()
	inbox := nats.NewInbox()
	answers := subscribe(t, nc, inbox)
	eventually(t, "a subscriber of "+subject, func() bool {
		must(t, nc.PublishRequest(subject, inbox, []byte("probe")))
		must(t, nc.Flush()) // a 503 is sent before this PONG
		return len(answers) == 0 || (<-answers).Header.Get("Status") != "503"
	})
}

// awaitNobody waits until nobody who is connected is subscribed to the subject:
// until requests, with the payload "probe" and QoS 0, are answered by "no
// responders".
func (s *server) awaitNobody(t *testing.T, subject string) {
	t.Helper()
	nc := s.natsClient(t)
	defer nc.Close()
	inbox := nats.NewInbox()
	answers := subscribe(t, nc, inbox)
	eventually(t, "no subscriber of "+subject, func() bool {
		must(t, nc.PublishRequest(subject, inbox, []byte("probe")))
		must(t, nc.Flush()) // a 503 is sent before this PONG
		return len(answers) > 0 && (<-answers).Header.Get("Status") == "503"
	})
}

// isthmusOnce runs isthmus with options that it should refuse, or that make it
// end by itself.
func isthmusOnce(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	args = append([]string{"--nats", "127.0.0.1:0", "--mqtt", "127.0.0.1:0"}, args...)
	out, err := exec.CommandContext(ctx, isthmus, args...).CombinedOutput()
	if ctx.Err() != nil {
		t.Errorf("isthmus %s does not end:\n%s", strings.Join(args, " "), out)
	}
	return string(out), err
}
