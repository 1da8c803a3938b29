//go:build !race

package trie

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
)

// retainedPopulation names the topics of a test of memory: number i of n.
var retainedPopulations = []struct {
	name string
	of   func(i int) string
}{
	{"spread", exactName},
	{"one stem", func(i int) string { return fmt.Sprintf("sensors.eu.%07d.temp", i) }},
	{"flat", func(i int) string { return fmt.Sprintf("sensor-%07d", i) }},
	{"long", func(i int) string {
		return fmt.Sprintf("plant.%04d.line.%02d.machine.%07d.temperature", i%1000, i%7, i)
	}},
}

// fillRetained sets n names, in order or shuffled, and returns the heap bytes that
// each of them holds, its copy of the name included and its value not.
func fillRetained(n int, of func(i int) string, shuffled bool) (*Retained[int], float64) {
	order := rand.New(rand.NewPCG(1, 2)).Perm(n)
	v := new(int)
	before := liveHeap()
	tr := NewRetained[int]()
	for i := range n {
		if shuffled {
			i = order[i]
		}
		tr.Set([]byte(of(i)), v)
	}
	bytes := float64(liveHeap()-before) / float64(n)
	runtime.KeepAlive(order)
	return tr, bytes
}

func TestRetainedMemoryBudget(t *testing.T) {
	const n, budget = 100_000, 200
	for _, p := range retainedPopulations {
		for _, shuffled := range []bool{false, true} {
			tr, bytes := fillRetained(n, p.of, shuffled)
			t.Logf("%-8s shuffled %-5v %4.0f bytes per name of %.0f", p.name, shuffled, bytes, float64(tr.Bytes())/n)
			if bytes > budget {
				t.Errorf("%s: %.0f bytes per name, budget %d", p.name, bytes, budget)
			}
			if tr.Len() != n {
				t.Errorf("%s: Len is %d", p.name, tr.Len())
			}
		}
	}
}

// TestRetainedMemoryComesBack: after nearly all names have gone, so has their memory.
func TestRetainedMemoryComesBack(t *testing.T) {
	const n = 100_000
	before := liveHeap()
	tr := NewRetained[int]()
	for _, p := range retainedPopulations {
		for i := range n {
			tr.Set([]byte(p.of(i)), new(int))
		}
		for i := range n {
			if i%(n/10) != 0 {
				tr.Delete([]byte(p.of(i)))
			}
		}
	}
	if tr.Len() != 40 {
		t.Fatalf("Len is %d", tr.Len())
	}
	if left := liveHeap() - before; left > 256<<10 {
		t.Errorf("%d KiB are left of 40 names", left>>10)
	}
	runtime.KeepAlive(tr)
}
