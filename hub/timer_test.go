package hub_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/hub"
)

// handClock is time that is moved by hand; it rings when it was told to.
type handClock struct {
	now, wake time.Duration
	asked     bool
}

func (c *handClock) Now() time.Duration { return c.now }

func (c *handClock) Wake(at time.Duration) { c.wake, c.asked = at, true }

// alarm is one Timed thing; it may do something when its time has come.
type alarm struct {
	timer hub.Timer
	rang  []time.Duration
	clock *handClock
	then  func()
}

func (a *alarm) Timer() {
	a.rang = append(a.rang, a.clock.now)
	if a.then != nil {
		a.then()
	}
}

// pass moves time, stopping wherever the lane wants to be rung.
func (c *handClock) pass(l *hub.Lane, until time.Duration) {
	for c.asked && c.wake <= until {
		c.now, c.asked = max(c.now, c.wake), false
		l.BeginTurn()
		l.Ring()
		l.EndTurn()
	}
	c.now = until
}

// TestTimersRingOnTime compares with a list of deadlines: each rings once, at
// its time, and those that are disarmed or armed anew do not ring for the old.
func TestTimersRingOnTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := hub.New(hub.Options{Lanes: 1}).Lane(0)
		clock := &handClock{now: time.Hour}
		l.SetClock(clock)
		alarms := make([]*alarm, 20)
		due := make([]time.Duration, len(alarms)) // 0: not armed
		for i := range alarms {
			alarms[i] = &alarm{clock: clock}
		}
		which := rapid.IntRange(0, len(alarms)-1)
		t.Repeat(map[string]func(*rapid.T){
			"arm": func(t *rapid.T) {
				i, d := which.Draw(t, "which"), time.Duration(rapid.IntRange(0, 50).Draw(t, "after"))
				l.Arm(&alarms[i].timer, alarms[i], d)
				due[i] = clock.now + d
			},
			"disarm": func(t *rapid.T) {
				i := which.Draw(t, "which")
				l.Disarm(&alarms[i].timer)
				due[i] = 0
			},
			"pass": func(t *rapid.T) {
				clock.pass(l, clock.now+time.Duration(rapid.IntRange(0, 30).Draw(t, "time")))
				for i, a := range alarms {
					var want []time.Duration
					if due[i] != 0 && due[i] <= clock.now {
						want, due[i] = []time.Duration{due[i]}, 0
					}
					if !slices.Equal(a.rang, want) {
						t.Fatalf("number %d rang at %v, want %v", i, a.rang, want)
					}
					a.rang = a.rang[:0]
				}
			},
		})
	})
}

// A timer may arm itself and disarm others while it rings.
func TestTimersChangeWhileTheyRing(t *testing.T) {
	l := hub.New(hub.Options{Lanes: 1}).Lane(0)
	clock := &handClock{now: time.Hour}
	l.SetClock(clock)
	again, victim, last := &alarm{clock: clock}, &alarm{clock: clock}, &alarm{clock: clock}
	again.then = func() {
		l.Disarm(&victim.timer)
		if len(again.rang) < 3 {
			l.Arm(&again.timer, again, 10)
		}
	}
	l.Arm(&last.timer, last, 10)
	l.Arm(&victim.timer, victim, 7)
	l.Arm(&again.timer, again, 5)
	clock.pass(l, clock.now+100)
	start := time.Hour
	if want := []time.Duration{start + 5, start + 15, start + 25}; !slices.Equal(again.rang, want) {
		t.Errorf("rang at %v, want %v", again.rang, want)
	}
	if len(victim.rang) != 0 || len(last.rang) != 1 {
		t.Errorf("%d and %d rings, want 0 and 1", len(victim.rang), len(last.rang))
	}
	if clock.asked {
		t.Error("the lane wants to be rung for nothing")
	}
}
