package engine

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/reason"
)

// Closing with unread input makes the kernel send RST, which overtakes what was
// written last. So a connection that is closed by us goes through these steps:
//
//	doomed ──flush──▶ flushing ──kernel has sent all──▶ discarding ──FIN──▶ closed
//	                     │ 5 s                              │ 1 s
//	                     └────────────── closed ◀───────────┘
//
// Reads are paused while flushing, so that a peer that goes on sending cannot
// fill anything; then our half is shut and input thrown away until the peer
// has read our last words and closes.
const (
	flushingTime   = 5 * time.Second
	discardingTime = time.Second
)

// linger begins the end of a doomed connection: the session is told, and what
// it has left in the outbox is on its way.
func (c *Conn) linger() {
	c.phase = phaseFlushing
	c.endSession()
	if c.mute {
		c.close()
		return
	}
	c.pauses, c.aside = 0, nil // whatever it was not read for, its input matters no more
	c.pause(pausedForClose)
	c.until(c.lane.clock.now + flushingTime)
	c.lane.polled.add(c)
	c.lingerOn()
}

// lingerOn takes the next step if it can.
func (c *Conn) lingerOn() {
	late := c.late()
	switch c.phase {
	case phaseFlushing:
		if late {
			c.lane.hub.Reasons.Add(reason.LingerTimeout, 1)
			c.close()
			return
		}
		if c.out.Len() > 0 || c.sock.OutboundBuffered() > 0 || unsent(c.sock.Fd()) > 0 {
			return
		}
		_ = unix.Shutdown(c.sock.Fd(), unix.SHUT_WR)
		c.phase = phaseDiscarding
		c.until(c.lane.clock.now + discardingTime)
		c.resume(pausedForClose)
	case phaseDiscarding:
		if late {
			c.close()
		}
	}
}

// unsent is what the kernel holds for the peer and has not had acknowledged,
// in bytes.
func unsent(fd int) int {
	n, err := unix.IoctlGetInt(fd, unix.SIOCOUTQ)
	if err != nil {
		return 0
	}
	return n
}

// close closes the socket; gone is called in it.
func (c *Conn) close() {
	if c.phase != phaseClosed {
		_ = c.lane.loop.Close(c.sock)
	}
}
