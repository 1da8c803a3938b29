package engine

import (
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/panjf2000/gnet/v2"

	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// Conn is a socket on its lane: the session.Conn of its session and the
// session.Flusher of its outbox.
type Conn struct {
	out     session.Outbox
	lane    *lane
	sock    gnet.Conn
	session session.Session // nil before OnOpen and once Closed was called
	aside   *aside          // nil for nearly all
	timer   timer
	id      uint64
	index   int32 // in lane.conns
	rank    int32 // in lane.budget.fat, from 1; 0: nothing is counted
	phase   phase
	pauses  pause
	why     reason.ID // the first reason given for the end
	mute    bool      // output has been thrown away, so none may follow
	dirty   bool      // on the lane's list for the next flush
	awaits  bool      // its session wants to know when output has left
	polled  bool      // on the lane's list of connections to look after
}

// aside is what a connection has only while it enters, is paused or ends.
type aside struct {
	entry    *entry        // what the door knows; nil after OnOpen
	held     []byte        // input that came while reads were paused
	deadline time.Duration // ends a pause, or a phase of closing
}

// until sets the deadline.
func (c *Conn) until(deadline time.Duration) { c.putAside().deadline = deadline }

func (c *Conn) putAside() *aside {
	if c.aside == nil {
		c.aside = new(aside)
	}
	return c.aside
}

// late tells whether the deadline has passed.
func (c *Conn) late() bool { return c.aside != nil && c.lane.clock.now > c.aside.deadline }

// takeHeld returns the input that was held, which is held no longer.
func (c *Conn) takeHeld() (held []byte) {
	if c.aside != nil {
		held, c.aside.held = c.aside.held, nil
	}
	return held
}

// entry is what the door hands over with a connection.
type entry struct {
	protocol Protocol
	first    []byte // read already, not parsed
}

// phase is how far a connection is from its end.
type phase uint8

const (
	phaseOpen phase = iota
	// phaseDoomed: its session or the engine wants the end; honoured at the end
	// of the turn. Output written before is still sent unless it is cut.
	phaseDoomed
	// phaseFlushing: the session is gone; output waits for the kernel.
	phaseFlushing
	// phaseDiscarding: everything is sent and our half is shut; input is thrown
	// away until the peer closes.
	phaseDiscarding
	// phaseClosed: gnet has closed the socket.
	phaseClosed
)

// Out is session.Conn's.
func (c *Conn) Out() *session.Outbox { return &c.out }

// Now is session.Conn's.
func (c *Conn) Now() time.Duration { return c.lane.clock.now }

// Peer is session.Conn's.
func (c *Conn) Peer() session.Peer {
	return session.Peer{ID: c.id, Remote: c.sock.RemoteAddr(), Local: c.sock.LocalAddr()}
}

// Arm is session.Conn's.
func (c *Conn) Arm(d time.Duration) {
	if d <= 0 {
		c.lane.clock.wheel.disarm(&c.timer)
		return
	}
	c.timer.conn = c
	c.lane.clock.arm(&c.timer, d)
}

// Close is session.Conn's.
func (c *Conn) Close(why reason.ID) {
	if c.phase == phaseOpen {
		c.phase, c.why = phaseDoomed, why
		c.Dirty()
	}
}

// cut is Close without last words: what waits is thrown away.
func (c *Conn) cut(why reason.ID) {
	if c.phase == phaseOpen {
		c.phase, c.why = phaseDoomed, why
	}
	c.mute = true
	c.out.Discard()
	c.lane.budget.count(c, 0)
	c.Dirty()
}

// opened begins the session, on the lane.
func (c *Conn) opened(sock gnet.Conn) {
	l := c.lane
	c.sock = sock
	c.index = int32(len(l.conns))
	l.conns = append(l.conns, c)
	c.out.Init(c, &l.buffers)
	e := c.aside.entry
	c.aside = nil
	l.hub.BeginTurn()
	c.session = e.protocol.NewSession(l.index, c)
	c.session.Open()
	l.received.add(len(e.first))
	if len(e.first) > 0 && c.phase == phaseOpen {
		c.session.Input(e.first)
	}
	l.endTurn()
}

// traffic is a turn: the connection's input goes to its session.
func (c *Conn) traffic(in []byte) {
	l := c.lane
	l.received.add(len(in))
	switch {
	case c.phase >= phaseFlushing || c.session == nil:
		return
	case c.pauses != 0:
		if c.aside == nil {
			c.aside = new(aside)
		}
		a := c.putAside()
		a.held = append(a.held, in...)
		c.applyEvents()
		return
	case c.phase == phaseOpen:
		l.hub.BeginTurn()
		c.session.Input(in)
		l.endTurnOf(c)
	}
}

// gone is the end of the socket. What is still unsent gets one last try when
// the peer has only closed its half.
func (c *Conn) gone(err error) {
	l := c.lane
	l.clock.wheel.disarm(&c.timer)
	if c.why == reason.None {
		var call *os.SyscallError
		switch {
		case err == nil: // nobody but the engine's own end closes without a reason
			c.why = reason.Shutdown
		case errors.Is(err, io.EOF):
			c.why = reason.ClientClosed
		case errors.As(err, &call) && strings.HasPrefix(call.Syscall, "write"):
			c.why = reason.WriteError
		default:
			c.why = reason.ReadError
		}
	}
	if errors.Is(err, io.EOF) && !c.mute {
		c.writeRest()
	}
	c.phase = phaseClosed
	c.endSession()
	c.out.Discard()
	l.budget.count(c, 0)
	c.aside = nil
	last := len(l.conns) - 1
	l.conns[last].index = c.index
	l.conns[c.index] = l.conns[last]
	l.conns[last] = nil
	l.conns = l.conns[:last]
	l.load.Add(-1)
	l.engine.leave()
	l.endTurn()
}

// endSession tells the session that it is over, once, in a turn that the
// caller ends.
func (c *Conn) endSession() {
	if s := c.session; s != nil {
		c.tellEnd()
		c.session = nil
		c.lane.clock.wheel.disarm(&c.timer)
		c.lane.hub.BeginTurn()
		c.lane.hub.Reasons.Add(c.why, 1)
		s.Closed(c.why)
		c.lane.engine.logEnd(c)
	}
}
