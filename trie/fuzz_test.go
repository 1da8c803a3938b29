package trie

import (
	"strings"
	"testing"
)

// FuzzMatch reads a script of lines: a verb, perhaps a digit, and a name. The verb
// '+' adds a filter and '-' removes it, '?' matches a subject, '^' matches it with
// level 0 guarded.
//
// A filter that ends in the level ">" or "#" has that tail. Of the digit, the low
// two bits choose the group and the others the ref; an odd ref opens level 0.
func FuzzMatch(f *testing.F) {
	f.Add("+a.b\n+a.*\n+a.>\n?a.b")
	f.Fuzz(func(t *testing.T, script string) {
		tr := New(2)
		var oracle scan
		var m Matches
		for line := range strings.Lines(script) {
			verb, digit, text := parse(strings.TrimSuffix(line, "\n"))
			switch verb {
			case '+', '-':
				x := sub{f: filterOf(text), g: groupOf(digit), r: Ref{Slot: digit >> 2, Opens: digit >> 2 & 1}}
				if verb == '+' {
					oracle.add(x)
					tr.Add(x.f, x.g, x.r)
				} else if want, got := oracle.remove(x), tr.Remove(x.f, x.g, x.r); want != got {
					t.Fatalf("Remove(%+v) is %v", x, got)
				}
				checkShape(t, tr)
			case '?', '^':
				guarded := uint32(0)
				if verb == '^' {
					guarded = 1
				}
				tr.Match([]byte(text), guarded, &m)
				if d := diff(oracle.match(text, guarded), resultOf(t, &m)); d != "" {
					t.Fatalf("%q: -want +got\n%s", text, d)
				}
			}
		}
	})
}

func parse(line string) (verb byte, digit uint32, text string) {
	if line == "" {
		return 0, 0, ""
	}
	verb, text = line[0], line[1:]
	if text != "" && text[0] >= '0' && text[0] <= '9' {
		digit, text = uint32(text[0]-'0'), text[1:]
	}
	return verb, digit, text
}

func filterOf(text string) Filter {
	for tail, last := range map[Tail]string{TailOneOrMore: ">", TailZeroOrMore: "#"} {
		if text == last {
			return Filter{"", tail}
		}
		if p, ok := strings.CutSuffix(text, "."+last); ok {
			return Filter{p, tail}
		}
	}
	return Filter{text, TailNone}
}

func groupOf(digit uint32) Group {
	switch digit & 3 {
	case 2:
		return Group{GroupQueue, "g"}
	case 3:
		return Group{GroupShare, "g"}
	}
	return Group{}
}
