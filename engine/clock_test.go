package engine

import (
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

func TestATimerOfASessionFiresInTime(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	r.dial("")
	s := <-p.opened
	for _, d := range []time.Duration{1, 150 * time.Millisecond, 300 * time.Millisecond} {
		fired := make(chan time.Time, 8)
		var armed time.Time
		r.on(0, func(l *lane) {
			l.clock.read()
			s.onTimer = func() { fired <- time.Now() }
			armed = time.Now()
			s.conn.Arm(d)
		})
		at := <-fired
		// The clock was read a moment before the timer was armed.
		if after := at.Sub(armed) + 5*time.Millisecond; after < d || after > d+3*tick+time.Second {
			t.Errorf("a timer of %v fired after %v", d, after)
		}
	}
	r.on(0, func(*lane) {
		s.conn.Arm(tick)
		s.conn.Arm(0)
		s.conn.Arm(2 * tick)
		s.conn.Arm(3 * tick)
	})
	r.eventually("the last timer", func() bool { return p.timers.Load() >= 4 })
	time.Sleep(3 * tick)
	if n := p.timers.Load(); n != 4 {
		t.Errorf("%d timers fired, want 4", n)
	}
}

// Delays count from the end of a connection, which comes without a read: the lane
// may have slept for long when it hears of it.
func TestASessionThatEndsSeesTheTimeOfItsEnd(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial("")
	s := <-p.opened
	saw := make(chan time.Duration, 1)
	r.on(0, func(*lane) { s.onClosed = func() { saw <- s.conn.Now() } })
	time.Sleep(2 * tick) // in which the lane reads no clock
	closing := time.Since(r.started)
	c.Close()
	if now := <-saw; now < closing {
		t.Errorf("Now is %v when the connection ends at %v", now, closing)
	}
}

// A long timer alone in its wheel, armed by a lane that has slept through more
// than a round, must neither be early nor be passed over.
func TestALaneThatSleptThroughRoundsArmsForTheRightTick(t *testing.T) {
	for _, d := range []time.Duration{tick, 5 * time.Second, 40 * time.Second, 90 * time.Second, time.Hour} {
		k := clock{due: never, lane: &lane{engine: &Engine{started: time.Now()}}}
		k.alarm = time.AfterFunc(time.Hour, func() {})
		k.now = 10*time.Minute + 37*time.Millisecond
		c := newTimer()
		k.arm(&c.timer, d)
		k.alarm.Stop()
		if at := time.Duration(k.due) * tick; at < k.now+d || at > k.now+d+2*tick+coarseTo {
			t.Errorf("%v: the alarm is set for %v after now", d, at-k.now)
		}
		var fired []int64
		k.wheel.advance(k.due+2*wheelSlots, func(*Conn) { fired = append(fired, k.wheel.now) })
		if len(fired) != 1 || fired[0] != k.due {
			t.Errorf("%v: fired at %v, the alarm was set for %d", d, fired, k.due)
		}
	}
}

func TestTheWheelKnowsItsNextSlot(t *testing.T) {
	var w wheel
	if w.next() != never {
		t.Error("an empty wheel has a next slot")
	}
	w.advance(700, nil)
	far, near := newTimer(), newTimer()
	w.arm(&far.timer, 600*tick) // more than a round away
	w.arm(&near.timer, 511*tick)
	if at := w.next(); at != 701+600-wheelSlots {
		t.Errorf("next is %d ticks away", at-w.now)
	}
	w.disarm(&far.timer)
	if at := w.next(); at != 700+512 {
		t.Errorf("next is %d ticks away, want a whole round", at-w.now)
	}
	w.disarm(&near.timer)
	if w.next() != never {
		t.Error("a wheel that is empty again has a next slot")
	}
}

// subscriber calls a function for each message.
type subscriber func()

func (f subscriber) Deliver(*message.Message, *hub.Route, *hub.Copy) reason.ID {
	f()
	return reason.None
}

// Nothing ticks on an idle lane, so every way into a session must bring the
// time with it: timers and deadlines are set by it.
func TestTheClockIsRightInEveryTurn(t *testing.T) {
	r := start(t, 2, Options{})
	p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 1)})
	other := r.dial("@0\nhello\n")
	other.want("hello")
	<-p.opened
	c := r.dial("@1\nhello\n")
	c.want("hello")
	s := <-p.opened

	behind := make(chan time.Duration, 1)
	look := func() {
		select {
		case behind <- time.Since(r.started) - s.conn.Now():
		default:
		}
	}
	what := hub.Subscription{Filter: trie.Filter{Pattern: "news"}}
	r.on(1, func(l *lane) {
		s.subs = append(s.subs, subscribed{what, l.hub.Subscribe(subscriber(look), what)})
	})
	const idle = 700 * time.Millisecond
	for name, turn := range map[string]func(){
		"a mail":  func() { other.send("pub news now\n") },
		"a timer": func() { r.on(1, func(*lane) { s.onTimer = look; s.conn.Arm(1) }) },
		"input":   func() { r.on(1, func(*lane) { s.onInput = func([]byte) { look() } }); c.send("x") },
	} {
		time.Sleep(idle)
		turn()
		if late := <-behind; late > idle/2 {
			t.Errorf("in the turn of %s the clock is %v behind", name, late)
		}
	}
	time.Sleep(idle)
	r.on(1, func(l *lane) {
		l.endAll(reason.Shutdown)
		look()
	})
	if late := <-behind; late > idle/2 {
		t.Errorf("in the turn that ends all sessions the clock is %v behind", late)
	}
}

func TestNothingIsAskedOfASessionThatHasClosed(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial("")
	s := <-p.opened
	r.on(0, func(l *lane) {
		s.conn.Arm(1)
		l.hub.BeginTurn()
		s.obey([]byte("bye"))
		l.endTurn() // the flush is deferred
		time.Sleep(3 * tick)
		l.clock.ring()
		l.endAll(reason.Shutdown)
		l.endAll(reason.Shutdown)
	})
	c.want("last words")
	c.wantEnd()
	if n := p.timers.Load(); n != 0 {
		t.Errorf("Timer was called %d times after Close", n)
	}
	if n := p.ends.Load(); n != 0 {
		t.Errorf("End was called %d times after Close", n)
	}
}

// While a lane was held up, the process stopped or the machine asleep, nobody
// was silent: what clients sent meanwhile comes before their timers.
func TestAStallOfTheLaneIsNotSilenceOfItsClients(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	const clients, silence = 400, time.Second
	var all []*client
	for range clients {
		c := r.dial("")
		s := <-p.opened
		r.on(0, func(*lane) {
			s.onInput = func([]byte) { s.conn.Arm(silence) }
		})
		all = append(all, c)
	}
	slow := r.dial("")
	s := <-p.opened
	begun := make(chan struct{})
	r.on(0, func(*lane) {
		s.onInput = func([]byte) {
			close(begun)
			time.Sleep(silence + 500*time.Millisecond)
		}
	})
	for _, c := range all { // all have just spoken
		c.send("x")
	}
	r.eventually("them to be heard", func() bool { return p.taken.Load() == clients })
	slow.send("x")
	<-begun
	for _, c := range all {
		c.send("x")
	}
	r.eventually("them to be heard again", func() bool { return p.taken.Load() == 2*clients+1 })
	if n := p.timers.Load(); n > 0 {
		t.Errorf("%d of %d clients were taken for silent", n, clients)
	}
	for _, c := range all {
		c.Close()
	}
}
