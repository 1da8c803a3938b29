package trie

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestGenerationFollowsResults: whatever alters the result for a subject alters
// its generation, and a stale watch notices as well.
func TestGenerationFollowsResults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := New(64)
		var oracle scan
		subjects := rapid.SliceOfN(someNames, 1, 8).Draw(t, "subjects")
		watches := make([]Watch, len(subjects))
		for i, s := range subjects {
			watches[i] = tr.Watch([]byte(s))
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			var before []found
			var generations []uint64
			for _, s := range subjects {
				before = append(before, oracle.match(s, 0))
				generations = append(generations, tr.Generation([]byte(s)))
			}
			changes := tr.Changes()

			x := subs.Draw(t, "sub")
			if len(oracle.subs) > 0 && rapid.Bool().Draw(t, "known") {
				x = rapid.SampledFrom(oracle.subs).Draw(t, "which")
			}
			var changed bool
			switch rapid.IntRange(0, 2).Draw(t, "step") {
			case 0:
				tr.Add(x.f, x.g, x.r)
				changed = oracle.add(x)
			case 1:
				changed = tr.Remove(x.f, x.g, x.r)
				oracle.remove(x)
			case 2:
				r := refs.Draw(t, "ref")
				changed = tr.Replace(x.f, x.g, x.r, r)
				oracle.replace(x, r)
			}
			if got := tr.Changes() != changes; got != changed {
				t.Fatalf("changed: %v, Changes tells %v", changed, got)
			}
			for i, s := range subjects {
				now := tr.Generation([]byte(s))
				if watches[i].Generation() != now {
					t.Fatalf("%q: the watch differs", s)
				}
				if now == generations[i] && diff(before[i], oracle.match(s, 0)) != "" {
					t.Fatalf("%q: result changed by %+v, generation did not", s, x)
				}
				if now != generations[i] && !changed {
					t.Fatalf("%q: generation changed, the index did not", s)
				}
			}
		}
	})
}

func TestUnrelatedChurnLeavesGeneration(t *testing.T) {
	tr := New(0)
	subject := []byte("site.7.temp.room")
	w := tr.Watch(subject)
	apart := func(f Filter) bool {
		if f.exact() {
			return tr.exactOf(hashOf(f.Pattern)).generation != w.exact
		}
		s, _, _ := tr.place(f)
		return s.generation != w.two && s.generation != w.one && s.generation != w.root
	}
	var m Matches
	before := tr.Match(subject, 0, &m)
	tried := 0
	for i := range 2000 {
		for _, f := range []Filter{
			{fmt.Sprintf("site.%d.temp", i), TailNone},
			{fmt.Sprintf("site.x%d", i), TailOneOrMore},
			{fmt.Sprintf("other%d.*.x", i), TailZeroOrMore},
		} {
			if !apart(f) {
				continue
			}
			tried++
			tr.Add(f, Group{}, ref(i))
			tr.Remove(f, Group{}, ref(i))
		}
	}
	if tried < 5800 { // of 6000: most shards are not the subject's
		t.Fatalf("only %d filters are apart", tried)
	}
	if got := tr.Generation(subject); got != before {
		t.Fatalf("generation %d became %d", before, got)
	}
	for _, f := range []Filter{
		{"site.7.temp.room", TailNone}, {"site.7", TailOneOrMore}, {"site.7.*.*", TailNone},
		{"site", TailZeroOrMore}, {"site.*", TailOneOrMore}, {"*.7.temp.room", TailNone}, {"", TailOneOrMore},
	} {
		before := tr.Generation(subject)
		tr.Add(f, Group{}, ref(1))
		if tr.Generation(subject) == before {
			t.Fatalf("Add of %+v is not seen", f)
		}
		before = tr.Generation(subject)
		tr.Remove(f, Group{}, ref(1))
		if tr.Generation(subject) == before {
			t.Fatalf("Remove of %+v is not seen", f)
		}
	}
}
