package hub

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/isthmus-mq/isthmus/trie"
)

// retainedSweep goes through a whole store, again and again as long as there is
// something that expires. It needs no memory for each message, and nothing at all
// happens before the nearest deadline.
type retainedSweep struct {
	// due is the nearest deadline of what the sweep has not passed yet, or never.
	// Whoever sets lowers it after the value can be found; a round raises it before
	// it begins to look.
	due atomic.Int64

	busy    atomic.Bool // a lane is at it; what follows is its own
	under   bool        // a round has begun
	at      trie.RetainedScan[retained]
	nearest int64 // deadline of what the round has passed
	chunk   []*trie.RetainedEntry[retained]
	subject []byte
}

const (
	never = math.MaxInt64
	// sweepChunk is how many messages one Sweep looks at.
	sweepChunk = 256
	// sweepAgain is when to look again while another lane sweeps.
	sweepAgain = time.Second
)

// sooner notes a deadline.
func (w *retainedSweep) sooner(deadline time.Duration) {
	for {
		due := w.due.Load()
		if int64(deadline) >= due || w.due.CompareAndSwap(due, int64(deadline)) {
			return
		}
	}
}

// Sweep is RetainedStore's.
func (s *Retained) Sweep(l *Lane) (again time.Duration) {
	if !s.sweep.busy.CompareAndSwap(false, true) {
		return l.Now() + sweepAgain
	}
	defer s.sweep.busy.Store(false)
	return s.goThrough(l)
}

func (s *Retained) goThrough(l *Lane) (again time.Duration) {
	w, now := &s.sweep, l.Now()
	if !w.under {
		if due := w.due.Load(); due > int64(now) {
			if due == never {
				return 0
			}
			return time.Duration(due)
		}
		w.due.Store(never)
		w.under, w.nearest = true, never
		w.chunk = make([]*trie.RetainedEntry[retained], sweepChunk)
		s.index.Scan(trie.Filter{Tail: trie.TailZeroOrMore}, trie.Guard{}, &w.at)
	}
	n, done := w.at.Next(w.chunk)
	for _, e := range w.chunk[:n] {
		switch v := e.Value(); {
		case v == nil || v.deadline == 0:
		case v.expired(now):
			w.subject = append(w.subject[:0], e.Name()...)
			s.expire(l, w.subject, v)
		default:
			w.nearest = min(w.nearest, int64(v.deadline))
		}
	}
	if !done {
		return now
	}
	w.sooner(time.Duration(w.nearest))
	w.under, w.chunk = false, nil
	w.at = trie.RetainedScan[retained]{}
	if due := w.due.Load(); due != never {
		return time.Duration(due)
	}
	return 0
}
