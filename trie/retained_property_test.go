package trie

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Levels that stand close to each other in byte order: '-' is below '.', '/' right
// behind it, '$' and '%' are neighbours.
var (
	nearLevels = rapid.SampledFrom([]string{
		"a", "b", "a", "b", "", "a-", "a/", "a-b", "$", "$a", "%", "#", "_INBOX", "_INBOX-", "_INBOX/", "_INBO", "_a", "*", "**", "~",
	})
	nearNames = rapid.Custom(func(t *rapid.T) string {
		return joined(rapid.SliceOfN(nearLevels, 0, 5).Draw(t, "levels"))
	})
	// crowded names fill pages: some hundred with one stem.
	crowded = rapid.Custom(func(t *rapid.T) string {
		s := rapid.SampledFrom([]string{"a.b.", "a.", "", "$SYS.", "m.n.", "m.n.$x."}).Draw(t, "stem")
		return fmt.Sprint(s, rapid.IntRange(0, 400).Draw(t, "number")) +
			rapid.SampledFrom([]string{"", "", ".a", ".b", ".a.b"}).Draw(t, "rest")
	})
	retainedNamesOf = rapid.OneOf(nearNames, crowded, anyName)
	scanFilters     = rapid.Custom(func(t *rapid.T) Filter {
		levels := rapid.SliceOfN(rapid.OneOf(rapid.Just("*"), rapid.Just("a"), nearLevels), 0, 5).Draw(t, "pattern")
		return Filter{joined(levels), Tail(rapid.IntRange(0, 2).Draw(t, "tail"))}
	})
	scanGuards = func(t *rapid.T, f Filter) Guard {
		switch rapid.IntRange(0, 2).Draw(t, "guard") {
		case 0:
			return Guard{}
		case 1:
			return guardOf(f, "")
		}
		return guardOf(f, rapid.SampledFrom([]string{"a.", "a.b.", "m.n.", "$app.", "a-.", "*.", "a.*.", "*.b."}).Draw(t, "mount"))
	}
)

// joined makes a name of levels. One empty level by itself has no name.
func joined(levels []string) string {
	name := ""
	for i, level := range levels {
		if i > 0 {
			name += "."
		}
		name += level
	}
	return name
}

