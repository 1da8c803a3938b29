package engine

import (
	"sync/atomic"

	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// budget is a lane's account of the output that waits for its congested
// connections: what their outboxes and gnet hold, shared payloads counted for
// each receiver. All lanes together may have Options.MaxOutput; above it the
// fattest connection of the process is cut, then the next, until it fits.
//
// An account is brought up to date when a connection is looked at: when it
// becomes congested, when what waits for it has changed by session.FlushAt, by
// every flush and poll, and when it ends. So the bytes that really wait may exceed
// MaxOutput
//
//   - by less than session.FlushAt for each connection that was written to since
//     the last poll, and by the one message that is being added;
//   - by what gnet holds of connections that were cut, at most handOverBytes
//     for each, until the turn ends;
//   - by what other lanes add until the lane of the fattest has ended its turn.
//     They do not wait for it when there is a quarter more than MaxOutput: then
//     each lane cuts the fattest of its own.
//
// In the other direction, what was taken by the kernel since the last poll
// still counts, except for the connection that is about to be cut. Lanes do not
// lock each other out: two that look at the same moment may each cut one where
// one would have done.
type budget struct {
	lane    *lane
	fat     []account    // a heap, the fattest first
	waiting atomic.Int64 // bytes, the sum of fat; written by the lane only
	fattest atomic.Int64 // bytes of fat[0]; written by the lane only
	called  atomic.Bool  // another lane has put task on this one
	task    task
}

// account is what waits for a connection, in bytes, as of the last look. It is
// kept here and not in the connection, which must cost nothing while idle.
type account struct {
	conn  *Conn
	bytes int
}

func (b *budget) init(l *lane) {
	b.lane = l
	b.task = b.answer
}

// knows tells whether c is congested and what waits for it has changed by less
// than session.FlushAt since that was counted.
func (b *budget) knows(c *Conn) bool {
	if c.rank == 0 {
		return false
	}
	change := c.waiting() - b.fat[c.rank-1].bytes
	return -session.FlushAt < change && change < session.FlushAt
}

// enforce cuts the fattest connection while too much waits in the process and
// the fattest is on this lane. It may be called in the middle of a turn: a
// connection that is cut is closed at the turn's end. To be called when more
// waits than before; congested does, for the poll and for flushes too.
func (b *budget) enforce() {
	e := b.lane.engine
	for len(b.fat) > 0 {
		// In this order, since count goes the other way: after another lane has
		// cut the fattest, the next one may show here, but not the old total.
		fattest := e.fattest()
		total := e.OutputWaiting()
		if total <= e.opts.MaxOutput {
			return
		}
		top := b.fat[0]
		if now := top.conn.waiting(); now != top.bytes {
			b.count(top.conn, now)
			continue
		}
		if fattest != b.lane && total-e.opts.MaxOutput <= e.opts.MaxOutput/4 {
			fattest.budget.call()
			return
		}
		top.conn.cutForBudget()
	}
}

// call has the lane look. Called on another lane.
func (b *budget) call() {
	if !b.called.Swap(true) {
		b.lane.execute(b.task)
	}
}

// answer is the turn that call asks for.
func (b *budget) answer() {
	b.called.Store(false)
	b.lane.clock.read()
	b.enforce()
	b.lane.endTurn()
}

// fattest is the lane of the connection for which most waits; of equals, the
// first lane.
func (e *Engine) fattest() *lane {
	most := e.lanes[0]
	for _, l := range e.lanes[1:] {
		if l.budget.fattest.Load() > most.budget.fattest.Load() {
			most = l
		}
	}
	return most
}

// count sets the account of c; 0 ends it. The sum is published before the
// fattest.
func (b *budget) count(c *Conn, bytes int) {
	if c.rank == 0 {
		if bytes == 0 {
			return
		}
		b.fat = append(b.fat, account{conn: c})
		c.rank = int32(len(b.fat))
	}
	at := int(c.rank) - 1
	b.waiting.Add(int64(bytes - b.fat[at].bytes))
	if bytes > 0 {
		b.fat[at].bytes = bytes
	} else {
		last := len(b.fat) - 1
		b.swap(at, last)
		b.fat[last] = account{}
		b.fat = b.fat[:last]
		c.rank = 0
	}
	if at < len(b.fat) {
		b.sink(b.rise(at))
	}
	if len(b.fat) == 0 {
		b.fat = nil // it may have been long
		b.fattest.Store(0)
		return
	}
	b.fattest.Store(int64(b.fat[0].bytes))
}

// rise moves account i up until none above it is thinner.
func (b *budget) rise(i int) int {
	for i > 0 {
		above := (i - 1) / 2
		if b.fat[above].bytes >= b.fat[i].bytes {
			break
		}
		b.swap(i, above)
		i = above
	}
	return i
}

// sink moves account i down until none below it is fatter.
func (b *budget) sink(i int) {
	for {
		below := 2*i + 1
		if right := below + 1; right < len(b.fat) && b.fat[right].bytes > b.fat[below].bytes {
			below = right
		}
		if below >= len(b.fat) || b.fat[below].bytes <= b.fat[i].bytes {
			return
		}
		b.swap(i, below)
		i = below
	}
}

func (b *budget) swap(i, j int) {
	b.fat[i], b.fat[j] = b.fat[j], b.fat[i]
	b.fat[i].conn.rank, b.fat[j].conn.rank = int32(i+1), int32(j+1)
}

// waiting is what counts for the budget and against Options.MaxPending, in
// bytes. What gnet still holds of a connection that was cut will never be
// waited for.
func (c *Conn) waiting() int {
	if c.mute || c.phase == phaseClosed {
		return 0
	}
	return c.out.Len() + c.sock.OutboundBuffered()
}

// cutForBudget is counted even if the connection was ending for another reason.
func (c *Conn) cutForBudget() {
	if c.phase != phaseOpen {
		c.lane.hub.Reasons.Add(reason.OutputBudget, 1)
	}
	c.cut(reason.OutputBudget)
}

// OutputWaiting is the number of bytes that wait for congested connections, as
// of when each was last looked at; any goroutine may ask.
func (e *Engine) OutputWaiting() int {
	var n int64
	for _, l := range e.lanes {
		n += l.budget.waiting.Load()
	}
	return int(n)
}
