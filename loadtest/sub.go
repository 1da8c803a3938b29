package loadtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/loadtest/client"
	"github.com/isthmus-mq/isthmus/loadtest/ledger"
)

// Sub receives what a PubSub without subscribers sends in another process. Of
// each publisher it expects all numbers from the first that comes on.
type Sub struct {
	Protocol    client.Protocol
	Subscribers int
	Filter      string // template
	QoS         byte
	Messages    int64         // all subscribers together; 0: no bound
	Duration    time.Duration // 0: until the user ends it
}

// listening is a Sub that runs.
type listening struct {
	Sub
	s        *stage
	o        client.Options
	filter   Template
	list     []*listener
	ready    atomic.Int64
	broken   atomic.Int64
	received atomic.Int64
}

// Run receives.
func (n Sub) Run(ctx context.Context, o Options) (*Report, error) {
	switch {
	case n.Subscribers < 1:
		return nil, errors.New("--sub must be at least 1")
	case n.QoS > 1:
		return nil, fmt.Errorf("--qos: %d is neither 0 nor 1", n.QoS)
	case n.Messages < 0 || n.Duration < 0:
		return nil, errors.New("--msgs and --duration must not be negative")
	}
	if err := room(n.Subscribers); err != nil {
		return nil, err
	}
	s, err := newStage(&o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	l := &listening{Sub: n, s: s}
	if l.o, err = o.dialling(ctx, n.Protocol); err != nil {
		return nil, err
	}
	text, err := named(n.Filter, n.Protocol)
	if err != nil {
		return nil, err
	}
	if l.filter, err = ParseTemplate(text); err != nil {
		return nil, err
	}
	if err := l.connect(ctx); err != nil {
		return nil, err
	}
	report := newReport("sub", &o)
	run, err := l.listen(ctx)
	report.Runs = []*Run{run}
	return report, err
}

func (l *listening) connect(ctx context.Context) error {
	jobs := make([][]job, len(l.s.workers))
	for i := range l.Subscribers {
		w := l.s.worker(i)
		one := &listener{l: l, w: w, accounts: make(map[uint64]*ledger.Ledger)}
		l.list = append(l.list, one)
		jobs[w.index] = append(jobs[w.index], func(int64) *client.Client {
			return w.loop.Dial(&l.o, fmt.Sprintf("load-%04x-sub-%d", l.s.tag, i), i, one)
		})
	}
	l.s.each(func(w *worker) { w.actors = append(w.actors, &dialer{jobs: jobs[w.index], most: connecting}) })
	want := int64(l.Subscribers)
	if !l.s.quiet(ctx, l.ready.Load, func() bool { return l.ready.Load() == want || l.broken.Load() > 0 }) || l.broken.Load() > 0 {
		complaints, fault := l.s.complaints()
		return fmt.Errorf("%d of %d subscribers are ready: %v: %w", l.ready.Load(), want, complaints, errors.Join(fault, ctx.Err()))
	}
	return nil
}

func (l *listening) listen(ctx context.Context) (*Run, error) {
	l.s.show.begin(l.Protocol.String(), delivery, "latency")
	fmt.Fprintf(l.s.o.ProgressTo, "%s to %q, waiting for isthmus-load pub\n", plural(l.Subscribers, "subscriber"), l.filter.text)
	l.s.meter.start()
	begin := time.Now()
	var deadline time.Time
	if l.Duration > 0 {
		deadline = begin.Add(l.Duration)
	}
	l.s.until(ctx, deadline, func() bool {
		return l.Messages > 0 && l.received.Load() >= l.Messages || l.broken.Load() == int64(l.Subscribers)
	})
	usage := l.s.meter.stop()
	all, _ := l.s.totals()
	r := &Run{
		Name: l.Protocol.String(), Load: fmt.Sprintf("%s, %s to %q", l.Protocol, plural(l.Subscribers, "subscriber"), l.filter.text),
		Seconds: time.Since(begin).Seconds(), Received: all.Received, Duplicated: all.Duplicated, Reordered: all.Reordered,
		Damaged: all.Damaged, TooOld: all.Old, Foreign: all.Foreign, Usage: usage,
	}
	if all.LastCame > all.FirstSent {
		r.ReceivedRate = rate(r.Received, float64(all.LastCame-all.FirstSent)/1e9)
	}
	lost := make([]uint64, len(l.s.workers))
	l.s.each(func(w *worker) {
		for _, one := range l.list {
			if one.w != w {
				continue
			}
			for _, a := range one.accounts {
				lost[w.index] += a.Missing()
			}
		}
	})
	for _, n := range lost {
		r.Lost += n
	}
	r.Expected = r.Received + r.Lost
	if u := r.Usage.Server; u != nil && r.Received > 0 {
		u.CPUEach = float64(u.CPU) / float64(r.Received)
	}
	r.times(l.s)
	events, fault := l.s.complaints()
	r.Events = events
	l.judge(r, &all)
	return r, fault
}

func (l *listening) judge(r *Run, all *Counts) {
	if r.Received == 0 {
		r.fail("nothing came")
	}
	if r.Lost > 0 && !l.s.o.AllowLoss {
		r.fail("%s messages are missing between those that came", whole(r.Lost))
	}
	for _, bad := range []struct {
		n    uint64
		what string
	}{
		{r.Duplicated, "messages came twice"},
		{r.Reordered, "messages came out of order"},
		{r.Damaged, "messages came with another payload than they were sent with"},
		{all.Dropped, "connections were closed by the server"},
	} {
		if bad.n > 0 {
			r.fail("%s %s", whole(bad.n), bad.what)
		}
	}
	r.note("what was lost before the first and after the last message that came cannot be known here: compare with the number that pub reports")
	if all.Skewed > 0 {
		r.note("%s messages came before they were sent: the clocks of the two machines differ, and latencies mean nothing", whole(all.Skewed))
	}
	r.judgeSelf(l.s.o)
}

// listener is one subscriber.
type listener struct {
	client.Deaf
	l        *listening
	w        *worker
	count    int64
	accounts map[uint64]*ledger.Ledger // by run and publisher
	last     *ledger.Ledger            // the one used last, and its key
	lastKey  uint64
	expected []byte // what payloads look like behind the stamp
}

func (r *listener) Opened(c *client.Client) {
	r.w.counts.Opened++
	c.Subscribe(r.l.filter.Name(c.Number, 0), "", r.l.QoS)
}

func (r *listener) Granted(c *client.Client, _ uint16, code mqtt.ReasonCode) {
	if code.Failed() {
		c.Close()
		r.Closed(c, fmt.Errorf("subscription refused: 0x%02X", byte(code)))
		return
	}
	r.l.ready.Add(1)
}

func (r *listener) Closed(_ *client.Client, err error) {
	r.w.failed("subscriber", err)
	r.w.counts.Dropped++
	r.l.broken.Add(1)
}

func (r *listener) Message(_ *client.Client, m *client.Message) {
	n := &r.w.counts
	s, ok := ledger.Read(m.Payload)
	if !ok {
		n.Foreign++
		return
	}
	if size := len(m.Payload); size > len(r.expected) {
		r.expected = newPayload(size)
	}
	if !bytes.Equal(m.Payload[ledger.Size:], r.expected[ledger.Size:len(m.Payload)]) {
		n.Damaged++
		return
	}
	if n.FirstSent == 0 {
		n.FirstSent = r.w.loop.Now // here it is when the first came
	}
	n.Settled += r.account(s).Take(s.Number, &n.Tally)
	r.count++
	age := s.Age(r.w.loop.Now)
	if age < 0 {
		n.Skewed++
	}
	r.w.times[delivery].Record(age)
}

// account finds the ledger of a publisher.
func (r *listener) account(s ledger.Stamp) *ledger.Ledger {
	key := uint64(s.Run)<<32 | uint64(s.Sender)
	if r.last != nil && key == r.lastKey {
		return r.last
	}
	a := r.accounts[key]
	if a == nil {
		a = ledger.From(s.Number)
		r.accounts[key] = a
	}
	r.last, r.lastKey = a, key
	return a
}

func (r *listener) Drained(*client.Client) {
	if r.count > 0 {
		r.w.counts.LastCame = r.w.loop.Now
		r.l.received.Add(r.count)
		r.count = 0
	}
}
