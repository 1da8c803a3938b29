package trie

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

// TestScansAmongWriters: names that are there throughout are found exactly once by
// every scan, no other name twice, and no value belongs to another name, while
// names come and go around them in the same pages.
func TestScansAmongWriters(t *testing.T) {
	type value struct{ name string }
	tr := NewRetained[value]()
	set := func(name string) { tr.Set([]byte(name), &value{name}) }
	const stable, churn = 400, 3000
	for i := range stable {
		set(fmt.Sprintf("a.b.%04d.stable", 7*i))
	}
	filters := []struct {
		f Filter
		g Guard
	}{
		{Filter{"", TailZeroOrMore}, guardOf(Filter{"", TailZeroOrMore}, "")},
		{Filter{"a", TailOneOrMore}, Guard{}},
		{Filter{"a.b.*", TailOneOrMore}, Guard{}},
		{Filter{"a.*.*.stable", TailNone}, Guard{}},
		{Filter{"*.b", TailZeroOrMore}, Guard{}},
	}

	var done atomic.Bool
	var writers, readers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(w), 1))
			for range 4_000 {
				i := rnd.IntN(churn)
				name := fmt.Sprintf("a.b.%04d.%d", i, w)
				if i%3 == 0 {
					name = fmt.Sprintf("a.%d", i)
				}
				switch rnd.IntN(5) {
				case 0, 1:
					set(name)
				case 2, 3:
					tr.Delete([]byte(name))
				case 4:
					set(fmt.Sprintf("a.b.%04d.stable", 7*rnd.IntN(stable)))
				}
			}
		})
	}
	for r := range 2 {
		readers.Go(func() {
			dst := make([]*RetainedEntry[value], 50)
			for round := r; !done.Load(); round++ {
				x := filters[round%len(filters)]
				var s RetainedScan[value]
				tr.Scan(x.f, x.g, &s)
				seen := map[string]bool{}
				stayed := 0
				for done := false; !done; {
					var n int
					n, done = s.Next(dst[:1+round%len(dst)])
					for _, e := range dst[:n] {
						if seen[e.Name()] {
							t.Errorf("%+v: %q twice", x.f, e.Name())
							return
						}
						seen[e.Name()] = true
						var number int
						if _, err := fmt.Sscanf(e.Name(), "a.b.%d.stable", &number); err == nil {
							stayed++
						}
						if v := e.Value(); v != nil && v.name != e.Name() {
							t.Errorf("%q has the value of %q", e.Name(), v.name)
							return
						}
					}
				}
				if stayed != stable {
					t.Errorf("%+v: found %d of %d that were there all the time", x.f, stayed, stable)
					return
				}
			}
		})
	}
	writers.Wait()
	done.Store(true)
	readers.Wait()
}

// TestOneSwapWins: of swaps from one value at the same time exactly one succeeds,
// and no name is there twice or counted twice.
func TestOneSwapWins(t *testing.T) {
	tr := NewRetained[int]()
	name := []byte("a.b")
	var won atomic.Int64
	var all sync.WaitGroup
	const each = 3000
	for range 4 {
		all.Go(func() {
			for range each {
				old := tr.Get(name)
				v := new(int)
				if old != nil {
					if *v = *old + 1; *v%3 == 0 {
						v = nil
					}
				}
				if tr.CompareAndSwap(name, old, v) {
					won.Add(1)
				}
			}
		})
	}
	all.Wait()
	// The values come in the order nil, 0, 1, 2, 3 = nil: a lost or doubled swap
	// would end elsewhere.
	want := won.Load() % 4
	got := int64(0)
	if v := tr.Get(name); v != nil {
		got = int64(*v) + 1
	}
	if got != want || tr.Len() != min(1, int(got)) {
		t.Errorf("after %d swaps at step %d of the cycle, want %d; Len %d", won.Load(), got, want, tr.Len())
	}
}
