package loadtest

import (
	"context"
	"errors"
	"fmt"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/loadtest/client"
	"github.com/isthmus-mq/isthmus/loadtest/latency"
)

// Churn is a Flow beside which clients subscribe and unsubscribe.
type Churn struct {
	Flow
	Churners int             // connections that do
	Protocol client.Protocol // of theirs
	Changes  float64         // subscriptions made or ended per second, all together
	Keep     int             // subscriptions that each has at a time
	Other    string          // template of what they subscribe to; {n} counts up
}

// Run runs the flow.
func (c Churn) Run(ctx context.Context, o Options) (*Report, error) {
	switch {
	case c.Churners < 1:
		return nil, errors.New("--churners must be at least 1")
	case c.Changes <= 0 || c.Changes > 1e7:
		return nil, errors.New("--changes must be from above 0 to 10,000,000 a second")
	case c.Keep < 1 || c.Keep > 20_000:
		return nil, errors.New("--keep must be from 1 to 20,000")
	}
	return runFlows(ctx, o, "churn", &churning{Churn: c}, c.Flow)
}

// ChurnResult is what was subscribed beside a stream.
type ChurnResult struct {
	Changes uint64  `json:"changes"`
	Wanted  float64 `json:"wanted_per_second"`
	Rate    float64 `json:"changes_per_second"`
}

// churning is beside a flow.
type churning struct {
	Churn
	o    client.Options
	list []*churner
}

// churner is one connection that subscribes and unsubscribes in turn.
type churner struct {
	client.Deaf
	f       *flow
	w       *worker
	c       *client.Client
	other   Template
	index   int
	keep    int
	next    int // value of {n}
	held    []held
	pending map[uint16]int64 // when a change was to be asked for, by its identifier
}

type held struct {
	filter string
	id     uint16
}

func (c *churning) join(f *flow, jobs [][]job) (int, error) {
	text, err := named(c.Other, c.Protocol)
	if err != nil {
		return 0, err
	}
	other, err := ParseTemplate(text)
	if err != nil {
		return 0, err
	}
	if !other.N {
		return 0, fmt.Errorf("--other %q has no {n}: it would always be the same subscription", c.Other)
	}
	if c.o, err = f.stage.o.dialling(context.Background(), c.Protocol); err != nil {
		return 0, err
	}
	for i := range c.Churners {
		w := f.stage.worker(i)
		one := &churner{f: f, w: w, other: other, index: i, keep: c.Keep, pending: make(map[uint16]int64)}
		c.list = append(c.list, one)
		jobs[w.index] = append(jobs[w.index], func(int64) *client.Client {
			one.c = w.loop.Dial(&c.o, fmt.Sprintf("load-%04x-churn-%d", f.stage.tag, i), i, one)
			return one.c
		})
	}
	return c.Churners, nil
}

func (c *churner) Opened(*client.Client) { c.f.ready.Add(1) }

func (c *churner) Closed(k *client.Client, err error) {
	c.w.failed(fmt.Sprintf("%s churner", k.Speaks()), err)
	c.w.counts.Dropped++
	c.f.broken.Add(1)
}

func (c *churner) Granted(_ *client.Client, id uint16, code mqtt.ReasonCode) {
	at, ok := c.pending[id]
	if !ok {
		return
	}
	delete(c.pending, id)
	if code.Failed() {
		c.w.errors[fmt.Sprintf("a subscription was refused: 0x%02X", byte(code))]++
	}
	c.w.counts.Changes++
	c.w.times[granting].Record(c.w.loop.Now - at)
}

// change subscribes, or ends the oldest subscription if there are enough.
func (c *churner) change(at int64) {
	if !c.c.Open() {
		return
	}
	if len(c.held) >= c.keep {
		oldest := c.held[0]
		c.held = append(c.held[:0], c.held[1:]...)
		c.pending[c.c.Unsubscribe(oldest.filter, oldest.id)] = at
		return
	}
	filter := c.other.Name(c.index, c.next)
	c.next++
	id := c.c.Subscribe(filter, "", 0)
	c.held = append(c.held, held{filter, id})
	c.pending[id] = at
}

// changes is the open loop of one worker's churners.
type changes struct {
	list     []*churner
	schedule latency.Schedule
	done     int64
	over     bool
}

func (c *churning) start(f *flow) {
	at := clock() + int64(startIn)
	f.stage.each(func(w *worker) {
		a := &changes{}
		for _, one := range c.list {
			if one.w == w {
				a.list = append(a.list, one)
			}
		}
		if len(a.list) == 0 {
			return
		}
		share := c.Changes * float64(len(a.list)) / float64(len(c.list))
		a.schedule = latency.NewSchedule(at+int64(float64(w.index)*1e9/c.Changes), share, 0, 1)
		w.actors = append(w.actors, a)
	})
}

func (a *changes) act(now int64) int64 {
	if a.over {
		return never
	}
	due := a.schedule.Due(now)
	if due == a.done {
		return a.schedule.At(due)
	}
	for ; a.done < due; a.done++ {
		a.list[a.done%int64(len(a.list))].change(a.schedule.At(a.done))
	}
	for _, c := range a.list {
		c.c.Flush()
	}
	return a.schedule.At(due)
}

func (c *churning) stop(f *flow) {
	f.stage.each(func(w *worker) {
		for _, a := range w.actors {
			if a, ok := a.(*changes); ok {
				a.over = true
			}
		}
	})
}

func (c *churning) report(f *flow, r *Run) {
	all, _ := f.stage.totals()
	seconds := f.publishing.Seconds()
	r.Churn = &ChurnResult{Changes: all.Changes - f.base.Changes, Wanted: c.Changes}
	r.Churn.Rate = rate(r.Churn.Changes, seconds)
	const tolerated = 0.95
	if r.Churn.Rate < tolerated*c.Changes {
		r.note("of %s changes per second only %s were answered", count(c.Changes), count(r.Churn.Rate))
	}
	f.stage.each(func(w *worker) {
		for _, one := range c.list {
			if one.w == w {
				one.c.Leave()
				one.c.Close()
			}
		}
	})
}
