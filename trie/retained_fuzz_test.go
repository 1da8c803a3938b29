package trie

import (
	"slices"
	"strings"
	"testing"
)

// FuzzRetained reads a script of lines: a verb and a name. The verb '+' sets a name
// and '-' deletes it, '?' scans with a filter and '^' scans with it as an MQTT
// filter, behind the mountpoint "m.". Lines that begin with a digit are the number of
// names that a scan asks for at a time, less one.
//
// A filter that ends in the level ">" or "#" has that tail.
func FuzzRetained(f *testing.F) {
	f.Add("+a.b\n+a.b.c\n+a-b.c\n+$SYS.a\n+m._INBOX.a\n+m.b\n?a.*\n^#\n^m.*.#\n?*.b\n-a.b\n3\n?a.#")
	f.Add("+a\n+a.\n+a..\n+a.-\n+a./\n+.\n+..\n?*.*\n?a.#\n?*.\n?a.>\n?a.*.#")
	f.Add("+$\n+$.a\n+%\n+_INBOX\n+_INBOX.\n+_INBOX-\n+_INBOX/.a\n^#\n^*.>\n^*\n^$.#\n^_INBOX.#")
	f.Fuzz(func(t *testing.T, script string) {
		tr, oracle, most := NewRetained[int](), retainedOracle{}, 1
		for line := range strings.Lines(script) {
			line = strings.TrimSuffix(line, "\n")
			if line == "" {
				continue
			}
			verb, name := line[0], line[1:]
			switch {
			case verb == '+':
				v := new(int)
				if got := tr.Set([]byte(name), v); got != oracle[name] {
					t.Fatalf("Set(%q) was %v, want %v", name, got, oracle[name])
				}
				oracle[name] = v
			case verb == '-':
				if got := tr.Delete([]byte(name)); got != oracle[name] {
					t.Fatalf("Delete(%q) was %v, want %v", name, got, oracle[name])
				}
				delete(oracle, name)
			case verb == '?' || verb == '^':
				f, g := filterOf(name), Guard{}
				if verb == '^' {
					g = guardOf(f, "m.")
				}
				got := scanAll(t, tr, f, g, most)
				if want := oracle.find(f, g); !slices.Equal(got, want) {
					t.Fatalf("%+v %+v: found %q, want %q", f, g, got, want)
				}
			case verb >= '0' && verb <= '9':
				most = 1 + int(verb-'0')
			}
		}
		checkRetained(t, tr, oracle)
	})
}
