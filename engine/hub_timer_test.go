package engine

import (
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
)

// alarm is a hub.Timed that tells when it rings.
type alarm struct {
	timer hub.Timer
	lane  *lane
	rang  chan time.Duration
}

func (a *alarm) Timer() { a.rang <- a.lane.clock.now }

// What lives on a lane without a connection is woken on an idle lane, not
// early, and not at all once it is disarmed.
func TestTimersWithoutAConnection(t *testing.T) {
	r := start(t, 2, Options{})
	near, far, never := &alarm{}, &alarm{}, &alarm{}
	const soon, later = 150 * time.Millisecond, 600 * time.Millisecond
	var begin time.Duration
	rang := make(chan time.Duration, 3)
	r.on(1, func(l *lane) {
		for _, a := range []*alarm{near, far, never} {
			a.lane, a.rang = l, rang
		}
		l.clock.read()
		begin = l.clock.now
		l.hub.Arm(&far.timer, far, later)
		l.hub.Arm(&near.timer, near, soon)
		l.hub.Arm(&never.timer, never, soon)
		l.hub.Disarm(&never.timer)
	})
	for _, want := range []time.Duration{soon, later} {
		select {
		case at := <-rang:
			if at-begin < want {
				t.Errorf("rang after %v, want %v or more", at-begin, want)
			}
		case <-time.After(patience):
			t.Fatal("nothing rings")
		}
	}
	r.on(1, func(*lane) {}) // whatever else was due has had its turn
	if len(rang) != 0 {
		t.Error("a timer rings that was disarmed")
	}
}
