//go:build !race

package trie

import (
	"fmt"
	"runtime"
	"testing"
)

// population fills a trie with n subscriptions, each with its own filter unless
// told otherwise.
type population struct {
	name string
	add  func(tr *Trie, i int)
}

func exactName(i int) string { return fmt.Sprintf("dev.%04d.s%06d.temp", i%10000, i) }
func wildName(i int) string  { return fmt.Sprintf("dev.%06d.*.temp", i) }

// mixed is the population of the peers' measurements: one filter of ten is a
// wildcard.
func mixed(tr *Trie, i int) {
	f := Filter{exactName(i), TailNone}
	if i%10 == 0 {
		f.Pattern = wildName(i)
	}
	tr.Add(f, Group{}, ref(i))
}

var populations = []population{
	{"mixed", mixed},
	{"exact", func(tr *Trie, i int) { tr.Add(Filter{exactName(i), TailNone}, Group{}, ref(i)) }},
	{"tail", func(tr *Trie, i int) { tr.Add(Filter{fmt.Sprintf("dev.s%06d", i), TailOneOrMore}, Group{}, ref(i)) }},
	{"wild", func(tr *Trie, i int) { tr.Add(Filter{wildName(i), TailNone}, Group{}, ref(i)) }},
	{"early", func(tr *Trie, i int) {
		tr.Add(Filter{fmt.Sprintf("dev.*.s%06d", i), TailZeroOrMore}, Group{}, ref(i))
	}},
	{"pairs", func(tr *Trie, i int) { tr.Add(Filter{exactName(i / 2), TailNone}, Group{}, ref(i)) }},
	{"queue", func(tr *Trie, i int) {
		tr.Add(Filter{exactName(i), TailNone}, Group{GroupQueue, "workers"}, ref(i))
	}},
	{"crowd", func(tr *Trie, i int) { tr.Add(Filter{"all.*", TailNone}, Group{}, ref(i)) }},
}

// fill returns a trie of n and the heap bytes that it holds for each of them, its
// copies of the names included.
func fill(n int, p population) (*Trie, float64) {
	before := liveHeap()
	tr := New(0)
	for i := range n {
		p.add(tr, i)
	}
	return tr, float64(liveHeap()-before) / float64(n)
}

func liveHeap() int64 {
	var ms runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&ms)
	return int64(ms.HeapAlloc)
}

func TestMemoryBudget(t *testing.T) {
	const n, budget = 100_000, 450
	for _, p := range populations {
		tr, bytes := fill(n, p)
		t.Logf("%-6s %4.0f bytes per subscription, %+v", p.name, bytes, tr.Stats())
		if bytes > budget {
			t.Errorf("%s: %.0f bytes per subscription, budget %d", p.name, bytes, budget)
		}
		if tr.Len() != n {
			t.Errorf("%s: Len is %d", p.name, tr.Len())
		}
	}
}

// TestMemoryComesBack: after nearly all have left, so has their memory.
func TestMemoryComesBack(t *testing.T) {
	const n = 100_000
	before := liveHeap()
	tr := New(0)
	for i := range n {
		mixed(tr, i)
		tr.Add(Filter{"all.*", TailNone}, Group{}, ref(i))
		tr.Add(Filter{fmt.Sprintf("dev.*.%d", i), TailNone}, Group{}, ref(i))
	}
	for i := range n - 10 {
		f := Filter{exactName(i), TailNone}
		if i%10 == 0 {
			f.Pattern = wildName(i)
		}
		tr.Remove(f, Group{}, ref(i))
		tr.Remove(Filter{"all.*", TailNone}, Group{}, ref(i))
		tr.Remove(Filter{fmt.Sprintf("dev.*.%d", i), TailNone}, Group{}, ref(i))
	}
	if tr.Len() != 30 {
		t.Fatalf("Len is %d", tr.Len())
	}
	if left := liveHeap() - before; left > 1<<20 {
		t.Errorf("%d KiB are left of 30 subscriptions", left>>10)
	}
	runtime.KeepAlive(tr)
}
