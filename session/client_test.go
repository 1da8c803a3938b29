package session_test

import (
	"net"
	"time"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// client is a client without a socket: the session.Conn of its session, the
// session.Flusher of its outbox, and the peer that takes the output.
type client struct {
	name     string
	gateway  *gateway
	lane     *lane
	session  session.Session // nil before an MQTT client has its lane, and after Closed
	out      session.Outbox
	id       uint64
	why      reason.ID     // the first reason given to Close
	deadline time.Duration // of the timer; 0 = not armed
	dirty    bool          // on its lane's list for the flush
	ended    bool          // Closed was called
	awaits   bool          // on its lane's list of those to go on

	rest      []byte        // input while it is held
	heldUntil time.Duration // 0 = it is not

	first   []byte       // MQTT: what came before the lane was known
	version mqtt.Version // 0: a NATS client

	got  []byte // output since it was last taken
	told bool   // the end was shown
	read mqtt.Decoder
}

func (c *client) Out() *session.Outbox { return &c.out }
func (c *client) Now() time.Duration   { return c.gateway.now }

func (c *client) Peer() session.Peer {
	return session.Peer{
		ID:     c.id,
		Remote: &net.TCPAddr{IP: net.IPv4(10, 0, 0, byte(c.id)), Port: 50000 + int(c.id)},
		Local:  &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4222},
	}
}

// Close notes the end; it is honoured when the turn is over.
func (c *client) Close(why reason.ID) {
	if c.why == reason.None {
		c.why = why
		c.Dirty()
	}
}

// Hold lets the rest of the input come again when time has passed.
func (c *client) Hold(rest []byte, d time.Duration) {
	c.rest = append(c.rest, rest...)
	c.heldUntil = c.gateway.now + d
}

// AwaitDrain is honoured in a turn of its own.
func (c *client) AwaitDrain() {
	if !c.awaits {
		c.awaits = true
		c.lane.drained = append(c.lane.drained, c)
	}
}

func (c *client) Arm(d time.Duration) {
	c.deadline = 0
	if d > 0 {
		c.deadline = c.gateway.now + d
	}
}

// Dirty puts the client on its lane's list, once.
func (c *client) Dirty() {
	if !c.dirty {
		c.dirty = true
		c.lane.dirty = append(c.lane.dirty, c)
	}
}

// Full flushes in the call, as the engine does, or leaves it to the end of the
// turn.
func (c *client) Full() {
	if c.gateway.how.eager {
		c.flush()
	}
}

// flush takes all output, in pieces that end inside of segments.
func (c *client) flush() {
	piece := c.gateway.how.piece
	for c.out.Len() > 0 {
		n := 0
		for _, b := range c.out.Segments(nil, 3) {
			if piece > 0 && n+len(b) > piece {
				b = b[:piece-n]
			}
			c.got = append(c.got, b...)
			n += len(b)
			if n == piece {
				break
			}
		}
		c.out.Sent(n)
	}
}

// end tells the session that it is over, and throws away what it wrote then.
func (c *client) end() {
	if c.ended {
		return
	}
	c.ended = true
	c.deadline, c.heldUntil = 0, 0
	if s := c.session; s != nil {
		c.session = nil
		c.lane.hub.Reasons.Add(c.why, 1)
		s.Closed(c.why)
	}
	c.out.Discard()
}
