package client

import (
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/codec/nats"
)

const (
	// readBuffer is read at once, in bytes: streams come in large pieces.
	readBuffer = 256 << 10
	// FlushAt is how many bytes to gather for one write.
	FlushAt = 64 << 10
	// keptSpare is how many output buffers a loop keeps when nobody needs them.
	keptSpare = 64
)

// Loop is one event loop with its connections.
type Loop struct {
	// Now is the clock's time when the last read returned, or the turn began.
	Now int64

	clock   func() int64 // ns
	poller  *poller
	clients []*Client // by slot; nil: free
	free    []int32   // slots
	freed   []int32   // in this turn: events for them may still come
	opening []*Client // in the order of their start, those that are open included
	live    int
	next    int // of the sources
	beat    int // slot where the next look for silent clients begins
	beaten  int64

	// All clients of the loop use these in turn.
	buf    []byte
	frame  nats.Frame
	packet mqtt.Packet
	msg    Message
	spare  [][]byte
}

// NewLoop returns a loop whose times are those of clock, in ns.
func NewLoop(clock func() int64) (*Loop, error) {
	p, err := newPoller()
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &Loop{Now: clock(), clock: clock, poller: p, buf: make([]byte, readBuffer)}, nil
}

// Dial begins a connection. Its handler learns how that ends. id is the MQTT
// client identifier or the NATS client name; number is for the handler.
func (l *Loop) Dial(o *Options, id string, number int, h Handler) *Client {
	c := &Client{loop: l, on: h, opts: o, id: id, Number: number, Began: l.clock(), fd: -1, slot: -1}
	var source netip.Addr
	if len(o.Sources) > 0 {
		source = o.Sources[l.next%len(o.Sources)]
		l.next++
	}
	c.init()
	fd, err := connect(o, source)
	if err == nil {
		c.fd, c.slot = fd, l.slot(c)
		c.watching = unix.EPOLLIN | unix.EPOLLOUT
		if err = l.poller.add(fd, c.slot, c.watching); err == nil {
			l.opening = append(l.opening, c)
			return c
		}
	}
	c.end(err)
	return c
}

func (l *Loop) slot(c *Client) int32 {
	l.live++
	if n := len(l.free); n > 0 {
		slot := l.free[n-1]
		l.free = l.free[:n-1]
		l.clients[slot] = c
		return slot
	}
	l.clients = append(l.clients, c)
	return int32(len(l.clients) - 1)
}

// Wake ends a wait of Turn, the present or the next. Any goroutine may call it
// before Close.
func (l *Loop) Wake() { l.poller.ring() }

// Live is the number of connections, those that are being opened included.
func (l *Loop) Live() int { return l.live }

// Turn waits at most d for something to happen and handles it.
func (l *Loop) Turn(d time.Duration) error {
	events, err := l.poller.wait(d)
	if err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	l.Now = l.clock()
	for i := range events {
		if events[i].Fd == bellSlot {
			l.poller.heard()
			continue
		}
		if c := l.clients[events[i].Fd]; c != nil {
			c.ready(events[i].Events)
		}
	}
	l.free = append(l.free, l.freed...)
	l.freed = l.freed[:0]
	l.giveUp()
	l.keepAlive()
	return nil
}

// giveUp ends connections that the server does not open.
func (l *Loop) giveUp() {
	for len(l.opening) > 0 {
		c := l.opening[0]
		if c.state != stateOpen && c.state != stateClosed {
			if l.Now-c.Began < int64(c.opts.Patience) {
				return
			}
			c.end(fmt.Errorf("not opened within %v: %s", c.opts.Patience, c.state))
		}
		l.opening[0] = nil
		l.opening = l.opening[1:]
	}
}

// keepAlive sends PINGREQ to MQTT clients whose time has come. It looks at a
// part of them every 100 ms, so that each is looked at once a second.
func (l *Loop) keepAlive() {
	const every = int64(100 * time.Millisecond)
	if l.Now-l.beaten < every || len(l.clients) == 0 {
		return
	}
	l.beaten = l.Now
	for range (len(l.clients) + 9) / 10 {
		c := l.clients[l.beat%len(l.clients)]
		l.beat = (l.beat + 1) % len(l.clients)
		if c == nil || c.state != stateOpen || c.opts.Protocol != MQTT || c.opts.KeepAlive == 0 {
			continue
		}
		if l.Now-c.spoke > int64(c.opts.KeepAlive)/2 {
			c.Ping()
			c.Flush()
		}
	}
}

// Close closes all connections and the loop, in which no Turn runs any more.
func (l *Loop) Close() {
	for _, c := range l.clients {
		if c != nil {
			c.Close()
		}
	}
	l.poller.close()
}

func (l *Loop) borrow() []byte {
	if n := len(l.spare); n > 0 {
		b := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return b
	}
	return make([]byte, 0, FlushAt+4096)
}

func (l *Loop) giveBack(b []byte) {
	if len(l.spare) < keptSpare && cap(b) <= 4*FlushAt {
		l.spare = append(l.spare, b[:0])
	}
}
