package statistics

import (
	"math"
	"time"
)

// periods are those of the averages, as of Unix's load.
var periods = [...]struct {
	name string
	time time.Duration
}{{"1min", time.Minute}, {"5min", 5 * time.Minute}, {"15min", 15 * time.Minute}}

// load is the rate of one counter per minute, averaged: what happened a period
// ago weighs 1/e of what happens now. The zero value has seen nothing, since
// the beginning of time.
type load struct {
	at        time.Duration
	count     uint64
	perMinute [len(periods)]float64
}

// next takes the counter at a later time. How the time until then was divided
// into samples matters only as far as the rate changed meanwhile.
func (l *load) next(at time.Duration, count uint64) {
	passed := at - l.at
	if passed <= 0 {
		return
	}
	rate := float64(count-l.count) / passed.Minutes()
	l.at, l.count = at, count
	for i, p := range periods {
		fades := math.Exp(-float64(passed) / float64(p.time))
		l.perMinute[i] = rate + fades*(l.perMinute[i]-rate)
	}
}
