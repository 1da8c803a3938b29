package loadtest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/isthmus-mq/isthmus/loadtest/client"
)

// startIn is how long after the order the first message is due, so that all
// workers have got it.
const startIn = 2 * time.Millisecond

// run connects, publishes, waits for what is under way, and reports. The report
// is there with an error too if anything was measured.
func (f *flow) run(ctx context.Context, beside beside) (*Run, error) {
	f.beside = beside
	f.build()
	if err := f.connect(ctx); err != nil {
		return nil, err
	}
	f.warmUp(ctx)
	f.publish(ctx)
	f.drain(ctx)
	return f.report()
}

// connect opens everything, subscribers first, and waits for the server's word.
func (f *flow) connect(ctx context.Context) error {
	workers := f.stage.workers
	first, second := make([][]job, len(workers)), make([][]job, len(workers))
	for _, s := range f.subscribers {
		first[s.w.index] = append(first[s.w.index], func(int64) *client.Client { return s.dial() })
	}
	f.expected = len(f.subscribers) + len(f.publishers)
	if f.beside != nil {
		n, err := f.beside.join(f, first)
		if err != nil {
			return err
		}
		f.expected += n
	}
	for _, p := range f.publishers {
		second[p.w.index] = append(second[p.w.index], func(int64) *client.Client { return p.dial() })
	}
	if err := room(f.expected); err != nil {
		return err
	}
	want := int64(f.expected - len(f.publishers))
	for _, jobs := range [][][]job{first, second} {
		f.stage.each(func(w *worker) {
			w.actors = append(w.actors, &dialer{jobs: jobs[w.index], most: connecting})
		})
		settled := f.stage.quiet(ctx, f.ready.Load, func() bool {
			return f.ready.Load() >= want || f.broken.Load() > 0
		})
		if f.stage.stopped {
			return errors.New("interrupted while connecting")
		}
		if f.broken.Load() > 0 || !settled {
			return f.notReady()
		}
		want = int64(f.expected)
	}
	return nil
}

func (f *flow) notReady() error {
	complaints, fault := f.stage.complaints()
	errs := []error{fault}
	for text, n := range complaints {
		errs = append(errs, fmt.Errorf("%s (%d×)", text, n))
	}
	return fmt.Errorf("%d of %d connections are ready: %w", f.ready.Load(), f.expected, errors.Join(errs...))
}

// warmUp starts publishing and, when the warm-up is over, measuring.
func (f *flow) warmUp(ctx context.Context) {
	f.stage.show.begin(f.name, f.shown(), "latency")
	f.stage.meter.start()
	at := clock() + int64(startIn)
	until := never
	if f.Duration > 0 {
		until = at + int64(f.WarmUp+f.Duration)
	}
	f.begun = time.Now().Add(startIn)
	f.stage.each(func(w *worker) {
		p := f.pumps[w.index]
		p.start(at, until)
		w.actors = append(w.actors, p)
	})
	if f.beside != nil {
		f.beside.start(f)
	}
	if f.WarmUp == 0 {
		return
	}
	f.stage.until(ctx, f.begun.Add(f.WarmUp), f.over)
	f.stage.each(func(w *worker) { w.forget() })
	f.base, _ = f.stage.totals()
	f.stage.meter.start()
	f.begun = time.Now()
}

// shown is the kind of times that progress shows.
func (f *flow) shown() kind {
	if f.Subscribers == 0 && !f.requests {
		return answering
	}
	return delivery
}

// over reports that all publishers are done.
func (f *flow) over() bool { return f.ended.Load() == int64(len(f.publishers)) }

// publish lets the publishers work until they are done or the user has seen
// enough. One that nothing comes back to gets no further than its window: then
// waiting longer is of no use.
func (f *flow) publish(ctx context.Context) {
	moved := func() int64 { return f.published.Load() + f.settled() - f.unacked.Load() }
	if f.Rate > 0 {
		f.stage.until(ctx, time.Time{}, f.over)
	} else if !f.stage.quiet(ctx, moved, f.over) && !f.stage.stopped {
		f.stage.each(func(w *worker) {
			w.errors[fmt.Sprintf("nothing moved for %v: the run was ended early", f.stage.o.Patience)]++
		})
	}
	f.publishing = time.Since(f.begun)
	f.stage.each(func(w *worker) { f.pumps[w.index].stop() })
	if f.beside != nil {
		f.beside.stop(f)
	}
}

// settled is how many deliveries have come or were passed over.
func (f *flow) settled() int64 {
	n := int64(0)
	for _, g := range f.groupList {
		n += g.settled.Load()
	}
	return n
}

// drain waits for what is under way. When the user has interrupted, a moment is
// enough.
func (f *flow) drain(ctx context.Context) {
	done := func() bool {
		for _, g := range f.groupList {
			if g.open() > 0 {
				return false
			}
		}
		return f.unacked.Load() <= 0
	}
	moved := func() int64 { return f.settled() - f.unacked.Load() }
	if f.stage.stopped {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		ctx = limit
	}
	f.stage.quiet(ctx, moved, done)
	f.timed = time.Since(f.begun)
	f.usage = f.stage.meter.stop()
	f.fence(ctx)
}

// fence asks, where nobody else would know, whether the server has read all that
// was published: its answer to a ping comes behind it.
func (f *flow) fence(ctx context.Context) {
	if f.Subscribers > 0 || f.requests || f.QoS > 0 || f.stage.stopped {
		return
	}
	var asked atomic.Int64
	f.stage.each(func(w *worker) {
		for _, p := range f.pumps[w.index].pubs {
			if p.c.Open() {
				asked.Add(1)
				f.unacked.Add(1)
				p.c.Ping()
				p.c.Flush()
			}
		}
	})
	f.stage.quiet(ctx, f.unacked.Load, func() bool { return f.unacked.Load() <= 0 })
	f.timed = time.Since(f.begun)
	f.usage = f.stage.meter.stop()
	f.publishing, f.confirmed = f.timed, asked.Load()-f.unacked.Load()
}
