package latency

import (
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// What a histogram holds: from 1 ns to an hour, exact to three digits, in a
// quarter of a MB.
const (
	longest = int64(time.Hour)
	digits  = 3
)

func newHistogram() *hdr.Histogram { return hdr.New(1, longest, digits) }

// Recorder collects times of one kind on one goroutine. The zero value is ready
// and takes memory with the first time that it is given.
type Recorder struct {
	all, recent *hdr.Histogram // recent is what came since the last Cut
	last        int64          // the time given last, and how often in a row:
	times       int64          // messages of one write or read mostly have one
}

// Record enters one time in ns. Times below 0 count as 0: clocks of several
// machines may disagree by as much. Times above an hour count as an hour.
func (r *Recorder) Record(ns int64) {
	if ns == r.last {
		r.times++
		return
	}
	r.settle()
	r.last, r.times = ns, 1
}

func (r *Recorder) settle() {
	if r.times == 0 {
		return
	}
	if r.all == nil {
		r.all, r.recent = newHistogram(), newHistogram()
	}
	if err := r.recent.RecordValues(min(max(r.last, 0), longest), r.times); err != nil {
		panic(err) // the value is within the bounds
	}
	r.times = 0
}

// Cut adds what was recorded since the last Cut to into, and begins anew.
func (r *Recorder) Cut(into *Distribution) {
	r.settle()
	if r.recent == nil || r.recent.TotalCount() == 0 {
		return
	}
	into.merge(r.recent)
	r.all.Merge(r.recent)
	r.recent.Reset()
}

// All adds everything since the last Forget to into.
func (r *Recorder) All(into *Distribution) {
	r.settle()
	if r.all == nil {
		return
	}
	into.merge(r.all)
	into.merge(r.recent)
}

// Forget drops everything: a warm-up is over.
func (r *Recorder) Forget() {
	r.times = 0
	if r.all != nil {
		r.all.Reset()
		r.recent.Reset()
	}
}
