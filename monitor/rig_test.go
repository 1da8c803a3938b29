package monitor

import (
	"context"
	"net"
	"strings"
	"time"
)

// fake is a Source of what it is told.
type fake struct {
	connections []Connection
	counters    Counters
	index       Index
	listeners   Listeners
	ready       error
	piece       int // connections at a time; 0: 3
}

func (f *fake) Connections(ctx context.Context, list func(uint64) bool, piece func([]Connection)) error {
	size := max(f.piece, 3)
	for at := 0; at < len(f.connections); at += size {
		part := make([]Connection, 0, size)
		for _, c := range f.connections[at:min(at+size, len(f.connections))] {
			if list == nil || !list(c.CID) {
				c.List = nil
			}
			part = append(part, c)
		}
		piece(part)
		clear(part)
	}
	return ctx.Err()
}

func (f *fake) Counters() Counters                       { return f.counters }
func (f *fake) Index(ctx context.Context) (Index, error) { return f.index, ctx.Err() }
func (f *fake) Listeners() Listeners                     { return f.listeners }
func (f *fake) Ready() error                             { return f.ready }

// subject is a Filter that reaches what begins with what it is up to its first
// wildcard.
type subject string

func (s subject) Subject() string { return string(s) }
func (s subject) Reaches(name string) bool {
	return strings.HasPrefix(name, strings.TrimRight(string(s), "*>"))
}

var (
	started = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	asOf    = started.Add(26*time.Hour + 3*time.Minute + 4*time.Second)
)

// newTold returns a monitor of f at a fixed time.
func newTold(f *fake, closed *Closed) *Monitor {
	if closed == nil {
		closed = NewClosed(0)
	}
	m := New(Options{
		ID: "NAAAA", Name: "here", Version: "2.12.0-isthmus.1", Start: started,
		MaxConnections: 100, MaxPayload: 1 << 20, MaxPending: 64 << 20, MaxControlLine: 4096, MaxInflight: 100,
		Heartbeat: time.Minute, MaxPings: 2, ConnectTimeout: 10 * time.Second,
	}, closed, f)
	m.now = func() time.Time { return asOf }
	return m
}

// aDay is a server with a client of each protocol, and one of each that has left.
func aDay() (*fake, *Closed) {
	from := func(port int) net.Addr { return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 7), Port: port} }
	f := &fake{
		connections: []Connection{
			{
				CID: 3, Protocol: "nats", Remote: from(5001), Start: started.Add(time.Second), Last: asOf.Add(-90 * time.Second),
				RTT: 1500 * time.Microsecond, Pending: 12, InMsgs: 1, InBytes: 2, OutMsgs: 3, OutBytes: 4,
				Name: "billing", User: "ann", Language: "go", Version: "1.55.0", Subscriptions: 2,
				List: []Subscription{
					{Filter: subject("orders.>"), SID: "1", Msgs: 3},
					{Filter: subject("jobs"), Queue: "team", SID: "2", Msgs: 1, Max: 5},
				},
			},
			{
				CID: 9, Protocol: "mqtt", Remote: from(5002), Start: started.Add(time.Hour), Last: asOf,
				InMsgs: 7, InBytes: 70, Name: "dev-1", Version: "5.0", Subscriptions: 1,
				List: []Subscription{{Filter: subject("plant.*.temp"), SID: "plant/+/temp", Msgs: 8}},
			},
		},
		counters: Counters{
			Connections: 2, Subscriptions: 3, Accepted: 4, InMsgs: 8, InBytes: 72, OutMsgs: 3, OutBytes: 4,
			SlowConsumers: 1, StaleConnections: 2, Stalled: 3,
		},
		index: Index{Subscriptions: 3, Cached: 5, MaxFanout: 2, Inserted: 7, Removed: 4, Matched: 8, HitRate: 0.5, AvgFanout: 0.25},
		listeners: Listeners{
			NATS: &net.TCPAddr{IP: net.IPv6unspecified, Port: 4222}, MQTT: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1883},
		},
	}
	closed := NewClosed(10)
	for _, c := range []Connection{
		{CID: 1, Protocol: "nats", Remote: from(5003), Start: started, Last: started.Add(time.Second), Stop: started.Add(2 * time.Second), Reason: "Client Closed", Name: "once"},
		{CID: 2, Protocol: "mqtt", Remote: from(5004), Start: started, Last: started, Stop: started.Add(time.Hour), Reason: "Stale Connection", Name: "dev-2", Subscriptions: 4},
	} {
		closed.Add(&c)
	}
	return f, closed
}
