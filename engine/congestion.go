package engine

import (
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

const (
	// handOver is how much of what the kernel refused is given to gnet, which
	// sends it as soon as the socket is writable. There is no callback for when
	// it has, so the rest waits here and is offered again by the poll.
	handOverBytes = 1 << 20
	// pollEvery is the period of looking after congested, closing and paused
	// connections; there are none most of the time, and then no poll.
	pollEvery = 5 * time.Millisecond
)

// handOver gives gnet a part of what the kernel has refused, unless gnet still
// has some.
func (c *Conn) handOver() {
	if c.sock.OutboundBuffered() > 0 {
		c.congested()
		return
	}
	given := 0
	for _, b := range c.out.Segments(c.lane.iov[:0], maxSegments) {
		b = b[:min(len(b), handOverBytes-given)]
		if _, err := c.sock.Write(b); err != nil {
			// gnet has closed the connection, and gone has been called.
			return
		}
		if given += len(b); given == handOverBytes {
			break
		}
	}
	c.lane.sent.add(given)
	c.out.Sent(given)
	if c.pauses != 0 {
		c.applyEvents()
	}
	c.congested()
}

// congested looks after a connection that does not take its output: it is
// polled until it does, and cut when too much waits for it. The budget may cut
// it, or others of its lane, as well.
func (c *Conn) congested() {
	waiting := c.waiting()
	if waiting > c.lane.engine.opts.MaxPending {
		c.cut(reason.SlowConsumer)
		return
	}
	c.lane.polled.add(c)
	c.lane.budget.count(c, waiting)
	c.lane.budget.enforce()
}

// polled is the lane's list of connections that something must be asked of
// again and again: has the kernel taken the output, has the other lane caught
// up, has the peer closed.
type polled struct {
	lane  *lane
	conns []*Conn
	timer *time.Timer // nil before its first use
	set   bool
	task  task
}

func (p *polled) init(l *lane) {
	p.lane = l
	p.task = p.poll
}

func (p *polled) add(c *Conn) {
	if !c.polled {
		c.polled = true
		p.conns = append(p.conns, c)
	}
	p.arm()
}

func (p *polled) arm() {
	if p.set {
		return
	}
	p.set = true
	if p.timer == nil {
		p.timer = time.AfterFunc(pollEvery, func() { p.lane.execute(p.task) })
		return
	}
	p.timer.Reset(pollEvery)
}

// poll is a turn. Connections that need no more asking leave the list.
func (p *polled) poll() {
	p.set = false
	l := p.lane
	l.clock.read()
	laneFree := !l.busy(mailboxBudget / 2)
	conns := p.conns
	p.conns = nil
	for _, c := range conns {
		c.polled = false
		if c.phase == phaseClosed {
			continue
		}
		if c.pauses&pausedForLane != 0 && (laneFree || c.late()) {
			c.resume(pausedForLane)
		}
		if c.pauses&pausedForRate != 0 && c.late() {
			c.resume(pausedForRate)
		}
		if c.out.Len() > 0 {
			c.send()
		}
		c.settle()
		if c.phase >= phaseFlushing {
			c.lingerOn()
		}
		l.budget.count(c, c.waiting())
		if c.needsPoll() {
			p.add(c)
		}
	}
	l.endTurn()
}

func (c *Conn) needsPoll() bool {
	switch c.phase {
	case phaseClosed:
		return false
	case phaseFlushing, phaseDiscarding:
		return true
	}
	return c.pauses&(pausedForLane|pausedForRate) != 0 || c.out.Len() > 0 || c.sock.OutboundBuffered() > 0
}
