//go:build !race

package trie

import (
	"fmt"
	"testing"
)

func TestRetainedDoesNotAllocate(t *testing.T) {
	tr := NewRetained[int]()
	v := new(int)
	for i := range 10_000 {
		tr.Set(fmt.Appendf(nil, "dev.%d.s%d.temp", i%10, i), v)
	}
	name, miss := []byte("dev.5.s5555.temp"), []byte("nobody.is.here")
	var s RetainedScan[int]
	dst := make([]*RetainedEntry[int], 100)
	scan := func(f Filter, want int) func() {
		g := guardOf(f, "dev.")
		return func() {
			found := 0
			tr.Scan(f, g, &s)
			for done := false; !done; {
				var n int
				n, done = s.Next(dst)
				found += n
			}
			if found != want {
				t.Errorf("%+v: found %d, want %d", f, found, want)
			}
		}
	}
	try := func(what string, run func()) {
		t.Helper()
		run()
		if n := testing.AllocsPerRun(20, run); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
	try("Get", func() { tr.Get(name) })
	try("Get, nothing", func() { tr.Get(miss) })
	try("Set, in place of another value", func() { tr.Set(name, v) })
	try("CompareAndSwap", func() { tr.CompareAndSwap(name, v, v) })
	try("scan of all", scan(Filter{"", TailZeroOrMore}, 10_000))
	try("scan below", scan(Filter{"dev.5", TailOneOrMore}, 1000))
	try("scan with skips", scan(Filter{"dev.*.s5555", TailZeroOrMore}, 1))
}
