package engine

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/hub"
)

const (
	// drainBudget bounds the output of one drain in bytes, so that reads from
	// sockets get their turn: 20 to 50 µs of work.
	drainBudget = 64 << 10
	// mailboxBudget is how much one lane may have waiting at another, in bytes,
	// before it stops reading the sockets that feed it.
	mailboxBudget = 8 << 20
)

// mailbox is where other lanes leave mails for a lane.
//
// The wake is a hybrid. The first wake is an Execute, which is cheap but served
// before the next poll of sockets; a drain that leaves work behind continues by
// a byte on the lane's own socket pair, which waits its turn among the sockets.
type mailbox struct {
	state struct {
		sync.Mutex
		queue []letter
		awake bool // a wake is on its way or a drain is running
	}
	waiting []atomic.Int64 // bytes by sending lane, until delivered
	work    []letter       // taken from queue, next first; the lane's own
	spare   []letter
}

type letter struct {
	mail  *hub.Mail
	from  int
	bytes int // counted in mailbox.waiting
}

// post leaves a mail. Called on lane from.
func (l *lane) post(from int, m *hub.Mail) {
	box := &l.mailbox
	bytes := m.Bytes()
	box.state.Lock()
	// Only with the last one, of whichever lane: the order of mails of all lanes
	// is that of what clients have seen of each other.
	last := len(box.state.queue) - 1
	absorbed := last >= 0 && box.state.queue[last].from == from && box.state.queue[last].mail.Absorb(m)
	if absorbed {
		to := &box.state.queue[last]
		bytes = to.mail.Bytes() - to.bytes
		to.bytes += bytes
	} else {
		box.state.queue = append(box.state.queue, letter{m, from, bytes})
	}
	box.waiting[from].Add(int64(bytes))
	wake := !box.state.awake
	box.state.awake = true
	box.state.Unlock()
	if absorbed {
		m.Done()
	}
	if wake {
		l.execute(l.drainTask)
	}
}

// drain is a turn: it delivers mails within the budget, lets sessions go on whose
// output has left, and arranges for its own continuation.
func (l *lane) drain() {
	box := &l.mailbox
	if len(box.work) == 0 {
		box.take()
	}
	l.clock.read()
	l.hub.BeginTurn()
	l.deliver(drainBudget)
	waiting := l.goOn()
	l.endTurn()

	box.state.Lock()
	more := len(box.work) > 0 || len(box.state.queue) > 0
	box.state.awake = more
	box.state.Unlock()
	if more || waiting {
		l.nudge()
	}
}

// take makes what has been posted the lane's own. There is no work left.
func (box *mailbox) take() {
	box.state.Lock()
	box.work, box.state.queue = box.state.queue, box.spare[:0]
	box.state.Unlock()
	box.spare = box.work
}

// deliver opens mails at hand, until about budget bytes of output have been made.
func (l *lane) deliver(budget int) {
	box := &l.mailbox
	for len(box.work) > 0 && budget > 0 {
		w := box.work[0]
		var done bool
		if budget, done = l.hub.Receive(w.mail, budget); done {
			w.mail.Done()
			box.waiting[w.from].Add(-int64(w.bytes))
			box.work[0] = letter{}
			box.work = box.work[1:]
		}
	}
}

// catchUp is hub.Lane's: within the turn at hand it delivers all that has been posted
// by now, and nothing that comes meanwhile, which could go on for ever.
func (l *lane) catchUp() {
	l.deliver(math.MaxInt)
	l.mailbox.take()
	l.hub.BeginTurn() // behind what the senders knew
	l.deliver(math.MaxInt)
}

// nudge puts a byte on the lane's socket pair. A full pair holds nudges enough.
func (l *lane) nudge() {
	for {
		_, err := unix.Write(l.nudgeFD, nudgeByte)
		if err != unix.EINTR {
			return
		}
	}
}

var nudgeByte = []byte{1}

// busy tells whether some lane has so much waiting from this one that it must
// stop reading.
func (l *lane) busy(limit int64) bool {
	for _, other := range l.engine.lanes {
		if other != l && other.mailbox.waiting[l.index].Load() > limit {
			return true
		}
	}
	return false
}

// task is work that any goroutine can put on a lane.
type task func()

// Run makes task a gnet.Runnable.
func (t task) Run(context.Context) error { t(); return nil }

// OnLane runs f in a turn of a lane, soon.
func (e *Engine) OnLane(index int, f func(*hub.Lane)) {
	l := e.lanes[index]
	l.execute(func() {
		l.clock.read()
		l.hub.BeginTurn()
		f(l.hub)
		l.endTurn()
	})
}

// execute runs t on the lane, after what it is doing. When the lane has
// stopped, nothing happens.
func (l *lane) execute(t task) {
	_ = l.loop.Execute(context.Background(), t)
}
