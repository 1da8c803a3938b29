//go:build !race

package trie

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

const million = 1_000_000

var millionSubs = sync.OnceValue(func() *Trie {
	tr, _ := fill(million, populations[0])
	return tr
})

// subjectsOf returns subjects that each match one subscription of the mixed
// population; the order is random, so each match starts from cold memory.
func subjectsOf(wild bool) [][]byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	out := make([][]byte, 1<<16)
	for k := range out {
		i := rnd.IntN(million)
		if wild {
			i -= i % 10
			out[k] = fmt.Appendf(nil, "dev.%06d.any.temp", i)
			continue
		}
		if i%10 == 0 {
			i++
		}
		out[k] = []byte(exactName(i))
	}
	return out
}

func benchmarkMatch(b *testing.B, tr *Trie, subjects [][]byte, want int) {
	b.Helper()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		var m Matches
		for i := 0; pb.Next(); i++ {
			tr.Match(subjects[i%len(subjects)], 0, &m)
			if len(m.Plain) != want {
				b.Errorf("%d matches", len(m.Plain))
				return
			}
		}
	})
}

func BenchmarkMatchExactOfMillion(b *testing.B) {
	tr, s := millionSubs(), subjectsOf(false)
	b.ResetTimer()
	benchmarkMatch(b, tr, s, 1)
}

func BenchmarkMatchWildcardOfMillion(b *testing.B) {
	tr, s := millionSubs(), subjectsOf(true)
	b.ResetTimer()
	benchmarkMatch(b, tr, s, 1)
}

func BenchmarkMatchNothingOfMillion(b *testing.B) {
	tr := millionSubs()
	b.ResetTimer()
	benchmarkMatch(b, tr, [][]byte{[]byte("dev.nobody.is.here")}, 0)
}

// One subject, all of its memory warm: what the code itself costs.
func BenchmarkMatchWarm(b *testing.B) {
	tr := New(0)
	tr.Add(Filter{"dev.1.temp", TailNone}, Group{}, ref(1))
	tr.Add(Filter{"dev.1.*", TailNone}, Group{}, ref(2))
	tr.Add(Filter{"", TailOneOrMore}, Group{}, ref(3))
	benchmarkMatch(b, tr, [][]byte{[]byte("dev.1.temp")}, 3)
}

func BenchmarkMatchFanout1000(b *testing.B) {
	tr := New(0)
	for i := range 1000 {
		tr.Add(Filter{"all.*", TailNone}, Group{}, ref(i))
	}
	benchmarkMatch(b, tr, [][]byte{[]byte("all.x")}, 1000)
}

func BenchmarkMatchQueueOf1000(b *testing.B) {
	tr := New(0)
	for i := range 1000 {
		tr.Add(Filter{"all.*", TailNone}, Group{GroupQueue, "q"}, ref(i))
	}
	benchmarkMatch(b, tr, [][]byte{[]byte("all.x")}, 0)
}

func BenchmarkGeneration(b *testing.B) {
	tr, s := New(0), []byte("dev.0012.s000012.temp")
	for b.Loop() {
		tr.Generation(s)
	}
}

func BenchmarkWatchGeneration(b *testing.B) {
	w := New(0).Watch([]byte("dev.0012.s000012.temp"))
	for b.Loop() {
		w.Generation()
	}
}

// One operation is an Add and the Remove of one filter, among a million others.
func benchmarkAddRemove(b *testing.B, name func(i int) string, f func(string) Filter) {
	b.Helper()
	tr := millionSubs()
	filters := make([]Filter, 1<<14)
	for i := range filters {
		filters[i] = f(name(i))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		f := filters[i%len(filters)]
		tr.Add(f, Group{}, ref(-1))
		tr.Remove(f, Group{}, ref(-1))
	}
}

func BenchmarkAddRemoveExact(b *testing.B) {
	benchmarkAddRemove(b, exactName, func(s string) Filter { return Filter{s + ".new", TailNone} })
}

func BenchmarkAddRemoveWildcard(b *testing.B) {
	benchmarkAddRemove(b, wildName, func(s string) Filter { return Filter{s + ".new", TailNone} })
}

// One operation is a member of 100,000 leaving and coming back.
func BenchmarkRemoveAddOfCrowd(b *testing.B) {
	const n = 100_000
	tr := New(0)
	f := Filter{"all.*", TailNone}
	for i := range n {
		tr.Add(f, Group{}, ref(i))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tr.Remove(f, Group{}, ref(i%n))
		tr.Add(f, Group{}, ref(i%n))
	}
}

// The metric is the heap for each of a million subscriptions; the time is of
// adding one.
func BenchmarkMemoryOfMillion(b *testing.B) {
	for _, p := range populations {
		b.Run(p.name, func(b *testing.B) {
			var bytes float64
			for b.Loop() {
				_, bytes = fill(million, p)
			}
			b.ReportMetric(bytes, "B/sub")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/million, "ns/add")
		})
	}
}
