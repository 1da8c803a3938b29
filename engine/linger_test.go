package engine

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

// chatter sends until the connection ends.
func (c *client) chatter(started chan<- struct{}) {
	line := []byte("still talking, and talking on and on and on\n")
	for i := 0; ; i++ {
		if _, err := c.Write(line); err != nil {
			return
		}
		if i == 10 {
			close(started)
		}
		if i > 10 {
			time.Sleep(100 * time.Microsecond)
		}
	}
}

// lastWords runs many clients that go on sending while they are told the last
// words, and counts those that do not get them whole.
func lastWords(t *testing.T, r *rig, runs, fill int, slow bool) {
	t.Helper()
	var all sync.WaitGroup
	var bad atomic.Int64
	atOnce := make(chan struct{}, 20)
	for range runs {
		atOnce <- struct{}{}
		all.Go(func() {
			defer func() { <-atOnce }()
			c := r.dialSlow("")
			defer c.Close()
			started := make(chan struct{})
			c.send(fmt.Sprintf("fill %d\nbye\n", fill))
			go c.chatter(started)
			if slow {
				<-started
				time.Sleep(10 * time.Millisecond)
			}
			err := c.filled(fill)
			rest, endErr := io.ReadAll(c.in)
			if err != nil || endErr != nil || string(rest) != "last words\n" {
				bad.Add(1)
				t.Logf("%v; then %q, %v", err, rest, endErr)
			}
		})
	}
	all.Wait()
	if n := bad.Load(); n > 0 {
		t.Errorf("%d of %d clients did not get the last words", n, runs)
	}
}

func TestLastWordsReachAClientThatGoesOnSending(t *testing.T) {
	for _, run := range []struct {
		name string
		fill int
		slow bool
	}{
		{"nothing pending", 0, false},
		{"300 KB pending", 300_000, false},
		{"300 KB pending and a slow reader", 300_000, true},
		{"1 MB pending and a slow reader", 1_000_000, true},
	} {
		t.Run(run.name, func(t *testing.T) {
			r := start(t, 2, Options{})
			p := r.serve(&lines{})
			runs := 200
			if run.fill >= 1_000_000 {
				runs = 20
			}
			lastWords(t, r, runs, run.fill, run.slow)
			r.settle()
			if got := p.endings(); got != fmt.Sprintf("client_disconnect=%d", runs) {
				t.Errorf("sessions ended: %s", got)
			}
			if n := r.Count(reason.LingerTimeout); n != 0 {
				t.Errorf("%d ran into the time limit", n)
			}
		})
	}
}

func TestASilentCloseSaysNothing(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{})
	for range 50 {
		r.dial("quit\nhello\n").wantEnd()
	}
	if got := p.endings(); got != "malformed_arguments=50" {
		t.Errorf("sessions ended: %s", got)
	}
	if n := r.Count(reason.MalformedArguments); n != 50 {
		t.Errorf("counted %d times", n)
	}
}

// closing starts the end of a connection and returns when it is in a phase.
func (r *rig) closing(p *lines, first string, want phase) (*client, *lineSession) {
	r.t.Helper()
	c := r.dialSlow(first)
	s := <-p.opened
	r.eventually("the phase of closing", func() (is bool) {
		r.on(0, func(*lane) { is = s.conn.phase == want })
		return is
	})
	return c, s
}

func TestAClientThatNeverReadsItsLastWordsIsCutInTheEnd(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	_, s := r.closing(p, "fill 16000000\nbye\n", phaseFlushing)
	r.on(0, func(l *lane) {
		if s.over != 1 {
			t.Errorf("while output waits, the session was told %d times that it is over", s.over)
		}
		l.clock.read()
		if left := s.conn.aside.deadline - l.clock.now; left < flushingTime-2*time.Second || left > flushingTime {
			t.Errorf("the client has %v", left)
		}
		s.conn.until(0)
	})
	r.settle()
	if n := r.Count(reason.LingerTimeout); n != 1 {
		t.Errorf("linger_timeout was counted %d times", n)
	}
	if got := p.endings(); got != "client_disconnect=1" {
		t.Errorf("the session ended: %s", got)
	}
}

func TestAClientThatNeverClosesIsClosed(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c, s := r.closing(p, "bye\n", phaseDiscarding)
	c.want("last words")
	c.wantEnd()
	began := time.Now()
	taken := p.taken.Load()
	go c.chatter(make(chan struct{}))
	r.settle()
	if took := time.Since(began); took > discardingTime+2*time.Second {
		t.Errorf("closing took %v", took)
	}
	if p.taken.Load() != taken {
		t.Error("a session got input after its end")
	}
	if s.over != 1 {
		t.Errorf("Closed was called %d times", s.over)
	}
}

func TestAResetWhileLastWordsWaitEndsTheConnection(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c, _ := r.closing(p, "fill 16000000\nbye\n", phaseFlushing)
	c.reset()
	began := time.Now()
	r.settle()
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

// A lane that was idle for long must still give its clients the whole time to
// read their last words.
func TestAnIdleLaneGivesTimeToReadLastWords(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	r.dialSlow("fill 16000000\n")
	s := <-p.opened
	r.eventually("the filling", func() bool { return p.taken.Load() > 0 })
	r.on(0, func(l *lane) {
		l.clock.now -= time.Minute // as after a minute without a turn
		l.endAll(reason.Shutdown)
		l.flushAll()
		if s.conn.phase != phaseFlushing {
			t.Fatalf("phase %d", s.conn.phase)
		}
		if left := s.conn.aside.deadline - time.Since(r.started); left < flushingTime/2 {
			t.Errorf("the client has %v, want about %v", left, flushingTime)
		}
		s.conn.until(0)
	})
}
