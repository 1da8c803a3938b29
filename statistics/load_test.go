package statistics

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A rate that does not change is approached as 1 - e^(-t/period), however the
// time is divided into samples.
func TestLoadApproachesASteadyRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perSecond := rapid.Uint64Range(0, 1_000_000).Draw(t, "rate")
		var l load
		var at time.Duration
		for _, seconds := range rapid.SliceOfN(rapid.IntRange(1, 300), 1, 50).Draw(t, "steps") {
			at += time.Duration(seconds) * time.Second
			l.next(at, perSecond*uint64(at/time.Second))
		}
		for i, p := range periods {
			want := float64(perSecond*60) * (1 - math.Exp(-float64(at)/float64(p.time)))
			if got := l.perMinute[i]; math.Abs(got-want) > 1e-6*(1+want) {
				t.Fatalf("%s after %v: %v, want %v", p.name, at, got, want)
			}
		}
	})
}

func TestLoadFades(t *testing.T) {
	var l load
	l.next(time.Minute, 600)
	before := l.perMinute
	l.next(time.Minute, 600) // no time has passed: nothing to learn
	if l.perMinute != before {
		t.Errorf("%v became %v in no time", before, l.perMinute)
	}
	l.next(16*time.Minute, 600)
	for i, p := range periods {
		want := before[i] * math.Exp(-float64(15*time.Minute)/float64(p.time))
		if math.Abs(l.perMinute[i]-want) > 1e-9 {
			t.Errorf("%s: %v, want %v", p.name, l.perMinute[i], want)
		}
	}
}
