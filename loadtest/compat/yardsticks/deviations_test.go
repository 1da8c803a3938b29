//go:build yardsticks

package yardsticks

import (
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
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

// deviation is a row of deviations.md: so many tests whose names match the pattern
// come out like this.
type deviation struct {
	pattern string // as of package path, in which a / is no separator here
	comes   string
	count   int
	atMost  bool // fewer will do: it is a race of theirs
}

func (d deviation) is(name string, err error) bool {
	plain := strings.NewReplacer("/", "_", "[", "_", "]", "_")
	same, bad := path.Match(plain.Replace(d.pattern), plain.Replace(name))
	return same && bad == nil && strings.Contains(err.Error(), d.comes)
}

// compare holds the outcomes against a table of deviations.md.
func (o outcomes) compare(t *testing.T, heading string) {
	t.Helper()
	rows := deviations(t, heading)
	found := make([]int, len(rows))
	passed, deviating := 0, 0
	for _, name := range slices.Sorted(maps.Keys(o)) {
		err := o[name]
		if err == nil {
			passed++
			continue
		}
		at := slices.IndexFunc(rows, func(d deviation) bool { return d.is(name, err) })
		if at < 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		found[at]++
		deviating++
	}
	for i, d := range rows {
		if found[i] > d.count || found[i] < d.count && !d.atMost {
			t.Errorf("%d tests are like %q (%s), and the table has %d", found[i], d.pattern, d.comes, d.count)
		}
	}
	t.Logf("%s: %d tests, %d pass, %d differ as the table says", heading, len(o), passed, deviating)
}

// deviations is the table below a heading.
func deviations(t *testing.T, heading string) (rows []deviation) {
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
	for line := range strings.Lines(part) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 6 {
			continue
		}
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		number, atMost := strings.CutPrefix(cells[2], "at most ")
		if n, err := strconv.Atoi(number); err == nil {
			rows = append(rows, deviation{cells[1], cells[3], n, atMost})
		}
	}
	return rows
}
