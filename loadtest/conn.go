package loadtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/loadtest/client"
	"github.com/isthmus-mq/isthmus/loadtest/latency"
)

// Conn opens many connections, at a rate or as fast as the server takes them,
// and holds them.
type Conn struct {
	Protocol    client.Protocol
	Clients     int
	Rate        float64 // connections per second; 0: flat out
	Concurrency int     // flat out: connections that are being opened at once
	Filter      string  // template of what each subscribes to; empty: nothing
	QoS         byte
	Hold        time.Duration // how long they stay
}

// Connections is what happened to them.
type Connections struct {
	Wanted  int     `json:"wanted"`
	Opened  uint64  `json:"opened"`
	Failed  uint64  `json:"failed"`
	Dropped uint64  `json:"dropped"`
	Rate    float64 `json:"opened_per_second"`
	Held    float64 `json:"held_seconds"`
	// Bytes are the server's memory for each connection, at the end of the storm
	// and at the end of the time they were held; 0 without --server-pid.
	Bytes     float64 `json:"server_bytes_each,omitempty"`
	BytesHeld float64 `json:"server_bytes_each_held,omitempty"`
	OwnBytes  float64 `json:"own_bytes_each"`
	HeldCores float64 `json:"server_cores_held,omitempty"`
}

// automaticSources: loopback has ports for about 28,000 connections from one
// address to one listener, so a larger crowd comes from several of them.
const (
	perSource        = 20_000
	automaticSources = "127.0.0.1-127.0.0.%d"
)

// crowd is a Conn that runs.
type crowd struct {
	client.Deaf
	Conn
	s       *stage
	o       client.Options
	filter  Template
	dialers []*dialer
}

