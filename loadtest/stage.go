package loadtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/loadtest/latency"
)

// stage is the workers of one run, seen by the goroutine that directs it.
type stage struct {
	o       *Options
	tag     uint16 // of all messages of the run
	workers []*worker
	meter   *meter
	show    *progress
	stopped bool // by the context: the user wants to see what there is
}

// newStage starts the workers.
func newStage(o *Options) (*stage, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	s := &stage{o: o, tag: uint16(rand.Uint32())}
	for i := range o.Workers {
		w, err := newWorker(i, o.Spin)
		if err != nil {
			s.close()
			return nil, err
		}
		s.workers = append(s.workers, w)
	}
	s.show = &progress{stage: s}
	var err error
	if s.meter, err = newMeter(s); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// close ends the workers and their connections.
func (s *stage) close() {
	s.each(func(w *worker) { w.over = true })
	for _, w := range s.workers {
		<-w.ended
		w.loop.Close()
	}
}

// worker is the one for connection number i.
func (s *stage) worker(i int) *worker { return s.workers[i%len(s.workers)] }

// each runs f on every worker at the same time, between two turns of its loop,
// and returns when all have.
func (s *stage) each(f func(w *worker)) {
	done := make(chan struct{}, len(s.workers))
	for _, w := range s.workers {
		w.order(func() { f(w); done <- struct{}{} })
	}
	for range s.workers {
		<-done
	}
}

// pollEvery is how often conditions are looked at.
const pollEvery = 5 * time.Millisecond

// until returns when done says so, the context ends or the time is over. It
// shows progress meanwhile. A zero deadline is none.
func (s *stage) until(ctx context.Context, deadline time.Time, done func() bool) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for !done() && (deadline.IsZero() || time.Now().Before(deadline)) {
		select {
		case <-ctx.Done():
			s.stopped = true
			return
		case <-tick.C:
			s.show.tick()
		}
	}
}

// quiet waits until done says so or nothing that moved returns has changed for
// the user's patience. It reports whether done did.
func (s *stage) quiet(ctx context.Context, moved func() int64, done func() bool) bool {
	last, since := moved(), time.Now()
	s.until(ctx, time.Time{}, func() bool {
		if now := moved(); now != last {
			last, since = now, time.Now()
		}
		return done() || time.Since(since) > s.o.Patience
	})
	return done()
}

// totals sums what the workers have counted.
func (s *stage) totals() (all, slow Counts) {
	perWorker, slowOnes := make([]Counts, len(s.workers)), make([]Counts, len(s.workers))
	s.each(func(w *worker) { perWorker[w.index], slowOnes[w.index] = w.counts, w.slow })
	for i := range perWorker {
		all.add(&perWorker[i])
		slow.add(&slowOnes[i])
	}
	return all, slow
}

// distribution is all times of one kind.
func (s *stage) distribution(k kind) *latency.Distribution {
	return s.gather(func(w *worker, d *latency.Distribution) { w.times[k].All(d) })
}

// recent is the times of one kind since the last call.
func (s *stage) recent(k kind) *latency.Distribution {
	return s.gather(func(w *worker, d *latency.Distribution) { w.times[k].Cut(d) })
}

func (s *stage) gather(f func(w *worker, d *latency.Distribution)) *latency.Distribution {
	d := new(latency.Distribution)
	for _, w := range s.workers {
		done := make(chan struct{})
		w.order(func() { f(w, d); close(done) })
		<-done
	}
	return d
}

// complaints sums what happened to connections, and tells a loop's own fault.
func (s *stage) complaints() (map[string]int, error) {
	all := make(map[string]int)
	var faults []error
	for _, w := range s.workers {
		done := make(chan struct{})
		w.order(func() {
			for text, n := range w.errors {
				all[text] += n
			}
			faults = append(faults, w.fault)
			clear(w.errors)
			close(done)
		})
		<-done
	}
	return all, errors.Join(faults...)
}

// room makes sure that n connections have descriptors.
func room(n int) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("limit of descriptors: %w", err)
	}
	const own = 64 // files, epoll sets and what the runtime has
	need := uint64(n + own)
	if limit.Cur >= need {
		return nil
	}
	if limit.Max < need {
		return fmt.Errorf("%d connections need %d file descriptors and the limit is %d: raise it with ulimit -n (or LimitNOFILE of systemd), or use several processes", n, need, limit.Max)
	}
	limit.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("limit of descriptors: %w", err)
	}
	return nil
}