// TestRetainedIsAMap: an index that changes is like a map that is read from end to
// end, and a scan that changes interrupt finds all that stays.
func TestRetainedIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr, oracle := NewRetained[int](), retainedOracle{}
		var serial int
		value := func() *int {
			serial++
			v := serial
			return &v
		}
		set := func(name string) {
			v := value()
			if got := tr.Set([]byte(name), v); got != oracle[name] {
				t.Fatalf("Set(%q) was %v, want %v", name, got, oracle[name])
			}
			oracle[name] = v
		}
		remove := func(name string) {
			if got := tr.Delete([]byte(name)); got != oracle[name] {
				t.Fatalf("Delete(%q) was %v, want %v", name, got, oracle[name])
			}
			delete(oracle, name)
		}
		known := func(t *rapid.T) string {
			if len(oracle) == 0 {
				return retainedNamesOf.Draw(t, "name")
			}
			names := oracle.find(Filter{"", TailZeroOrMore}, Guard{})
			return names[rapid.IntRange(0, len(names)-1).Draw(t, "known")]
		}
		most := rapid.IntRange(1, 40)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) { set(retainedNamesOf.Draw(t, "name")) },
			"set many": func(t *rapid.T) {
				stem := rapid.SampledFrom([]string{"a.b.", "a.", "", "$SYS.", "m.n."}).Draw(t, "stem")
				for range rapid.IntRange(1, 300).Draw(t, "n") {
					set(fmt.Sprint(stem, serial*7919%1009))
				}
			},
			"replace": func(t *rapid.T) { set(known(t)) },
			"remove":  func(t *rapid.T) { remove(known(t)) },
			"remove random": func(t *rapid.T) {
				remove(retainedNamesOf.Draw(t, "name"))
			},
			"remove many": func(t *rapid.T) {
				names := oracle.find(scanFilters.Draw(t, "filter"), Guard{})
				for _, name := range names {
					remove(name)
				}
			},
			"remove half": func(t *rapid.T) {
				for i, name := range oracle.find(Filter{"", TailZeroOrMore}, Guard{}) {
					if i%2 == 0 {
						remove(name)
					}
				}
			},
			"swap": func(t *rapid.T) {
				name := known(t)
				old, v := oracle[name], value()
				if rapid.Bool().Draw(t, "delete") {
					v = nil
				}
				if tr.CompareAndSwap([]byte(name), value(), v) {
					t.Fatalf("%q: swapped for a value that it never had", name)
				}
				if old != nil && tr.CompareAndSwap([]byte(name), nil, v) {
					t.Fatalf("%q: swapped as if it were not there", name)
				}
				if !tr.CompareAndSwap([]byte(name), old, v) {
					t.Fatalf("%q: not swapped", name)
				}
				if oracle[name] = v; v == nil {
					delete(oracle, name)
				}
			},
			"scan": func(t *rapid.T) {
				f := scanFilters.Draw(t, "filter")
				g := scanGuards(t, f)
				got := scanAll(t, tr, f, g, most.Draw(t, "most"))
				if want := oracle.find(f, g); !slices.Equal(got, want) {
					t.Fatalf("%+v %+v: found %q, want %q", f, g, got, want)
				}
			},
			"scan known": func(t *rapid.T) {
				name := known(t)
				f := filterFor(name, rapid.Uint8().Draw(t, "stars"), rapid.IntRange(0, 6).Draw(t, "levels"))
				g := scanGuards(t, f)
				got := scanAll(t, tr, f, g, most.Draw(t, "most"))
				if want := oracle.find(f, g); !slices.Equal(got, want) {
					t.Fatalf("%+v %+v: found %q, want %q", f, g, got, want)
				}
			},
			"scan among changes": func(t *rapid.T) {
				f := scanFilters.Draw(t, "filter")
				g := scanGuards(t, f)
				stays, came := oracle.find(f, g), oracle.find(f, g)
				var s RetainedScan[int]
				var got []string
				tr.Scan(f, g, &s)
				for range rapid.IntRange(1, 8).Draw(t, "chunks") {
					dst := make([]*RetainedEntry[int], most.Draw(t, "most"))
					n, done := s.Next(dst)
					for _, e := range dst[:n] {
						if want := oracle[e.Name()]; e.Value() != want {
							t.Fatalf("%q has value %v, want %v", e.Name(), e.Value(), want)
						}
						got = append(got, e.Name())
					}
					if done {
						break
					}
					for range 5 {
						set(retainedNamesOf.Draw(t, "name"))
						remove(known(t))
					}
					now := oracle.find(f, g)
					came = append(came, now...)
					stays = slices.DeleteFunc(stays, func(name string) bool { return oracle[name] == nil })
				}
				got = rest(t, &s, most.Draw(t, "most"), got)
				for _, name := range stays {
					if !slices.Contains(got, name) {
						t.Fatalf("%+v %+v: %q was there all the time and not found in %q", f, g, name, got)
					}
				}
				for _, name := range got {
					if !slices.Contains(came, name) {
						t.Fatalf("%+v %+v: %q is not wanted", f, g, name)
					}
				}
			},
			"": func(t *rapid.T) { checkRetained(t, tr, oracle) },
		})
		for name := range oracle {
			remove(name)
		}
		checkRetained(t, tr, oracle)
	})
}

// filterFor is a filter that matches name: its first levels, some of them as "*".
func filterFor(name string, stars uint8, levels int) Filter {
	have := slices.Clone(split(name))
	f := Filter{Tail: TailNone}
	if levels < len(have) {
		have, f.Tail = have[:levels], TailOneOrMore
		if stars&1 == 0 {
			f.Tail = TailZeroOrMore
		}
	}
	for i := range have {
		if stars>>i&1 == 1 {
			have[i] = "*"
		}
	}
	f.Pattern = joined(have)
	return f
}