// Run opens and holds the connections.
func (n Conn) Run(ctx context.Context, o Options) (*Report, error) {
	switch {
	case n.Clients < 1:
		return nil, errors.New("--clients must be at least 1")
	case n.Rate < 0 || n.Concurrency < 1 || n.Hold < 0:
		return nil, errors.New("--rate and --hold must not be negative, --concurrency must be at least 1")
	case n.QoS > 1:
		return nil, fmt.Errorf("--qos: %d is neither 0 nor 1", n.QoS)
	}
	if err := room(n.Clients); err != nil {
		return nil, err
	}
	s, err := newStage(&o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	c := &crowd{Conn: n, s: s}
	if c.o, err = o.dialling(ctx, n.Protocol); err != nil {
		return nil, err
	}
	if n.Clients > perSource && len(c.o.Sources) == 0 && c.o.To.Addr().IsLoopback() && c.o.To.Addr().Is4() {
		c.o.Sources, _ = parseSources(fmt.Sprintf(automaticSources, min(1+n.Clients/perSource, 254)))
	}
	if n.Filter != "" {
		text, err := named(n.Filter, n.Protocol)
		if err != nil {
			return nil, err
		}
		if c.filter, err = ParseTemplate(text); err != nil {
			return nil, err
		}
	}
	report := newReport("conn", &o)
	run, err := c.run(ctx)
	report.Runs = []*Run{run}
	report.Interrupted = s.stopped
	return report, err
}

func (c *crowd) run(ctx context.Context) (*Run, error) {
	ownBefore, _ := residentBytes(os.Getpid())
	c.s.show.begin(c.Protocol.String(), opening, "accept")
	c.s.meter.start()
	start := time.Now()
	c.dial()
	storm := c.storm(ctx)
	opened, _ := c.s.totals()
	r := &Run{Name: c.Protocol.String(), Load: c.describe(), Seconds: storm.Seconds(), TargetRate: c.Rate, Usage: c.s.meter.stop()}
	stormEnd := c.s.meter.read()

	heldFrom := time.Now()
	if !c.s.stopped {
		c.s.until(ctx, heldFrom.Add(c.Hold), func() bool { return false })
	}
	end := c.s.meter.read()
	all, _ := c.s.totals()
	ownAfter, _ := residentBytes(os.Getpid())
	each := func(bytes int64) float64 { return float64(bytes) / float64(max(opened.Opened, 1)) }
	r.Connections = &Connections{
		Wanted: c.Clients, Opened: all.Opened, Failed: all.Failed, Dropped: all.Dropped,
		Rate: rate(opened.Opened, min(storm, time.Since(start)).Seconds()), Held: time.Since(heldFrom).Seconds(),
		Bytes: each(stormEnd.memory - c.s.meter.first.memory), BytesHeld: each(end.memory - c.s.meter.first.memory),
		OwnBytes: each(ownAfter - ownBefore),
	}
	if held := c.s.meter.since(stormEnd, end); held.Server != nil {
		r.Connections.HeldCores = held.Server.Cores
		r.Usage.Server.CPUEach = float64(r.Usage.Server.CPU) / float64(max(opened.Opened, 1))
		r.Usage.Server.MemoryLast, r.Usage.Server.MemoryPeak = end.memory, c.s.meter.peak
	}
	r.times(c.s)
	events, fault := c.s.complaints()
	r.Events = events
	c.judge(r)
	return r, fault
}

// dial gives the connections to the workers' dialers.
func (c *crowd) dial() {
	n := len(c.s.workers)
	jobs := make([][]job, n)
	for i := range c.Clients {
		w := c.s.worker(i)
		jobs[w.index] = append(jobs[w.index], func(at int64) *client.Client {
			k := w.loop.Dial(&c.o, fmt.Sprintf("load-%04x-%d", c.s.tag, i), i, &member{crowd: c, w: w})
			k.Began = at
			return k
		})
	}
	at := clock() + int64(startIn)
	for i := range n {
		d := &dialer{jobs: jobs[i], most: max(c.Concurrency/n, 1)}
		if c.Rate > 0 {
			schedule := latency.NewSchedule(at, c.Rate, i, n)
			d.schedule, d.most = &schedule, 0
		}
		c.dialers = append(c.dialers, d)
	}
	c.s.each(func(w *worker) { w.actors = append(w.actors, c.dialers[w.index]) })
}

// storm waits until every connection is open or has failed.
func (c *crowd) storm(ctx context.Context) time.Duration {
	begin := time.Now()
	c.s.until(ctx, time.Time{}, func() bool {
		all, _ := c.s.totals()
		return all.Opened+all.Failed >= uint64(c.Clients)
	})
	return time.Since(begin)
}

// member is the handler of one connection. It is small: there are many.
type member struct {
	client.Deaf
	*crowd
	w    *worker
	open bool
}

func (m *member) Opened(c *client.Client) {
	if m.Filter == "" {
		m.settled(c)
		return
	}
	c.Subscribe(string(m.filter.Append(nil, c.Number, c.Number)), "", m.QoS)
}

func (m *member) Granted(c *client.Client, _ uint16, code mqtt.ReasonCode) {
	if code.Failed() {
		c.Close()
		m.Closed(c, fmt.Errorf("subscription refused: 0x%02X", byte(code)))
		return
	}
	m.settled(c)
}

func (m *member) settled(c *client.Client) {
	m.open = true
	m.w.counts.Opened++
	m.w.times[opening].Record(m.w.loop.Now - c.Began)
}

func (m *member) Closed(_ *client.Client, err error) {
	if m.open {
		m.w.counts.Dropped++
		m.w.failed("dropped", err)
		return
	}
	m.w.counts.Failed++
	m.w.failed("not opened", err)
}

func (c *crowd) judge(r *Run) {
	n := r.Connections
	if n.Failed > 0 {
		r.fail("%d connections could not be opened", n.Failed)
	}
	if n.Dropped > 0 {
		r.fail("%d connections were closed by the server", n.Dropped)
	}
	if missing := uint64(n.Wanted) - n.Opened - n.Failed; missing > 0 && !c.s.stopped {
		r.fail("%d connections were neither opened nor refused", missing)
	}
	const tolerated = 0.99
	if c.Rate > 0 && n.Rate < tolerated*c.Rate {
		r.note("of %s connections per second only %s were opened", count(c.Rate), count(n.Rate))
	}
	r.judgeSelf(c.s.o)
}

func (c *crowd) describe() string {
	text := fmt.Sprintf("%s, %d connections", c.Protocol, c.Clients)
	if c.Filter != "" {
		text += " with a subscription each"
	}
	if c.Rate > 0 {
		return text + fmt.Sprintf(", open loop at %s/s", count(c.Rate))
	}
	return text + fmt.Sprintf(", flat out, %d at a time", c.Concurrency)
}
