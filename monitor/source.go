package monitor

import (
	"context"
	"net"
	"time"
)

// Source is the server as it is watched. Any goroutine may call any method.
type Source interface {
	// Connections calls piece, on the caller's goroutine, with a few connections at
	// a time, until each that was open at the beginning and still is has come once.
	// For those that list wants (nil: for none) their List is filled in; list is
	// called on other goroutines. What piece is given dies with the call. The error
	// is that of ctx.
	Connections(ctx context.Context, list func(cid uint64) bool, piece func([]Connection)) error
	// Counters are the totals since the start.
	Counters() Counters
	// Index describes the index of subscriptions. The error is that of ctx.
	Index(ctx context.Context) (Index, error)
	// Listeners tells what listens where.
	Listeners() Listeners
	// Ready is nil while clients can connect.
	Ready() error
}

// Connection is one connection, open or closed. Strings are the source's and never
// change.
type Connection struct {
	CID      uint64
	Protocol string // nats or mqtt
	Remote   net.Addr
	Start    time.Time
	Last     time.Time     // when input last came
	Stop     time.Time     // zero while it is open
	Reason   string        // why it ended, in nats-server's words where it has some
	RTT      time.Duration // 0: not known
	Pending  int           // bytes

	InMsgs, InBytes, OutMsgs, OutBytes uint64

	Subscriptions                 int
	Name, User, Language, Version string
	List                          []Subscription
}

// Subscription is one subscription.
type Subscription struct {
	Filter Filter
	Queue  string
	SID    string // the client's name for it; MQTT: the topic filter
	Msgs   uint64
	Max    uint64 // UNSUB's; 0: none
}

// Filter is what a subscription is to.
type Filter interface {
	// Subject is the canonical subject, with NATS wildcards.
	Subject() string
	// Reaches tells whether a message with this subject would get there.
	Reaches(subject string) bool
}

// Counters are totals since the start, except for Connections and Subscriptions,
// which are those of now.
type Counters struct {
	Connections, Subscriptions               int
	Accepted                                 uint64 // connections
	InMsgs, InBytes, OutMsgs, OutBytes       uint64
	SlowConsumers, StaleConnections, Stalled uint64
}

// Index describes the index of subscriptions, and what is remembered of it.
type Index struct {
	Subscriptions, Cached, MaxFanout int
	Inserted, Removed, Matched       uint64
	HitRate, AvgFanout               float64 // HitRate from 0 to 1
}

// Listeners are addresses to connect to; nil: nothing listens.
type Listeners struct{ NATS, MQTT, Monitor net.Addr }
