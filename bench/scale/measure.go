package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// settings are how long and how large.
type settings struct {
	sessions int           // of the largest case
	live     int           // real connections
	time     time.Duration // CPU time of one sample
	rounds   int           // samples of a point
	traffic  time.Duration // how long traffic flows while the collector runs
	isthmus  string        // program; empty: built
	quiet    bool
}

// progress tells on standard error what is going on.
type progress struct {
	quiet bool
	began time.Time
	told  time.Time
	what  string
}

// say names the next step.
func (p *progress) say(format string, args ...any) {
	p.what, p.told = fmt.Sprintf(format, args...), time.Now()
	if !p.quiet {
		fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(p.began).Seconds(), p.what)
	}
}

// at tells every two seconds how far a step is.
func (p *progress) at(i, n int) {
	if p.quiet || i%1024 != 0 || time.Since(p.told) < 2*time.Second {
		return
	}
	p.told = time.Now()
	fmt.Fprintf(os.Stderr, "%6.1fs    %s: %d of %d\n", time.Since(p.began).Seconds(), p.what, i, n)
}

// point is one measured value: the median of the rounds, and their range.
type point struct {
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

// median makes a point of samples.
func median(x int, samples []float64) point {
	slices.Sort(samples)
	return point{X: float64(x), Y: samples[len(samples)/2], Least: samples[0], Most: samples[len(samples)-1]}
}

// cpu is this process's CPU time, user and system, all threads.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // never refused for oneself
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cost measures the CPU time of work in ns for each of the units that it says
// it has done, after a warm-up.
func (s *settings) cost(x int, work func() int) (point, error) {
	runtime.GC() // what was before does not count
	var samples []float64
	for round := range s.rounds + 1 {
		units, begin := 0, cpu()
		var took time.Duration
		for took < s.time {
			units += work()
			took = cpu() - begin
		}
		if units == 0 {
			return point{}, fmt.Errorf("nothing was delivered")
		}
		if round > 0 {
			samples = append(samples, float64(took)/float64(units))
		}
	}
	return median(x, samples), nil
}

// heap is what is alive on the heap, in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// steps are the powers of ten from `from` to `to`, which is one of them too.
func steps(from, to int) (list []int) {
	for n := from; n < to; n *= 10 {
		list = append(list, n)
	}
	return append(list, to)
}
