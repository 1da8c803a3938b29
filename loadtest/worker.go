package loadtest

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/loadtest/client"
	"github.com/isthmus-mq/isthmus/loadtest/latency"
	"github.com/isthmus-mq/isthmus/loadtest/ledger"
)

// Counts is what a worker counts.
type Counts struct {
	ledger.Tally
	Published uint64 // numbered and given to a socket
	Acked     uint64 // acknowledged by the server
	Refused   uint64 // acknowledged with a failure
	Unheard   uint64 // acknowledged with: nobody is subscribed
	Settled   uint64 // numbers that came or were passed over
	Damaged   uint64 // deliveries that are not what was sent
	Foreign   uint64 // deliveries that are not of this run
	Late      uint64 // sent more than lateBy after their time, by this tool's fault
	Held      uint64 // sent late because the server or a window held them back
	Skewed    uint64 // came before they were sent, by the clocks
	NoReply   uint64 // requests that the server says nobody hears
	Opened    uint64 // connections
	Failed    uint64 // connections that could not be opened
	Dropped   uint64 // connections that the server closed
	Changes   uint64 // subscriptions that were made or ended
	FirstSent int64  // time of the first publish
	LastSent  int64  // of the last one
	LastCame  int64  // and of the last delivery
}

// missing is how many numbers were passed over and have not come since.
func (c *Counts) missing() uint64 {
	return c.Settled - min(c.Settled, c.Received)
}

func (c *Counts) add(o *Counts) {
	c.Tally.Add(o.Tally)
	c.Published += o.Published
	c.Acked += o.Acked
	c.Refused += o.Refused
	c.Unheard += o.Unheard
	c.Settled += o.Settled
	c.Damaged += o.Damaged
	c.Foreign += o.Foreign
	c.Late += o.Late
	c.Held += o.Held
	c.Skewed += o.Skewed
	c.NoReply += o.NoReply
	c.Opened += o.Opened
	c.Failed += o.Failed
	c.Dropped += o.Dropped
	c.Changes += o.Changes
	if o.FirstSent != 0 && (c.FirstSent == 0 || o.FirstSent < c.FirstSent) {
		c.FirstSent = o.FirstSent
	}
	c.LastSent = max(c.LastSent, o.LastSent)
	c.LastCame = max(c.LastCame, o.LastCame)
}

// lateBy is how late a message may be sent without being called late, in ns: the
// reaction time of a thread on a machine that is not overloaded.
const lateBy = int64(time.Millisecond)

// kind is what is timed.
type kind int

const (
	delivery  kind = iota // from the intended send time to the arrival
	answering             // the same up to the server's acknowledgement
	sending               // from the intended send time to the write
	opening               // from the dial, or its intended time, to the server's word
	granting              // from a subscription to the server's word
	kinds
)

// actor does what is due on a worker, by itself, and says when it wants to act
// next; it acts at other times too, as things happen.
type actor interface{ act(now int64) (next int64) }

// idle is how long a worker waits at most for something to do.
const idle = 200 * time.Millisecond

// never is a time at which nothing is to be done.
const never = int64(1<<63 - 1)

type worker struct {
	index  int
	spin   bool // never sleeps
	loop   *client.Loop
	orders chan func()
	actors []actor
	over   bool
	ended  chan struct{}
	fault  error // of the loop itself

	counts Counts
	slow   Counts // of readers that stall on purpose
	times  [kinds]latency.Recorder
	errors map[string]int // what happened to connections, and how often
}

func newWorker(index int, spin bool) (*worker, error) {
	loop, err := client.NewLoop(clock)
	if err != nil {
		return nil, err
	}
	w := &worker{index: index, spin: spin, loop: loop, orders: make(chan func(), 1), ended: make(chan struct{}), errors: make(map[string]int)}
	go w.run()
	return w, nil
}

// run is the worker's life. It keeps a thread to itself, so that the thread's
// CPU time is its own.
func (w *worker) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(w.ended)
	// Without this the kernel wakes a thread up to 50 µs late.
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	for !w.over {
		if len(w.orders) > 0 || w.fault != nil {
			(<-w.orders)()
			continue
		}
		now := clock()
		next := now + int64(idle)
		for _, a := range w.actors {
			next = min(next, a.act(now))
		}
		wait := time.Duration(0)
		if !w.spin {
			wait = time.Duration(next - clock())
		}
		w.fault = w.loop.Turn(wait)
	}
}

// order has f done between two turns of the loop.
func (w *worker) order(f func()) {
	w.orders <- f
	w.loop.Wake()
}

// threadCPU is the CPU time of the calling thread in ns.
func threadCPU() int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// mostErrors bounds the kinds of errors that are told apart.
const mostErrors = 20

// failed notes what happened to a connection.
func (w *worker) failed(what string, err error) {
	text := what + ": " + err.Error()
	if _, known := w.errors[text]; !known && len(w.errors) >= mostErrors {
		text = "others"
	}
	w.errors[text]++
}

// forget ends the warm-up: what is counted and timed from now on counts.
func (w *worker) forget() {
	for i := range w.times {
		w.times[i].Forget()
	}
}
