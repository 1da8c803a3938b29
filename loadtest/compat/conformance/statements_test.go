package conformance

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// version is the index of everything that there is once for each standard.
type version int

const (
	v311 version = iota
	v5
)

var versions = [...]version{v311, v5}

var names = [...]string{v311: "3.1.1", v5: "5.0"}

func (v version) String() string { return names[v] }

// level is the protocol level in CONNECT.
func (v version) level() byte { return [...]byte{4, 5}[v] }

// statement is a numbered sentence of a standard.
type statement struct {
	id    string // 3.3.2-2
	binds string
	text  string
}

// verdict is what is said of a statement for which no passing check speaks.
type verdict struct{ word, reason string }

const (
	different = "different"      // on purpose
	notYet    = "not yet"        // a gap
	noCase    = "does not arise" // its condition never holds

	client    = "client" // whom a statement binds that is not the server's business
	idPrefix  = "MQTT-"
	directory = "statements/"
)

var (
	statements = [...][]statement{v311: readStatements(v311), v5: readStatements(v5)}
	verdicts   = readVerdicts()
)

// rows reads a table with so many columns. A fault in it is a fault of the
// package.
func rows(path string, columns int) [][]string {
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	var all [][]string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cells) != columns || slices.Contains(cells, "") {
			panic(fmt.Sprintf("%s: not %d columns: %q", path, columns, line))
		}
		all = append(all, cells)
	}
	return all
}

func readStatements(v version) (all []statement) {
	for _, c := range rows(directory+v.String()+".tsv", 3) {
		all = append(all, statement{strings.TrimPrefix(c[0], idPrefix), c[1], c[2]})
	}
	return all
}

func readVerdicts() (all [2]map[string]verdict) {
	for v := range all {
		all[v] = map[string]verdict{}
	}
	for _, c := range rows(directory+"verdicts.tsv", 4) {
		v := slices.Index(names[:], c[0])
		id := strings.TrimPrefix(c[1], idPrefix)
		if v < 0 || !slices.Contains([]string{different, notYet, noCase}, c[2]) || all[v][id] != (verdict{}) {
			panic(fmt.Sprintf("verdicts.tsv: wrong, or twice: %q", c))
		}
		all[v][id] = verdict{c[2], c[3]}
	}
	return all
}

// dropVerdicts takes the rows that begin like this from the table.
func dropVerdicts(beginnings []string) error {
	const path = directory + "verdicts.tsv"
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var rest []string
	for line := range strings.Lines(string(text)) {
		if !slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(line, b+"\t") }) {
			rest = append(rest, line)
		}
	}
	if err := os.WriteFile(path, []byte(strings.Join(rest, "")), 0o644); err != nil {
		return err
	}
	verdicts = readVerdicts()
	return nil
}

// The tables hold every statement once: those of a section are numbered without
// a gap.
func TestNoStatementIsMissing(t *testing.T) {
	for _, v := range versions {
		last := map[string]int{}
		if v == v5 {
			last["2.2.1"] = 1
		}
		for _, s := range statements[v] {
			section, number, _ := strings.Cut(s.id, "-")
			if n, err := strconv.Atoi(number); err != nil || n != last[section]+1 {
				t.Errorf("%v: %s comes after %s-%d", v, s.id, section, last[section])
			} else {
				last[section] = n
			}
			if !slices.Contains([]string{"server", client, "both", "transport"}, s.binds) {
				t.Errorf("%v: %s binds %q", v, s.id, s.binds)
			}
		}
	}
	if n, m := len(statements[v311]), len(statements[v5]); n != 141 || m != 251 {
		t.Errorf("%d and %d statements; Appendix B of the standards has 141 and 251", n, m)
	}
}

// Every statement that binds the server has a check or a verdict; and what
// checks and verdicts name exists.
func TestEveryStatementIsAccountedFor(t *testing.T) {
	for _, v := range versions {
		proofs := proofsOf(v)
		known := map[string]bool{}
		for _, s := range statements[v] {
			known[s.id] = true
			given, has := verdicts[v][s.id]
			switch n := len(proofs[s.id]); {
			case s.binds == client && has:
				t.Errorf("%v: %s binds the client alone and has a verdict", v, s.id)
			case s.binds != client && n == 0 && !has:
				t.Errorf("%v: %s has neither a check nor a verdict: %s", v, s.id, s.text)
			case n > 0 && given.word == noCase:
				t.Errorf("%v: %s has a check, so it does arise", v, s.id)
			}
		}
		for id := range proofs {
			if !known[id] {
				t.Errorf("%v: a check names %s, which does not exist", v, id)
			}
		}
		for id := range verdicts[v] {
			if !known[id] {
				t.Errorf("%v: there is a verdict on %s, which does not exist", v, id)
			}
		}
	}
}
