package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const root = "../.."

var (
	isthmus  string // the binary under test
	raceMode = os.Getenv("ISTHMUS_RACE") == "1"

	// patience is how long a test waits for what must happen. It is generous:
	// tests wait for events, so only a failing test waits that long.
	patience = 10 * time.Second
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if raceMode {
		patience *= 3
	}
	if isthmus = os.Getenv("ISTHMUS_BIN"); isthmus == "" {
		dir, err := os.MkdirTemp("", "isthmus-e2e-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		isthmus = filepath.Join(dir, "isthmus")
		args := []string{"build", "-o", isthmus}
		if raceMode {
			args = append(args, "-race")
		}
		cmd := exec.Command("go", append(args, "./cmd/isthmus")...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go %s: %v\n%s", strings.Join(cmd.Args[1:], " "), err, out)
			return 1
		}
	}
	return m.Run()
}

// server is one running isthmus process.
type server struct {
	t        *testing.T
	nats     string // addresses
	mqtt     string
	cmd      *exec.Cmd
	log      *transcript
	exited   chan struct{} // closed once the process has been waited for
	expected bool          // somebody has asked for its end
}

// start runs isthmus on two free ports until the test ends. At the end it must
// exit with 0 in time when told to by SIGTERM, with nothing of a panic or a
// data race in its log.
func start(t *testing.T, flags ...string) *server {
	t.Helper()
	return startAs(t, nil, freePort(t), freePort(t), flags...)
}

// startAs is start with the command put behind wrap, on known ports.
func startAs(t *testing.T, wrap []string, natsPort, mqttPort int, flags ...string) *server {
	t.Helper()
	s := &server{
		t:      t,
		nats:   fmt.Sprintf("127.0.0.1:%d", natsPort),
		mqtt:   fmt.Sprintf("127.0.0.1:%d", mqttPort),
		log:    newTranscript(),
		exited: make(chan struct{}),
	}
	args := append(append([]string{}, wrap...), isthmus, "--nats", s.nats, "--mqtt", s.mqtt)
	args = append(args, flags...)
	s.cmd = exec.Command(args[0], args[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.Env = append(os.Environ(), "GORACE=halt_on_error=1")
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("start %v: %v", args, err)
	}
	go func() { _ = s.cmd.Wait(); close(s.exited) }()
	t.Cleanup(func() {
		if !s.expected {
			s.stop()
		}
		if t.Failed() {
			text, _, _ := strings.Cut(s.log.String(), "SIGQUIT: quit")
			t.Logf("log of %s:\n%s", strings.Join(args, " "), text)
		}
	})
	for _, addr := range []string{s.nats, s.mqtt} {
		eventually(t, "a listener on "+addr, func() bool {
			if s.gone() {
				t.Fatalf("isthmus ended at once: %v", s.cmd.ProcessState)
			}
			c, err := net.DialTimeout("tcp", addr, time.Second)
			if err == nil {
				c.Close()
			}
			return err == nil
		})
	}
	return s
}

func (s *server) gone() bool {
	select {
	case <-s.exited:
		return true
	default:
		return false
	}
}

// stop ends the process as an operator would and checks how it went.
func (s *server) stop() {
	s.t.Helper()
	s.expected = true
	if s.gone() {
		s.t.Errorf("isthmus ended by itself: %v", s.cmd.ProcessState)
	} else {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
	}
	select {
	case <-s.exited:
	case <-time.After(10 * time.Second):
		s.t.Error("isthmus did not end within 10 s of SIGTERM")
		_ = s.cmd.Process.Signal(syscall.SIGQUIT) // prints the goroutines
		select {
		case <-s.exited:
		case <-time.After(2 * time.Second):
			_ = s.cmd.Process.Kill()
			<-s.exited
		}
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		s.t.Errorf("isthmus exited with %v, want 0", s.cmd.ProcessState)
	}
	for _, bad := range []string{"panic:", "fatal error:", "DATA RACE"} {
		if strings.Contains(s.log.String(), bad) {
			s.t.Errorf("the log of isthmus holds %q", bad)
		}
	}
}

// counted ends the process and gives its count of a reason, as its log tells it.
func (s *server) counted(reason string) int {
	s.t.Helper()
	if !s.expected {
		s.stop()
	}
	total := 0
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, " reason="+reason+" ") {
			_, text, _ := strings.Cut(line, " total=")
			n, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil {
				s.t.Fatalf("no total in %q", line)
			}
			total = n
		}
	}
	return total
}

// quit ends the process with SIGQUIT and says how many goroutines it had, those
// of the Go runtime not counted.
func (s *server) quit() int {
	s.t.Helper()
	s.expected = true
	_ = s.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-s.exited:
	case <-time.After(patience):
		s.t.Fatal("isthmus did not end after SIGQUIT")
	}
	n := 0
	for stack := range strings.SplitSeq(s.log.String(), "\n\n") {
		if strings.HasPrefix(stack, "goroutine ") && !strings.Contains(stack, "created by runtime.") {
			n++
		}
	}
	return n
}

// fds is the number of open file descriptors of the process.
func (s *server) fds() int {
	s.t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list)
}

// memory is the named number of bytes in /proc/PID/status: VmRSS or VmHWM.
func (s *server) memory(name string) int {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); key == name {
			kib, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				s.t.Fatal(err)
			}
			return kib << 10
		}
	}
	s.t.Fatalf("no %s in /proc/PID/status", name)
	return 0
}

// onLanes runs the scenario against a server with one lane and one with four.
func onLanes(t *testing.T, scenario func(t *testing.T, s *server), flags ...string) {
	t.Helper()
	t.Parallel()
	for _, n := range []string{"1", "4"} {
		t.Run("lanes="+n, func(t *testing.T) {
			t.Parallel()
			scenario(t, start(t, append([]string{"--lanes", n}, flags...)...))
		})
	}
}

var ports struct {
	sync.Mutex
	next int
}

// freePort gives a port that nobody listens on and nobody has been given
// before. It stays below the range from which the kernel takes ports for
// outgoing connections.
func freePort(t *testing.T) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	if ports.next == 0 {
		ports.next = 10000 + rand.IntN(20000)
	}
	for range 1000 {
		if ports.next++; ports.next >= 32000 {
			ports.next = 10000
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", ports.next))
		if err == nil {
			l.Close()
			return ports.next
		}
	}
	t.Fatal("no free port")
	return 0
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// transcript collects what a process prints.
type transcript struct {
	mu    sync.Mutex
	text  strings.Builder
	grown chan struct{} // closed and replaced when there is more
}

func newTranscript() *transcript { return &transcript{grown: make(chan struct{})} }

func (l *transcript) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	close(l.grown)
	l.grown = make(chan struct{})
	return len(p), nil
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// waitFor waits until the text holds want.
func (l *transcript) waitFor(t *testing.T, want string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		l.mu.Lock()
		found, grown := strings.Contains(l.text.String(), want), l.grown
		l.mu.Unlock()
		if found {
			return
		}
		select {
		case <-grown:
		case <-deadline:
			t.Fatalf("waited %v for %q in:\n%s", patience, want, l)
		}
	}
}
