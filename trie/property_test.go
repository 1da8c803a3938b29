package trie

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Few texts, so that names meet; among them all that look like wildcards.
var (
	texts   = []string{"a", "b", "ab", "", "+", "#", ">", "$SYS", "$", "*a", "**", "_INBOX"}
	levels  = rapid.SampledFrom(append(texts, "a", "a", "b", "*", "*", "*"))
	anyName = rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(levels, 0, 6).Draw(t, "levels"), ".")
	})
	// wide names give nodes enough children to be hashed.
	wide = rapid.Custom(func(t *rapid.T) string {
		s := rapid.SampledFrom([]string{"a.b.", "a.*.", "*.", "a.b.*."}).Draw(t, "stem")
		return s + rapid.StringMatching(`[a-p](\.[ab*])?`).Draw(t, "rest")
	})
	someNames = rapid.OneOf(anyName, wide)
	filters   = rapid.Custom(func(t *rapid.T) Filter {
		return Filter{someNames.Draw(t, "pattern"), Tail(rapid.IntRange(0, 2).Draw(t, "tail"))}
	})
	groups = rapid.Custom(func(t *rapid.T) Group {
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 2:
			return Group{GroupQueue, rapid.SampledFrom([]string{"q", "r", ""}).Draw(t, "name")}
		case 3:
			return Group{GroupShare, rapid.SampledFrom([]string{"q", "r", ""}).Draw(t, "name")}
		}
		return Group{}
	})
	refs = rapid.Custom(func(t *rapid.T) Ref {
		return Ref{
			Slot:  uint32(rapid.IntRange(0, 60).Draw(t, "slot")),
			Flags: uint16(rapid.IntRange(0, 1).Draw(t, "flags")),
			Opens: rapid.SampledFrom([]uint32{0, 0, 1, 2, 3, 1 << 31}).Draw(t, "opens"),
		}
	})
	subs = rapid.Custom(func(t *rapid.T) sub {
		return sub{filters.Draw(t, "filter"), groups.Draw(t, "group"), refs.Draw(t, "ref")}
	})
)

func TestTrieIsALinearScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := New(rapid.SampledFrom([]int{1, 4, 0}).Draw(t, "shards"))
		var oracle scan
		var m Matches
		known := func() sub {
			if len(oracle.subs) == 0 {
				return subs.Draw(t, "sub")
			}
			return rapid.SampledFrom(oracle.subs).Draw(t, "known")
		}
		add := func(t *rapid.T) {
			x := subs.Draw(t, "sub")
			oracle.add(x)
			tr.Add(x.f, x.g, x.r)
		}
		remove := func(x sub) {
			want := oracle.remove(x)
			if got := tr.Remove(x.f, x.g, x.r); got != want {
				t.Fatalf("Remove(%+v) is %v", x, got)
			}
		}
		look := func(subject string) {
			t.Helper()
			guarded := rapid.SampledFrom([]uint32{0, 0, 1, 2, 1 << 31}).Draw(t, "guarded")
			generation := tr.Match([]byte(subject), guarded, &m)
			if d := diff(oracle.match(subject, guarded), resultOf(t, &m)); d != "" {
				t.Fatalf("%q: -want +got\n%s", subject, d)
			}
			if got := tr.Generation([]byte(subject)); got != generation {
				t.Fatalf("generation %d, Match said %d", got, generation)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"add":  add,
			"more": add,
			"crowd": func(t *rapid.T) { // one filter, enough for an index
				x := subs.Draw(t, "sub")
				for i := range rapid.IntRange(1, 80).Draw(t, "n") {
					x.r.Slot = uint32(i)
					oracle.add(x)
					tr.Add(x.f, x.g, x.r)
				}
			},
			"many groups": func(t *rapid.T) { // the same with groups
				x := subs.Draw(t, "sub")
				for i := range rapid.IntRange(1, 80).Draw(t, "n") {
					x.g = Group{GroupShare, fmt.Sprint(i)}
					oracle.add(x)
					tr.Add(x.f, x.g, x.r)
				}
			},
			"again": func(*rapid.T) {
				x := known()
				oracle.add(x)
				tr.Add(x.f, x.g, x.r)
			},
			"remove":        func(*rapid.T) { remove(known()) },
			"remove random": func(t *rapid.T) { remove(subs.Draw(t, "sub")) },
			"leave": func(*rapid.T) { // all of one filter
				f := known().f
				for i := 0; i < len(oracle.subs); {
					if oracle.subs[i].f == f {
						remove(oracle.subs[i])
					} else {
						i++
					}
				}
			},
			"replace": func(t *rapid.T) {
				x, r := known(), refs.Draw(t, "ref")
				want := oracle.replace(x, r)
				if got := tr.Replace(x.f, x.g, x.r, r); got != want {
					t.Fatalf("Replace(%+v) is %v", x, got)
				}
			},
			"match":       func(t *rapid.T) { look(someNames.Draw(t, "subject")) },
			"match known": func(*rapid.T) { look(known().f.Pattern) },
			"": func(t *rapid.T) {
				if tr.Len() != len(oracle.subs) {
					t.Fatalf("Len is %d of %d", tr.Len(), len(oracle.subs))
				}
				checkShape(t, tr)
			},
		})
		for len(oracle.subs) > 0 {
			remove(oracle.subs[0])
		}
		if got := tr.Stats(); got != (Stats{}) {
			t.Fatalf("left over: %+v", got)
		}
	})
}

// A filter by itself says what the oracle says of it.
func TestAFilterMatchesWhatTheTrieWouldFind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, subject := filters.Draw(t, "filter"), someNames.Draw(t, "subject")
		if got, want := f.Matches(subject), reaches(f, subject); got != want {
			t.Fatalf("%+v matches %q: %v, want %v", f, subject, got, want)
		}
	})
}
