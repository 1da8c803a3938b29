package conformance

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var (
	isthmus  string // the path of the binary
	raceMode = os.Getenv("ISTHMUS_RACE") == "1"
)

// server is a running isthmus.
type server struct{ addr string }

// start runs isthmus until the test and its subtests end. Then it must exit with
// 0 in time, without a panic in its log.
func start(t *testing.T, flags ...string) *server {
	t.Helper()
	for range 20 {
		if s := try(t, flags); s != nil {
			return s
		}
	}
	t.Fatal("isthmus does not listen")
	return nil
}

// try starts isthmus on a port that may be taken by somebody else meanwhile.
func try(t *testing.T, flags []string) *server {
	s := &server{"127.0.0.1:" + strconv.Itoa(10000+rand.IntN(20000))}
	cmd := exec.Command(isthmus, append([]string{"--lanes", "2", "--nats", "", "--mqtt", s.addr}, flags...)...)
	log := new(lines)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		select {
		case <-exited:
			return nil
		default:
		}
		if c, err := net.Dial("tcp", s.addr); err == nil {
			c.Close()
			break
		}
		if time.Now().After(end) {
			_ = cmd.Process.Kill()
			t.Fatalf("isthmus does not listen:\n%s", log)
		}
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(patience + patience/2):
			_ = cmd.Process.Kill()
			<-exited
			t.Errorf("isthmus does not end:\n%s", log)
		}
		code, said := cmd.ProcessState.ExitCode(), log.String()
		if code != 0 || strings.Contains(said, "panic:") || strings.Contains(said, "DATA RACE") {
			t.Errorf("isthmus exited with %d:\n%s", code, said)
		}
	})
	return s
}

// lines collects what a process prints.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

var uniques atomic.Int64

// unique is a name of letters and digits that no other check has.
func unique(name string) string { return fmt.Sprintf("%s%d", name, uniques.Add(1)) }
