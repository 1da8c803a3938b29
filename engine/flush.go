package engine

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/reason"
)

const (
	// maxSegments is how many pieces one vectored write takes.
	maxSegments = 64
	// eagerAfter is how many flushes in a row must have been deferred in vain
	// before flushing at once is taken to be better than gathering.
	eagerAfter = 8
	// probeEvery: while flushing at once, after so many turns the output of the
	// next probeTurns, or of those until the next poll, is deferred to see whether
	// that has become worth it.
	probeEvery = 256
	probeTurns = 16
)

// FlushPolicy is when the output of a turn leaves.
type FlushPolicy uint8

const (
	// FlushAuto watches the traffic and chooses between the other two.
	FlushAuto FlushPolicy = iota
	// FlushNow is at the end of each turn.
	FlushNow
	// FlushDeferred is with the output of all turns until the next poll.
	FlushDeferred
)

// ParseFlushPolicy reads auto, now or deferred; nothing is auto.
func ParseFlushPolicy(name string) (FlushPolicy, error) {
	switch name {
	case "", "auto":
		return FlushAuto, nil
	case "now":
		return FlushNow, nil
	case "deferred":
		return FlushDeferred, nil
	}
	return 0, fmt.Errorf("flush: %q is none of auto, now, deferred", name)
}

// flushing is a lane's list of connections with output, and its policy.
//
// gnet has no hook before it sleeps. A deferred flush is a self-Execute, which
// runs after the next poll without waiting: output of all turns until then
// leaves together, one write per connection. That is a third more messages a
// second when many publishers feed few subscribers. It costs 10 % of the CPU per
// message when traffic is sparse, and 20 % when a thousand clients each get one
// message: then nothing is gathered, and what is written late is no longer in
// the cache. So the lane watches whether turns write to the same connections.
type flushing struct {
	policy    FlushPolicy
	dirty     []*Conn
	task      task
	scheduled bool // the task is on its way
	deferring bool // output is left for it
	eager     bool // the finding: nothing is gathered
	turns     int  // of what is being deferred, or since the last probe
	fresh     int  // of those deferred, how many had output for a new connection
	known     int  // dirty connections as of the end of the last turn
	vain      int  // deferred flushes in a row that gathered nothing
}

// Dirty is session.Flusher's: c has output, or an end, to be flushed.
func (c *Conn) Dirty() {
	if !c.dirty {
		c.dirty = true
		c.lane.flush.dirty = append(c.lane.flush.dirty, c)
	}
}

// Full is session.Flusher's: too much waits to wait any longer. It is called
// in the middle of a turn, so whatever ends the connection is only noted. Mails
// leave first here too: what is in the outbox may acknowledge them. While the
// kernel refuses, that is worth it for every FlushAt bytes only, not for every
// message: each would be a mail of its own.
func (c *Conn) Full() {
	if c.lane.budget.knows(c) {
		return
	}
	c.lane.hub.EndTurn()
	if c.write() {
		c.congested()
	}
}

// flushSoon is the end of a turn after which there is output: it leaves now, or
// is deferred.
func (l *lane) flushSoon() {
	f := &l.flush
	switch {
	case f.deferring:
		if len(f.dirty) > f.known {
			f.fresh++
		}
		f.known = len(f.dirty)
		if f.policy == FlushAuto && f.eager && f.turns >= probeTurns {
			l.flushDeferred()
		}
	case f.policy == FlushNow, f.policy == FlushAuto && f.eager && f.turns < probeEvery:
		l.flushAll()
	default:
		f.deferring, f.turns, f.fresh, f.known = true, 1, 1, len(f.dirty)
		if !f.scheduled {
			f.scheduled = true
			l.execute(f.task)
		}
	}
}

// flushTask is what has been scheduled. A probe may have come to its end before.
func (l *lane) flushTask() {
	l.flush.scheduled = false
	if l.flush.deferring {
		l.flushDeferred()
	}
}

// flushDeferred sends what was deferred, and judges whether that was worth it: not
// if nearly each turn had output for a connection that had none before.
func (l *lane) flushDeferred() {
	f := &l.flush
	if 8*f.fresh < 7*f.turns {
		f.vain, f.eager = 0, false
	} else if f.vain++; f.vain >= eagerAfter {
		f.eager = true
	}
	f.deferring, f.turns = false, 0
	l.flushAll()
}

// flushAll sends what waits and honours what has been asked to close.
func (l *lane) flushAll() {
	f := &l.flush
	for len(f.dirty) > 0 {
		last := len(f.dirty) - 1
		c := f.dirty[last]
		f.dirty[last] = nil
		f.dirty = f.dirty[:last]
		c.dirty = false
		c.send()
		c.settle()
		switch {
		case c.phase == phaseDoomed:
			c.linger()
		case c.mute: // it was cut while it lingered
			c.close()
		}
	}
	// Sessions that ended may have published: wills.
	l.hub.EndTurn()
}

// send writes what waits and hands over what the kernel refuses. Only for the
// end of a turn: gnet may close the connection in it.
func (c *Conn) send() {
	if c.write() {
		c.handOver()
	}
}

// write offers the outbox to the kernel, and tells whether the kernel refused
// some of it.
func (c *Conn) write() (refused bool) {
	if c.mute || c.phase == phaseClosed {
		c.out.Discard()
		return false
	}
	for c.out.Len() > 0 {
		if c.sock.OutboundBuffered() > 0 {
			return true
		}
		iov := c.out.Segments(c.lane.iov[:0], maxSegments)
		offered := 0
		for _, b := range iov {
			offered += len(b)
		}
		n, err := writeAll(c.sock.Fd(), iov)
		clear(iov)
		c.lane.iov = iov[:0]
		if n > 0 {
			c.lane.sent.add(n)
			c.out.Sent(n)
		}
		switch {
		case err == unix.EAGAIN || err == nil && n < offered:
			return true
		case err != nil:
			c.cut(reason.WriteError)
			return false
		}
	}
	return false
}

// writeAll is one write system call, repeated when a signal interrupts it.
func writeAll(fd int, iov [][]byte) (n int, err error) {
	for {
		if len(iov) == 1 {
			n, err = unix.Write(fd, iov[0])
		} else {
			n, err = unix.Writev(fd, iov)
		}
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

// writeRest is the last write of a connection whose peer has closed its half.
func (c *Conn) writeRest() {
	if c.sock.OutboundBuffered() > 0 {
		return
	}
	for c.out.Len() > 0 {
		n, err := writeAll(c.sock.Fd(), c.out.Segments(nil, maxSegments))
		if n <= 0 || err != nil {
			return
		}
		c.lane.sent.add(n)
		c.out.Sent(n)
	}
}
