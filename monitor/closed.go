package monitor

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// DefaultClosed is nats-server's max_closed_clients.
const DefaultClosed = 10_000

// closedText bounds each thing that is kept of what a client said of itself, in
// bytes: a client identifier may have 65,535.
const closedText = 256

// Closed remembers the connections that have ended last, about 250 bytes each and
// the beginning of what they said of themselves.
type Closed struct {
	mu   sync.Mutex
	most int
	ring []ended
	next int // the oldest, once the ring is full
}

// ended is a Connection in less memory: without pointers into it but strings, and
// without subscriptions.
type ended struct {
	cid                                uint64
	remote                             netip.AddrPort
	start, last, stop                  int64 // nanoseconds
	rtt                                time.Duration
	inMsgs, inBytes, outMsgs, outBytes uint64
	subscriptions                      int32
	protocol                           string
	reason                             string
	name, user, language, version      string
}

// NewClosed remembers up to most; 0: none.
func NewClosed(most int) *Closed { return &Closed{most: most} }

// Add notes a connection that has ended. It is called on lanes, and holds them up
// for no longer than a copy takes.
func (r *Closed) Add(c *Connection) {
	if r.most <= 0 {
		return
	}
	e := ended{
		cid: c.CID, start: c.Start.UnixNano(), last: c.Last.UnixNano(), stop: c.Stop.UnixNano(), rtt: c.RTT,
		inMsgs: c.InMsgs, inBytes: c.InBytes, outMsgs: c.OutMsgs, outBytes: c.OutBytes,
		subscriptions: int32(c.Subscriptions), protocol: c.Protocol, reason: c.Reason,
		name: beginning(c.Name), user: beginning(c.User), language: beginning(c.Language), version: beginning(c.Version),
	}
	if a, ok := c.Remote.(*net.TCPAddr); ok {
		e.remote = a.AddrPort()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ring) < r.most {
		r.ring = append(r.ring, e)
		return
	}
	r.ring[r.next] = e
	r.next = (r.next + 1) % r.most
}

// beginning is what is kept of a text, in memory that holds no more.
func beginning(text string) string {
	if len(text) <= closedText {
		return text
	}
	return strings.Clone(text[:closedText])
}

// closedAtOnce is how many are copied before lanes get their turn.
const closedAtOnce = 256

// each calls piece with those that are remembered, a few at a time, which die with
// the call. One that ends meanwhile may push out one that has not come yet.
func (r *Closed) each(piece func([]Connection)) {
	var list []Connection
	for at := 0; ; at += closedAtOnce {
		list = list[:0]
		r.mu.Lock()
		for i := at; i < len(r.ring) && i < at+closedAtOnce; i++ {
			list = append(list, r.ring[i].connection())
		}
		r.mu.Unlock()
		if len(list) == 0 {
			return
		}
		piece(list)
	}
}

func (e *ended) connection() Connection {
	return Connection{
		CID: e.cid, Protocol: e.protocol, Remote: net.TCPAddrFromAddrPort(e.remote),
		Start: time.Unix(0, e.start), Last: time.Unix(0, e.last), Stop: time.Unix(0, e.stop), Reason: e.reason, RTT: e.rtt,
		InMsgs: e.inMsgs, InBytes: e.inBytes, OutMsgs: e.outMsgs, OutBytes: e.outBytes,
		Subscriptions: int(e.subscriptions), Name: e.name, User: e.user, Language: e.language, Version: e.version,
	}
}
