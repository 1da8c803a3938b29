package engine

import (
	"math"
	"time"
)

const (
	// coarseFrom is the length of a timer from which it is rounded up to
	// coarseTo, so that timers of many connections are due together and an idle
	// lane seldom wakes: each wake costs far more than what it finds to do.
	coarseFrom = 10 * time.Second
	coarseTo   = time.Second
)

// clock is a lane's time: the cached now, the wheel, and the one runtime timer
// that wakes the lane when a slot of the wheel is due. Nothing ticks while no
// timer is near.
type clock struct {
	lane  *lane
	now   time.Duration // since the engine started; as of the turn's beginning
	wheel wheel
	alarm *time.Timer
	due   int64 // the tick that alarm is set for; never when it is not
	hub   int64 // the tick that the lane's hub wants to be rung at; never when it does not
	run   task
}

const never = math.MaxInt64

func (k *clock) init(l *lane) {
	k.lane = l
	k.due, k.hub = never, never
	k.run = k.ring
	k.alarm = time.AfterFunc(math.MaxInt64, func() { l.execute(k.run) })
	k.alarm.Stop()
}

// read refreshes now; once for each read from a socket and for its end, never per
// message.
func (k *clock) read() { k.now = time.Since(k.lane.engine.started) }

// arm sets the timer of a connection.
func (k *clock) arm(t *timer, d time.Duration) {
	if d >= coarseFrom {
		end := (k.now + d + coarseTo - 1).Truncate(coarseTo)
		d = end - k.now
	}
	k.wheel.arm(t, d+k.now-time.Duration(k.wheel.now)*tick)
	k.set(t.due)
}

// Now is hub.Clock's.
func (k *clock) Now() time.Duration { return k.now }

// Wake is hub.Clock's. Like a connection's timer it is rounded up.
func (k *clock) Wake(at time.Duration) {
	if at-k.now >= coarseFrom {
		at = (at + coarseTo - 1).Truncate(coarseTo)
	}
	k.hub = int64((at+tick-1)/tick) + 1
	k.set(k.hub)
}

// set sees to it that the alarm rings no later than at tick due.
func (k *clock) set(due int64) {
	if due < k.due {
		k.due = due
		k.alarm.Reset(time.Duration(due)*tick - k.now)
	}
}

// ring is a turn: it fires what is due and sets the next alarm.
func (k *clock) ring() {
	l := k.lane
	k.due = never
	k.read()
	l.hub.BeginTurn()
	k.wheel.advance(int64(k.now/tick), k.fire)
	if k.hub <= int64(k.now/tick) {
		k.hub = never
		l.hub.Ring()
	}
	k.set(min(k.wheel.next(), k.hub))
	l.endTurn()
}

// fire tells a session that its time has come, unless it has asked to close.
func (k *clock) fire(c *Conn) {
	if c.session != nil && c.phase == phaseOpen {
		c.session.Timer()
	}
}
