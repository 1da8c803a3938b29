//go:build yardsticks

package yardsticks

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// outcomes is what came of each test: nil, or what came otherwise.
type outcomes map[string]error

// add keeps names apart that stand for several tests.
func (o outcomes) add(name string, err error) {
	unique := name
	for i := 2; ; i++ {
		if _, taken := o[unique]; !taken {
			o[unique] = err
			return
		}
		unique = fmt.Sprintf("%s (%d)", name, i)
	}
}

// compare holds the outcomes against a table of deviations.md.
func (o outcomes) compare(t *testing.T, heading string) {
	t.Helper()
	expected := deviations(t, heading)
	passed := 0
	for _, name := range slices.Sorted(maps.Keys(o)) {
		err := o[name]
		_, known := expected[name]
		switch {
		case err == nil:
			passed++
			if known {
				t.Errorf("%s: passes, and is in the table", name)
			}
		case known:
			t.Logf("deviation: %s: %v", name, err)
		default:
			t.Errorf("%s: %v", name, err)
		}
	}
	for name := range expected {
		if _, ran := o[name]; !ran {
			t.Errorf("%s: is in the table, and there is no such test", name)
		}
	}
	t.Logf("%s: %d tests, %d pass, %d deviate as expected", heading, len(o), passed, len(expected))
}

// deviations is the table below a heading: a test and why we differ in each row.
func deviations(t *testing.T, heading string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("deviations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, ok := strings.Cut(string(text), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("deviations.md has no heading %q", heading)
	}
	part, _, _ = strings.Cut(part, "\n## ")
	rows := map[string]string{}
	for line := range strings.Lines(part) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) == 2 && !strings.Contains(line, "---") && strings.TrimSpace(cells[0]) != "test" {
			rows[strings.Trim(strings.TrimSpace(cells[0]), "`")] = strings.TrimSpace(cells[1])
		}
	}
	return rows
}
