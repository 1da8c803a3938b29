package main

import (
	"fmt"
	"time"

	natscodec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/session/mqtt"
	"github.com/isthmus-mq/isthmus/session/nats"
)

// gateway is the sessions, the hub and the trie of a server, on connections
// whose peers take everything at once. One goroutine runs all of its lanes in
// turn, so its CPU time is that of the work and not of waiting.
type gateway struct {
	hub   *hub.Hub
	lanes []*lane
	conns []conn // made beforehand: their memory is not that of sessions
	used  int    // of conns
	ended int    // connections that a session has closed
}

// lane is what the engine keeps for an event loop.
type lane struct {
	hub   *hub.Lane
	nats  *nats.Lane
	mqtt  *mqtt.Lane
	pool  session.Buffers
	dirty []*conn     // they have output
	mails []*hub.Mail // from other lanes, in their order
	iov   [][]byte
	sent  int // bytes
}

// conn is the session.Conn of one session.
type conn struct {
	out     session.Outbox
	lane    *lane
	gateway *gateway
	session session.Session
}

func (c *conn) Out() *session.Outbox       { return &c.out }
func (c *conn) Close(reason.ID)            { c.gateway.ended++ }
func (c *conn) Arm(time.Duration)          {}
func (c *conn) AwaitDrain()                {}
func (c *conn) Hold([]byte, time.Duration) {}
func (c *conn) Now() time.Duration         { return 0 }
func (c *conn) Peer() session.Peer         { return session.Peer{ID: 1} }
func (c *conn) Dirty()                     { c.lane.dirty = append(c.lane.dirty, c) }
func (c *conn) Full()                      { c.flush() }

func (c *conn) flush() {
	l := c.lane
	l.iov = c.out.Segments(l.iov[:0], 64)
	n := c.out.Len()
	c.out.Sent(n)
	l.sent += n
}

// newGateway has room for so many sessions, publishers not counted.
func newGateway(lanes, sessions int) *gateway {
	const others = 16
	g := &gateway{hub: hub.New(hub.Options{Lanes: lanes}), conns: make([]conn, sessions+others)}
	n := &nats.Options{
		Limits: natscodec.Limits{ControlLine: natscodec.DefaultControlLine, Payload: natscodec.DefaultPayload},
	}
	m := mqtt.NewOptions(natscodec.DefaultPayload)
	for i := range lanes {
		l := &lane{hub: g.hub.Lane(i)}
		l.nats, l.mqtt = nats.NewLane(l.hub, n), mqtt.NewLane(l.hub, m)
		l.hub.SetPost(func(to int, m *hub.Mail) { g.lanes[to].mails = append(g.lanes[to].mails, m) })
		g.lanes = append(g.lanes, l)
	}
	return g
}

// open begins a session on a lane with the first bytes of its client.
func (g *gateway) open(p protocol, lane int, first []byte) *conn {
	c := &g.conns[g.used]
	g.used++
	c.gateway, c.lane = g, g.lanes[lane]
	c.out.Init(c, &c.lane.pool)
	g.begin(c, p, first)
	return c
}

// begin puts a new session behind c.
func (g *gateway) begin(c *conn, p protocol, first []byte) {
	if p == speaksNATS {
		c.session = c.lane.nats.NewSession(c)
	} else {
		c.session = c.lane.mqtt.NewSession(c)
	}
	c.session.Open()
	g.turn(c, first)
}

// turn is what the engine does with one read, and what lanes do with the mails
// that come of it.
func (g *gateway) turn(c *conn, in []byte) {
	l := c.lane
	l.hub.BeginTurn()
	c.session.Input(in)
	l.end()
	if len(g.lanes) == 1 {
		return
	}
	for again := true; again; {
		again = false
		for _, l := range g.lanes {
			again = l.drain() || again
		}
	}
}

// drainBudget is the engine's: output in bytes between two flushes.
const drainBudget = 64 << 10

// drain delivers what other lanes have sent; it reports whether there was any.
func (l *lane) drain() bool {
	if len(l.mails) == 0 {
		return false
	}
	for i, m := range l.mails {
		for done := false; !done; {
			l.hub.BeginTurn()
			_, done = l.hub.Receive(m, drainBudget)
			l.end()
		}
		m.Done()
		l.mails[i] = nil
	}
	l.mails = l.mails[:0]
	return true
}

func (l *lane) end() {
	l.hub.EndTurn()
	for i, c := range l.dirty {
		c.flush()
		l.dirty[i] = nil
	}
	l.dirty = l.dirty[:0]
}

// check fails when something has gone otherwise than the measurement assumes.
func (g *gateway) check(subscriptions int) error {
	if g.ended > 0 {
		return fmt.Errorf("%d sessions have closed their connection", g.ended)
	}
	if n := g.hub.Subscriptions(); n != subscriptions {
		return fmt.Errorf("%d subscriptions where there should be %d", n, subscriptions)
	}
	return nil
}

// delivered is the number of messages that subscribers have been sent.
func (g *gateway) delivered() int { return int(g.hub.Traffic().Out) }
