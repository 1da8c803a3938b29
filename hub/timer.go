package hub

import (
	"container/heap"
	"time"
)

// Clock is a lane's time, as whoever runs the lane has it.
type Clock interface {
	// Now is the cached monotonic time of the turn.
	Now() time.Duration
	// Wake sees to it that Lane.Ring is called in a turn at or soon after at.
	// A later call replaces an earlier one.
	Wake(at time.Duration)
}

// Timed is told that a Timer's time has come, in a turn of its lane.
type Timed interface{ Timer() }

// Timer is a deadline of something that lives on a lane and has no connection:
// a session that waits for its client. The zero value is not set. It is
// embedded, so that setting it allocates nothing.
type Timer struct {
	at   time.Duration
	who  Timed
	slot int // 1 + place in the heap; 0 when not set
}

// SetClock connects the lane to time; without one nothing may be armed.
func (l *Lane) SetClock(c Clock) { l.clock = c }

// Now is the cached time of the turn; only differences mean anything.
func (l *Lane) Now() time.Duration {
	if l.clock == nil {
		return 0
	}
	return l.clock.Now()
}

// Arm sets t to call who after d; it replaces what t was set to.
func (l *Lane) Arm(t *Timer, who Timed, d time.Duration) {
	l.Disarm(t)
	t.at, t.who = l.Now()+d, who
	heap.Push(&l.timers, t)
	if l.timers[0] == t {
		l.clock.Wake(t.at)
	}
}

// Disarm unsets t.
func (l *Lane) Disarm(t *Timer) {
	if t.slot > 0 {
		heap.Remove(&l.timers, t.slot-1)
	}
}

// ringMost bounds how many timers ring in one turn. Very many sessions may have
// lost their connections at the same moment.
const ringMost = 1024

// Ring calls whoever is due, the rest in a turn to come. It is called within a
// turn.
func (l *Lane) Ring() {
	for n := 0; n < ringMost && len(l.timers) > 0 && l.timers[0].at <= l.Now(); n++ {
		t := heap.Pop(&l.timers).(*Timer)
		t.who.Timer()
	}
	if len(l.timers) > 0 {
		l.clock.Wake(l.timers[0].at)
	}
}

// timerHeap has the nearest deadline first.
type timerHeap []*Timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].at < h[j].at }

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].slot, h[j].slot = i+1, j+1
}

func (h *timerHeap) Push(x any) {
	t := x.(*Timer)
	*h = append(*h, t)
	t.slot = len(*h)
}

func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.slot = 0
	return t
}
