package engine

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// firings advances w and returns the ticks at which each connection fired.
func firings(w *wheel, to int64, then func(*Conn)) map[*Conn][]int64 {
	got := make(map[*Conn][]int64)
	w.advance(to, func(c *Conn) {
		if c.timer.armed() {
			panic("an armed timer was fired")
		}
		got[c] = append(got[c], w.now)
		if then != nil {
			then(c)
		}
	})
	return got
}

func newTimer() *Conn {
	c := new(Conn)
	c.timer.conn = c
	return c
}

func TestATimerFiresOnceAndNotEarly(t *testing.T) {
	for _, d := range []time.Duration{1, tick - 1, tick, tick + 1, 3 * tick, 511 * tick, 512 * tick, 513 * tick, 1024 * tick, 24 * time.Hour} {
		var w wheel
		w.advance(1000, nil) // ticks without timers need no callback
		c := newTimer()
		w.arm(&c.timer, d)
		got := firings(&w, w.now+int64(d/tick)+3*wheelSlots, nil)[c]
		if len(got) != 1 {
			t.Fatalf("%v: fired %d times", d, len(got))
		}
		// It may have been armed at any time in tick 1000.
		if after := time.Duration(got[0]-1001) * tick; after < d || after >= d+tick {
			t.Errorf("%v: fired %v after the end of the tick it was armed in", d, after)
		}
	}
}

func TestATimerCanBeArmedAgainInItsOwnFiring(t *testing.T) {
	for _, d := range []time.Duration{1, tick, 511 * tick, 512 * tick} {
		var w wheel
		c := newTimer()
		w.arm(&c.timer, d)
		step := int64((d+tick-1)/tick) + 1
		got := firings(&w, 10*step, func(c *Conn) { w.arm(&c.timer, d) })[c]
		if len(got) != 10 {
			t.Errorf("%v: fired %d times in 10 periods", d, len(got))
		}
	}
}

func TestAFiringTimerMayDisarmAnotherThatIsDue(t *testing.T) {
	var w wheel
	a, b := newTimer(), newTimer()
	w.arm(&a.timer, tick)
	w.arm(&b.timer, tick)
	got := firings(&w, 10, func(c *Conn) {
		w.disarm(&a.timer)
		w.disarm(&b.timer)
	})
	if len(got) != 1 {
		t.Fatalf("%d timers fired, want one", len(got))
	}
	for _, c := range []*Conn{a, b} {
		if c.timer.armed() {
			t.Error("a disarmed timer is armed")
		}
		w.disarm(&c.timer) // has no effect
	}
}

// The oracle is a list of when each timer is due.
func TestTheWheelAgreesWithAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w wheel
		conns := make([]*Conn, 12)
		due := make(map[*Conn]int64)
		for i := range conns {
			conns[i] = newTimer()
		}
		length := rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(1, int64(2*wheelSlots*tick)).Draw(t, "long")) >>
				rapid.IntRange(0, 12).Draw(t, "shorter")
		})
		change := func(c *Conn, label string) {
			if rapid.Bool().Draw(t, label+" arms") {
				d := length.Draw(t, "d")
				w.arm(&c.timer, d)
				due[c] = w.now + int64((d+tick-1)/tick) + 1
			} else {
				w.disarm(&c.timer)
				delete(due, c)
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			change(rapid.SampledFrom(conns).Draw(t, "conn"), "step")
			to := w.now + rapid.Int64Range(0, wheelSlots+100).Draw(t, "advance")
			w.advance(to, func(c *Conn) {
				if due[c] != w.now {
					t.Fatalf("fired in tick %d, due in %d", w.now, due[c])
				}
				delete(due, c)
				if rapid.IntRange(0, 3).Draw(t, "meddle") == 0 {
					change(rapid.SampledFrom(conns).Draw(t, "other"), "firing")
				}
			})
			for c, at := range due {
				if at <= w.now {
					t.Fatalf("tick %d: a timer of tick %d has not fired", w.now, at)
				}
				if !c.timer.armed() {
					t.Fatal("a timer that is due later is not armed")
				}
			}
		}
	})
}
