package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// proof is a test or a transcript that is said to hold something; the error is
// that there is none.
func proof(dir, name string) error {
	if dir == "transcript" {
		_, err := os.Stat(filepath.Join(root, "session/testdata/transcripts", name+".txt"))
		return err
	}
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	if err != nil || strings.HasSuffix(dir, ".go") {
		files = []string{filepath.Join(root, dir)}
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		if strings.Contains(string(text), "func "+name+"(") {
			return nil
		}
	}
	return fmt.Errorf("%s has no %s", dir, name)
}

// Each case that EMQX tests its NATS gateway with is listed once, with a test or
// transcript of ours that is there, or with the reason why there is none.
func TestEMQXCasesHaveTheirTests(t *testing.T) {
	text, err := os.ReadFile("emqx_cases.tsv")
	must(t, err)
	seen := map[string]bool{}
	suites := map[string]int{}
	later := []string{"auth", "tls", "management"}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cells) != 3 {
			t.Fatalf("%q has not three cells", line)
		}
		suite, name := cells[0], cells[0]+" "+cells[1]
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
		suites[suite]++
		switch what, why, _ := strings.Cut(cells[2], ":"); {
		case what == "later":
			if !slices.Contains(later, why) || suite == "frame" || suite == "topic" {
				t.Errorf("%s: %q", name, cells[2])
			}
		case what == "not":
			if why == "" {
				t.Errorf("%s: no reason", name)
			}
		default:
			for _, p := range strings.Fields(cells[2]) {
				dir, test, _ := strings.Cut(p, ":")
				if err := proof(dir, test); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
	// The inventory of 2026-08: 168 functions in six suites.
	for suite, want := range map[string]int{"protocol": 53, "channel": 31, "gateway": 10, "authn": 22, "frame": 49, "topic": 3} {
		if suites[suite] != want {
			t.Errorf("suite %s has %d cases here, EMQX %d", suite, suites[suite], want)
		}
	}
}

// Each row of docs/conformance-nats.md names a test or transcript that is there.
func TestEachDisagreementIsHeldByATest(t *testing.T) {
	text, err := os.ReadFile(root + "/docs/conformance-nats.md")
	must(t, err)
	_, table, _ := strings.Cut(string(text), "|---|---|---|---|\n")
	link := regexp.MustCompile(`\[(\w+)\]\(\.\./([^)]+)\)`)
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) != 4 {
			t.Fatalf("%q has not four cells", line)
		}
		rows++
		all := link.FindAllStringSubmatch(cells[3], -1)
		if len(all) == 0 {
			t.Errorf("%s: nothing holds it", cells[0])
		}
		for _, l := range all {
			dir := l[2]
			if strings.HasSuffix(dir, ".txt") {
				dir = "transcript"
			}
			if err := proof(dir, l[1]); err != nil {
				t.Errorf("%s: %v", cells[0], err)
			}
		}
	}
	if rows < 30 {
		t.Errorf("only %d rows", rows)
	}
}
