package latency

import (
	"math"
	"time"
)

// Schedule is an open loop: message k is to be sent at a time that depends on
// nothing that happens. Times are ns of the caller's clock.
type Schedule struct {
	start  int64
	period float64 // ns between two messages
}

// NewSchedule returns the schedule of part number i of n equal parts of a rate
// in messages per second, that begins at start: the parts take turns.
func NewSchedule(start int64, rate float64, i, n int) Schedule {
	period := float64(time.Second) / rate
	return Schedule{start: start + int64(float64(i)*period), period: period * float64(n)}
}

// At is when message k is to be sent, counted from 0; what lies beyond the range
// of the clock, at its end.
func (s Schedule) At(k int64) int64 {
	after := float64(k) * s.period
	if after >= float64(math.MaxInt64-s.start) {
		return math.MaxInt64
	}
	return s.start + int64(after)
}

// Due is how many messages are to have been sent by now.
func (s Schedule) Due(now int64) int64 {
	if now < s.start {
		return 0
	}
	k := int64(math.Floor(float64(now-s.start)/s.period)) + 1
	// Division rounds: what At says holds.
	for k > 0 && s.At(k-1) > now {
		k--
	}
	for s.At(k) <= now && s.At(k) < math.MaxInt64 {
		k++
	}
	return k
}
