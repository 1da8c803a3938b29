package latency

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Due must be the number of messages whose time has come by At, which is the
// definition.
func TestDueAgreesWithAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.01, 1e8).Draw(t, "rate")
		n := rapid.IntRange(1, 8).Draw(t, "parts")
		s := NewSchedule(rapid.Int64Range(0, 1<<60).Draw(t, "start"), rate, rapid.IntRange(0, n-1).Draw(t, "part"), n)
		most := float64(1<<61) / (1e9 / rate * float64(n)) // within the clock's range
		k := rapid.Int64Range(0, int64(min(most, 1e9))).Draw(t, "k")
		for _, now := range []int64{s.At(k) - 1, s.At(k), s.At(k) + 1} {
			due := s.Due(now)
			if due > 0 && s.At(due-1) > now {
				t.Fatalf("at %d %d are due, but the last of them only at %d", now, due, s.At(due-1))
			}
			if s.At(due) <= now {
				t.Fatalf("at %d %d are due, but one more was at %d", now, due, s.At(due))
			}
		}
	})
}

// A schedule that outlasts the clock ends with it.
func TestScheduleEndsWithTheClock(t *testing.T) {
	s := NewSchedule(1<<60, 0.01, 0, 8)
	if at := s.At(1e9); at != math.MaxInt64 {
		t.Errorf("message 1e9 is due at %d", at)
	}
	if due := s.Due(math.MaxInt64); due < 1 {
		t.Errorf("%d are due at the end", due)
	}
}

// The parts of a rate take turns and add up to it.
func TestPartsTakeTurns(t *testing.T) {
	const rate, parts = 1000, 4
	for i := range int64(100) {
		s := NewSchedule(5, rate, int(i%parts), parts)
		if got, want := s.At(i/parts), 5+i*1_000_000; got != want {
			t.Errorf("message %d at %d, want %d", i, got, want)
		}
	}
}

// A server answers in 1 ms, but stands still for one second of ten. Whoever
// waits for each answer before asking again has one bad sample in 9,000; the
// schedule has a tenth of all, as users would.
func TestScheduleDoesNotOmit(t *testing.T) {
	const ms = int64(1e6)
	answered := func(asked int64) int64 {
		if asked >= 5000*ms && asked < 6000*ms {
			return 6001 * ms
		}
		return asked + ms
	}
	var closed, open Recorder
	for now := int64(0); now < 10_000*ms; {
		done := answered(now)
		closed.Record(done - now)
		now = done
	}
	s := NewSchedule(0, 1000, 0, 1)
	for k := range int64(10_000) {
		open.Record(answered(s.At(k)) - s.At(k))
	}
	var c, o Distribution
	closed.All(&c)
	open.All(&o)
	if p := c.At(99.9); p > 2*1e6 {
		t.Errorf("closed loop: p99.9 is %v; the example is wrong", p)
	}
	if p := o.At(95); p < 450*1e6 || p > 550*1e6 {
		t.Errorf("open loop: p95 is %v, want about 500 ms", p)
	}
	if p := o.At(99); p < 850*1e6 {
		t.Errorf("open loop: p99 is %v, want about 900 ms", p)
	}
}
