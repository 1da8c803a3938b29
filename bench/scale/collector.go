package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"sync/atomic"
	"time"
)

// traffic is what flows while the garbage collector runs: batches to random
// sessions, from a publisher of each protocol in turn, and with storm also
// sessions that end and come back, which makes the garbage of a reconnect.
type traffic struct {
	g       *gateway
	from    []*conn
	batches [][]byte
	n       int // sessions
	storm   bool
	turns   []time.Duration
	batch   int
}

// batchSize is the number of messages in one read.
const batchSize = 64

func newTraffic(g *gateway, n int) *traffic {
	t := &traffic{g: g, n: n}
	for _, p := range []protocol{speaksNATS, speaksMQTT} {
		t.from = append(t.from, g.client(p, 0, n+len(t.from)))
	}
	random := newRandom()
	for i := range 512 {
		var in []byte
		for range batchSize {
			in = appendPublish(in, protocol(i%2), subject(random.IntN(n)), make([]byte, 16))
		}
		t.batches = append(t.batches, in)
	}
	return t
}

// flow is one turn of messages, whose time is kept; with a storm a hundred
// sessions begin anew as well.
func (t *traffic) flow() {
	at := t.batch % len(t.batches)
	begin := time.Now()
	t.g.turn(t.from[at%2], t.batches[at])
	t.turns = append(t.turns, time.Since(begin))
	if t.storm {
		const renewed = 100
		for i := range renewed {
			t.renew((t.batch*renewed + i) % t.n)
		}
	}
	t.batch++
}

// renew ends session i as a lost socket does, and its client comes back.
func (t *traffic) renew(i int) {
	c, p := &t.g.conns[i], protocol(i%2)
	c.lane.hub.BeginTurn()
	c.session.Closed(0)
	c.lane.end()
	t.g.begin(c, p, appendSubscribe(appendConnect(nil, p, i), p, filter(p, exact, i), 0))
}

// gcCPU is what the collector has used so far, in CPU seconds. The runtime
// brings it up to date at the end of a cycle.
func gcCPU() float64 {
	sample := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/gc/mark/idle:cpu-seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64() - sample[1].Value.Float64()
}

// observed is what the collector did in a while.
type observed struct {
	cycles int
	pauses []time.Duration // one a cycle: the time in which nothing else ran
	cpu    float64         // of the collector, in seconds, without idle time used
	all    float64         // of the process, in seconds
	turns  []time.Duration
}

// observe runs the traffic for a while, with forced cycles one after the other
// or with those that the garbage calls for.
func (t *traffic) observe(d time.Duration, forced bool) observed {
	runtime.GC()
	var before, after debug.GCStats
	debug.ReadGCStats(&before)
	gc, all := gcCPU(), cpu()
	t.turns = t.turns[:0]
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for forced && !stop.Load() {
			runtime.GC()
			time.Sleep(100 * time.Millisecond) // so that turns without a cycle are seen as well
		}
	}()
	for begin := time.Now(); time.Since(begin) < d; {
		t.flow()
	}
	stop.Store(true)
	<-done
	debug.ReadGCStats(&after)
	o := observed{cycles: int(after.NumGC - before.NumGC), turns: t.turns}
	all = cpu() - all
	if !forced {
		runtime.GC() // brings the CPU figures up to date, and is in them
	}
	o.cpu, o.all = gcCPU()-gc, all.Seconds()
	o.pauses = slices.Clone(after.Pause[:min(o.cycles, len(after.Pause))])
	return o
}

// quantile of durations, in µs.
func quantile(d []time.Duration, q float64) float64 {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return float64(d[min(int(q*float64(len(d))), len(d)-1)].Nanoseconds()) / 1000
}

// collector measures the garbage collector beside a full house.
func collector(s *settings, r *report, tell *progress) error {
	n := s.sessions
	tell.say("gc: %d sessions of both protocols", n)
	g := newGateway(1, n)
	g.populate(n, exact, tell, speaksNATS, speaksMQTT)
	t := newTraffic(g, n)
	add := func(name string, value float64, unit string) {
		r.Figures = append(r.Figures, figure{Part: "gc", Name: name, Value: value, Unit: unit})
	}
	add("sessions", float64(n), "")
	add("live heap", float64(heap()), "B")
	debug.SetGCPercent(-1)
	tell.say("gc: traffic without a cycle, %v", s.traffic/2)
	calm := t.observe(s.traffic/2, false)
	debug.SetGCPercent(100)
	add("turn of 64 messages without a cycle, p50", quantile(calm.turns, 0.5), "µs")
	add("turn of 64 messages without a cycle, p99", quantile(calm.turns, 0.99), "µs")
	add("turn of 64 messages without a cycle, longest", quantile(calm.turns, 1), "µs")
	for _, c := range []struct {
		name   string
		forced bool
	}{{"forced", true}, {"natural", false}} {
		tell.say("gc: traffic with %s cycles, %v", c.name, s.traffic)
		t.storm = !c.forced
		o := t.observe(s.traffic, c.forced)
		add(c.name+": cycles", float64(o.cycles), "")
		add(c.name+": pause, p50", quantile(o.pauses, 0.5), "µs")
		add(c.name+": pause, p99", quantile(o.pauses, 0.99), "µs")
		add(c.name+": pause, longest", quantile(o.pauses, 1), "µs")
		add(c.name+": turn of 64 messages, p50", quantile(o.turns, 0.5), "µs")
		add(c.name+": turn of 64 messages, p99", quantile(o.turns, 0.99), "µs")
		add(c.name+": turn of 64 messages, longest", quantile(o.turns, 1), "µs")
		cycles := o.cycles
		if !c.forced {
			cycles++
		}
		add(c.name+": CPU of a cycle", o.cpu/float64(max(cycles, 1))*1e3, "ms")
		add(c.name+": CPU of a cycle per session", o.cpu/float64(max(cycles, 1))/float64(n)*1e9, "ns")
		if !c.forced {
			add(c.name+": share of the process's CPU", 100*o.cpu/o.all, "%")
		}
	}
	return g.check(n)
}
