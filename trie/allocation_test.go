//go:build !race

package trie

import (
	"fmt"
	"testing"
)

func TestMatchDoesNotAllocate(t *testing.T) {
	tr := New(0)
	for i := range 1000 {
		tr.Add(Filter{fmt.Sprintf("dev.%d.temp", i), TailNone}, Group{}, ref(i))
		tr.Add(Filter{fmt.Sprintf("dev.%d.*", i), TailNone}, Group{}, ref(i))
		tr.Add(Filter{"dev.*.temp", TailNone}, Group{}, ref(i))
		tr.Add(Filter{"dev", TailOneOrMore}, Group{GroupShare, fmt.Sprint(i % 10)}, ref(i))
	}
	tr.Add(Filter{"*.*.*", TailNone}, Group{}, ref(1))
	tr.Add(Filter{"", TailZeroOrMore}, Group{GroupQueue, "q"}, ref(1))
	subject, miss := []byte("dev.500.temp"), []byte("nobody.is.here")
	var m Matches
	w := tr.Watch(subject)
	f := func(name string, run func()) {
		t.Helper()
		if n := testing.AllocsPerRun(100, run); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	f("Match", func() { tr.Match(subject, 0, &m) })
	f("Match, guarded", func() { tr.Match(subject, 1, &m) })
	f("Match, nothing", func() { tr.Match(miss, 0, &m) })
	f("Generation", func() { tr.Generation(subject) })
	f("Watch.Generation", func() { w.Generation() })
	f("Changes", func() { tr.Changes() })
	f("Remove, Add of a member", func() {
		tr.Remove(Filter{"dev.*.temp", TailNone}, Group{}, ref(500))
		tr.Add(Filter{"dev.*.temp", TailNone}, Group{}, ref(500))
	})
}
