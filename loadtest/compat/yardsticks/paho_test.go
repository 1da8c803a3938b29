//go:build yardsticks

package yardsticks

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// driver runs a suite with the names of its tests. The suites read their own options
// and would hand those on to unittest, which knows none of them.
const driver = `
import runpy, sys, unittest
suite, port = sys.argv[1:]
main = unittest.main
unittest.main = lambda: main(argv=[suite], verbosity=2)
sys.argv = [suite, "--hostname", "127.0.0.1", "-p", port]
runpy.run_path(suite, run_name="__main__")
`

var (
	begun  = regexp.MustCompile(`(?m)^(test\w*) \(__main__\.`)
	failed = regexp.MustCompile(`(?m)^(?:FAIL|ERROR): (test\w*) \(`)
	ran    = regexp.MustCompile(`(?m)^Ran (\d+) tests? in`)
)

func TestPahoSuiteForMQTT311(t *testing.T) {
	pahoSuite(t, "client_test.py", "Eclipse's suite for MQTT 3.1.1")
}

func TestPahoSuiteForMQTT5(t *testing.T) {
	// Their server, for which the suite is written, asks for a keep alive of a minute.
	pahoSuite(t, "client_test5.py", "Eclipse's suite for MQTT 5.0", "--max-keep-alive", "60s")
}

func pahoSuite(t *testing.T, suite, heading string, flags ...string) {
	t.Parallel()
	dir := filepath.Join(checkout(t, "PAHO", "interoperability/"+suite), "interoperability")
	_, port, err := net.SplitHostPort(start(t, flags...))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "python3", "-c", driver, suite, port)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PYTHONPATH="+dir, "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || !ran.Match(out) {
		t.Fatalf("%s: %v\n%s", suite, err, out)
	}
	found := outcomes{}
	for _, m := range begun.FindAllSubmatch(out, -1) {
		found[string(m[1])] = nil
	}
	for _, m := range failed.FindAllSubmatchIndex(out, -1) {
		text := string(out[m[0]:])
		text, _, _ = strings.Cut(text, "\n\n") // the traceback, with the error as its last line
		name := string(out[m[2]:m[3]])
		found[name] = errors.New(text[strings.LastIndexByte(text, '\n')+1:])
	}
	if n := string(ran.FindSubmatch(out)[1]); n != strconv.Itoa(len(found)) {
		t.Errorf("%s tests ran, %d were seen\n%s", n, len(found), bytes.TrimSpace(out))
	}
	found.compare(t, heading)
}
