package engine

import "time"

// The wheel turns by one slot a tick, once round in about 51 seconds.
const (
	tick       = 100 * time.Millisecond
	wheelSlots = 512
)

// wheel is a lane's timers: one per connection, armed and disarmed in constant
// time. A timer that is further off than one round stays in its slot until its
// time has come. The zero value is ready.
type wheel struct {
	slots [wheelSlots]timer // heads of circular lists
	now   int64             // ticks since start
}

// timer is a node of the wheel, embedded in its connection.
type timer struct {
	next, prev *timer
	due        int64 // ticks
	conn       *Conn
}

func (t *timer) armed() bool { return t.next != nil }

func (w *wheel) arm(t *timer, d time.Duration) {
	w.disarm(t)
	t.due = w.now + int64((d+tick-1)/tick) + 1
	head := &w.slots[t.due%wheelSlots]
	if head.next == nil {
		head.next, head.prev = head, head
	}
	t.next, t.prev = head, head.prev
	head.prev.next = t
	head.prev = t
}

func (w *wheel) disarm(t *timer) {
	if t.next != nil {
		t.prev.next, t.next.prev = t.next, t.prev
		t.next, t.prev = nil, nil
	}
}

// advance turns the wheel to tick number to and calls fire for every timer
// that is due, disarmed. fire may arm and disarm any timer.
func (w *wheel) advance(to int64, fire func(*Conn)) {
	for w.now < to {
		w.now++
		w.turn(fire)
	}
}

// next returns the first tick after now whose slot holds a timer, which may
// turn out to be due rounds later; never when there is none.
func (w *wheel) next() int64 {
	for t := w.now + 1; t <= w.now+wheelSlots; t++ {
		if head := &w.slots[t%wheelSlots]; head.next != nil && head.next != head {
			return t
		}
	}
	return never
}

// turn fires the due timers of the current slot. Those that are due are moved
// to a list of their own first, so that fire may change the slot.
func (w *wheel) turn(fire func(*Conn)) {
	head := &w.slots[w.now%wheelSlots]
	var due timer
	due.next, due.prev = &due, &due
	for t := head.next; t != nil && t != head; {
		next := t.next
		if t.due <= w.now {
			t.prev.next, t.next.prev = t.next, t.prev
			t.next, t.prev = &due, due.prev
			due.prev.next = t
			due.prev = t
		}
		t = next
	}
	for due.next != &due {
		t := due.next
		w.disarm(t)
		fire(t.conn)
	}
}
