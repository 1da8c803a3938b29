package session

import "time"

// Rates bound what one client may send in a second; 0 = no bound.
type Rates struct {
	Messages int // publishes
	Bytes    int // of everything
}

// NewThrottle returns nil when nothing is bounded.
func (r *Rates) NewThrottle() *Throttle {
	if r.Messages == 0 && r.Bytes == 0 {
		return nil
	}
	return &Throttle{rates: r}
}

// Throttle holds one client to Rates. It allows for a second's worth at once;
// what goes beyond, because it came in one piece, is a debt that is waited off.
type Throttle struct {
	rates    *Rates
	at       time.Duration // of the last look
	messages float64       // left; below 0: owed
	bytes    float64
	begun    bool
}

// longestWait bounds one wait: the client that waits longer is asked after it
// again, so that a pause never looks like silence.
const longestWait = time.Second

// Wait returns how long the client must not be read; 0: it may be.
func (t *Throttle) Wait(now time.Duration) time.Duration {
	most := Rates{t.rates.Messages, t.rates.Bytes}
	if !t.begun {
		t.begun, t.at = true, now
		t.messages, t.bytes = float64(most.Messages), float64(most.Bytes)
		return 0
	}
	passed := (now - t.at).Seconds()
	t.at = now
	t.messages = min(t.messages+passed*float64(most.Messages), float64(most.Messages))
	t.bytes = min(t.bytes+passed*float64(most.Bytes), float64(most.Bytes))
	return max(owed(t.messages, most.Messages), owed(t.bytes, most.Bytes))
}

// owed is the time after which a balance is no debt any more.
func owed(left float64, rate int) time.Duration {
	if rate == 0 || left >= 0 {
		return 0
	}
	seconds := -left / float64(rate)
	if seconds >= longestWait.Seconds() {
		return longestWait
	}
	return max(time.Duration(seconds*float64(time.Second)), time.Millisecond)
}

// Message counts a publish, Bytes what has been read.
func (t *Throttle) Message()    { t.messages-- }
func (t *Throttle) Bytes(n int) { t.bytes -= float64(n) }
