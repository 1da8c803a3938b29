//go:build !race

package trie

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// retainedMillion has 1000 texts for the second level and 1000 for the third.
func retainedMillionName(i int) string { return fmt.Sprintf("dev.%03d.s%03d.temp", i%1000, i/1000) }

var retainedMillion = sync.OnceValue(func() *Retained[int] {
	tr, _ := fillRetained(million, retainedMillionName, true)
	return tr
})

// retainedSome returns names in random order, so that each starts from cold memory.
func retainedSome() [][]byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	out := make([][]byte, 1<<16)
	for k := range out {
		out[k] = []byte(retainedMillionName(rnd.IntN(million)))
	}
	return out
}

func BenchmarkRetainedGetOfMillion(b *testing.B) {
	tr, names := retainedMillion(), retainedSome()
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		if tr.Get(names[i%len(names)]) == nil {
			b.Fatal("not there")
		}
	}
}

func BenchmarkRetainedReplaceOfMillion(b *testing.B) {
	tr, names, v := retainedMillion(), retainedSome(), new(int)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		tr.Set(names[i%len(names)], v)
	}
}

// One operation is a name that comes, among a million others, and goes.
func BenchmarkRetainedSetDeleteOfMillion(b *testing.B) {
	tr, names, v := retainedMillion(), retainedSome(), new(int)
	for i := range names {
		names[i] = append(names[i], ".new"...)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		tr.Set(names[i%len(names)], v)
		tr.Delete(names[i%len(names)])
	}
}

// The time is of one whole scan of a million names in chunks of 100; the metrics are
// what it finds, and the time for each call of Next, which holds a lock.
func BenchmarkRetainedScanOfMillion(b *testing.B) {
	tr := retainedMillion()
	for _, f := range []Filter{
		{"", TailZeroOrMore},
		{"dev", TailOneOrMore},
		{"dev.*.s500.temp", TailNone},
		{"dev.500.*.temp", TailNone},
		{"dev.500.*.wind", TailNone},
		{"dev.*.s500.wind", TailNone},
		{"dev.500.s500", TailZeroOrMore},
		{"*.500.s500.temp", TailNone},
		{"nobody.is.here", TailZeroOrMore},
	} {
		b.Run(fmt.Sprintf("%s,%d", f.Pattern, f.Tail), func(b *testing.B) {
			dst := make([]*RetainedEntry[int], 100)
			var s RetainedScan[int]
			var calls, found int
			g := guardOf(f, "")
			b.ReportAllocs()
			for b.Loop() {
				tr.Scan(f, g, &s)
				for done := false; !done; calls++ {
					var n int
					n, done = s.Next(dst)
					found += n
				}
			}
			b.ReportMetric(float64(found)/float64(b.N), "names")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(calls), "ns/call")
		})
	}
}

// The metric is the heap for each of a million names; the time is of setting one.
func BenchmarkRetainedMemoryOfMillion(b *testing.B) {
	for _, p := range retainedPopulations {
		for _, shuffled := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s,shuffled=%v", p.name, shuffled), func(b *testing.B) {
				var bytes float64
				for b.Loop() {
					_, bytes = fillRetained(million, p.of, shuffled)
				}
				b.ReportMetric(bytes, "B/name")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/million, "ns/set")
			})
		}
	}
}
