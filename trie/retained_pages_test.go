package trie

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestPagesKeepTheirShape: many names in one order, so that inner pages are split,
// joined and balanced too.
func TestPagesKeepTheirShape(t *testing.T) {
	tr, oracle := NewRetained[int](), retainedOracle{}
	rnd := rand.New(rand.NewPCG(1, 2))
	name := func() string { return fmt.Sprintf("a.b.%d", rnd.IntN(8_000)) }
	set := func(name string) {
		v := new(int)
		tr.Set([]byte(name), v)
		oracle[name] = v
	}
	for i := range 8_000 { // the order that is worst for filling pages
		set(fmt.Sprintf("a.b.%05d", i))
	}
	checkRetained(t, tr, oracle)
	if root := tr.orders[orderIndex("a.b.0")].root; root.kids[0].kids == nil {
		t.Fatal("there are no inner pages but the root")
	}
	for _, deletes := range []int{1, 5, 0, 9, 4, 20} { // for each new name
		for range 4_000 {
			set(name())
			for range deletes {
				gone := name()
				if rnd.IntN(2) == 0 {
					gone = fmt.Sprintf("a.b.%05d", rnd.IntN(8_000))
				}
				tr.Delete([]byte(gone))
				delete(oracle, gone)
			}
		}
		checkRetained(t, tr, oracle)
	}
	for i := range 20_000 { // one inner page shrinks beside full ones, on either side
		set(fmt.Sprintf("a.b.%05d", i))
	}
	for _, from := range []int{6000, 0, 14_000} {
		for i := range 5000 {
			gone := fmt.Sprintf("a.b.%05d", from+i)
			tr.Delete([]byte(gone))
			delete(oracle, gone)
		}
		checkRetained(t, tr, oracle)
	}
	for gone := range oracle {
		tr.Delete([]byte(gone))
		delete(oracle, gone)
	}
	checkRetained(t, tr, oracle)
	for i := range tr.orders {
		if tr.orders[i].root != nil {
			t.Errorf("order %d still has a page", i)
		}
	}
}

// calls is how often Next must be called for a whole scan, each call being bounded
// in its work, and how many names it found.
func calls(tr *Retained[int], f Filter, g Guard) (calls, found int) {
	var s RetainedScan[int]
	tr.Scan(f, g, &s)
	dst := make([]*RetainedEntry[int], 100_000)
	for done := false; !done; calls++ {
		var n int
		n, done = s.Next(dst)
		found += n
	}
	return calls, found
}

// TestScanLooksOnlyWhereNamesAreWanted: what a scan costs follows from what it
// finds, and from how many texts there are for the levels that a wildcard opens.
func TestScanLooksOnlyWhereNamesAreWanted(t *testing.T) {
	const n = 20_000
	tr := NewRetained[int]()
	set := func(format string, a ...any) { tr.Set(fmt.Appendf(nil, format, a...), new(int)) }
	for i := range n {
		switch {
		case i%2 == 0:
			set("dev.%02d.s%05d.temp", i%100, i)
		case i%4 == 1:
			set("$SYS.%d.load", i)
		default:
			set("m.n._INBOX.%d", i)
		}
	}
	set("m.n.x")
	set("_INBOX.a.b")
	all := n/2 + n/4 + n/4 + 2
	for _, c := range []struct {
		filter Filter
		mount  string
		found  int
		most   int // calls of Next
	}{
		{Filter{"dev.02.s00002", TailZeroOrMore}, "", 1, 1},
		{Filter{"dev.02", TailOneOrMore}, "", n / 100, 1},
		{Filter{"dev.04.*.temp", TailNone}, "", n / 100, 1},
		{Filter{"dev.04.*.wind", TailNone}, "", 0, 2}, // each of 200 levels is looked at, and skipped
		{Filter{"dev.*.s00002.temp", TailNone}, "", 1, 2},
		{Filter{"dev.*.s00002.*", TailZeroOrMore}, "", 1, 2},
		{Filter{"*.02.s00002.temp", TailNone}, "", 1, 1},
		{Filter{"nobody", TailZeroOrMore}, "", 0, 1},
		{Filter{"*.x", TailZeroOrMore}, "", 0, 1},
		{Filter{"m", TailZeroOrMore}, "m.n.", 1, 1},
		{Filter{"*.n.*", TailZeroOrMore}, "m.n.", 1, 1},
		{Filter{"$SYS.*.load", TailNone}, "", n / 4, n/4/scanVisits + 2},
		{Filter{"", TailZeroOrMore}, "m.n.", n/2 + 1, n/2/scanVisits + 3},
	} {
		got, found := calls(tr, c.filter, guardOf(c.filter, c.mount))
		if found != c.found || got > c.most {
			t.Errorf("%+v: found %d in %d calls of Next, want %d in at most %d", c.filter, found, got, c.found, c.most)
		}
	}
	if _, found := calls(tr, Filter{"", TailOneOrMore}, Guard{}); found != all {
		t.Errorf("without a guard: found %d of %d", found, all)
	}
}

// TestLongNamesCountForMore: a call of Next is bounded in bytes too.
func TestLongNamesCountForMore(t *testing.T) {
	tr := NewRetained[int]()
	long := make([]byte, 60_000)
	for i := range long {
		long[i] = 'x'
	}
	for i := range 50 {
		tr.Set(fmt.Appendf(nil, "a.%s.%d", long, i), new(int))
	}
	if n, found := calls(tr, Filter{"a", TailZeroOrMore}, Guard{}); found != 50 || n < 10 {
		t.Errorf("found %d in %d calls", found, n)
	}
}
