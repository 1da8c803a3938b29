//go:build yardsticks

package yardsticks

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	root     = "../../.."
	patience = 5 * time.Second
)

// checkout is the directory that the environment names. There is nothing to test
// without it, and a test that is left out says nothing.
func checkout(t *testing.T, variable, holds string) string {
	t.Helper()
	dir, err := filepath.Abs(os.Getenv(variable))
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, holds))
	}
	if err != nil || os.Getenv(variable) == "" {
		t.Fatalf("%s must be the path of a checkout that has %s (%v)", variable, holds, err)
	}
	return dir
}

var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "isthmus-yardsticks-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "isthmus")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/isthmus")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %v\n%s", cmd, err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// start runs isthmus for MQTT until the test ends, and gives its address. It must end
// well, without a panic.
func start(t *testing.T, flags ...string) (address string) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	l.Close()
	var log bytes.Buffer
	cmd := exec.Command(path, append([]string{"--nats", "", "--mqtt", address}, flags...)...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil || strings.Contains(log.String(), "panic:") {
			t.Errorf("isthmus: %v\n%s", err, &log)
		}
	})
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return address
		}
		if time.Now().After(end) {
			t.Fatalf("isthmus does not listen on %s", address)
		}
	}
}
