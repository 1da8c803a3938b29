package session

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Whatever comes in whichever pieces: over any time from the start, no more than
// the rate and a second's worth gets through, but for the piece at hand; and a
// client that always has more gets all that it may.
func TestThrottleHoldsTheRate(t *testing.T) {
	for _, rates := range []Rates{{Messages: 10}, {Bytes: 1000}, {Messages: 100, Bytes: 5000}, {Messages: 1}} {
		rng := rand.New(rand.NewPCG(1, 2))
		throttle := rates.NewThrottle()
		now := 5 * time.Minute
		start := now
		messages, bytes := 0, 0
		for now < start+100*time.Second {
			if wait := throttle.Wait(now); wait > 0 {
				if wait > time.Second {
					t.Fatalf("%+v: a wait of %v", rates, wait)
				}
				now += wait
				continue
			}
			n := 1 + rng.IntN(400)
			throttle.Message()
			throttle.Bytes(n)
			messages++
			bytes += n
			passed := (now - start).Seconds() + 1
			if rates.Messages > 0 && float64(messages) > passed*float64(rates.Messages)+1 ||
				rates.Bytes > 0 && float64(bytes) > passed*float64(rates.Bytes)+400 {
				t.Fatalf("%+v: %d messages and %d bytes in %v", rates, messages, bytes, now-start)
			}
		}
		full := rates.Messages > 0 && messages >= 100*rates.Messages || rates.Bytes > 0 && bytes >= 100*rates.Bytes
		if !full {
			t.Errorf("%+v: only %d messages and %d bytes in 100 s", rates, messages, bytes)
		}
	}
}

// Silence saves up no more than a second's worth.
func TestThrottleForgetsSilence(t *testing.T) {
	rates := Rates{Messages: 10}
	throttle := rates.NewThrottle()
	throttle.Wait(0)
	n := 0
	for now := time.Hour; throttle.Wait(now) == 0; n++ {
		throttle.Message()
	}
	if n != 11 {
		t.Errorf("%d messages at once after an hour, want 11", n)
	}
}

func TestNoThrottleWithoutRates(t *testing.T) {
	if new(Rates).NewThrottle() != nil {
		t.Error("there is one")
	}
}
