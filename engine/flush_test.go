package engine

import (
	"fmt"
	"testing"

	"github.com/isthmus-mq/isthmus/session"
)

// turnOf is a turn on the session's lane in which it makes output.
func (s *lineSession) turnOf(f func()) {
	l := s.conn.lane
	l.hub.BeginTurn()
	f()
	l.endTurn()
}

func (r *rig) inMode(index int, eager bool, f func(l *lane)) {
	r.t.Helper()
	r.on(index, func(l *lane) {
		if l.flush.scheduled {
			l.flushDeferred()
		}
		l.flush.eager, l.flush.turns, l.flush.lone = eager, 0, 0
		f(l)
	})
}

func TestADeferredFlushGathersTheOutputOfManyTurns(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 3)})
	clients := []*client{r.dial(""), r.dial(""), r.dial("")}
	sessions := []*lineSession{<-p.opened, <-p.opened, <-p.opened}
	r.inMode(0, false, func(l *lane) {
		for n := range 100 {
			for i, s := range sessions {
				s.turnOf(func() { fmt.Fprintf(writer{s.conn.Out()}, "%d to %d\n", n, i) })
			}
		}
		if n := len(l.flush.dirty); n != 3 {
			t.Errorf("%d connections are to be flushed, want each of 3 once", n)
		}
		for i, s := range sessions {
			if out := s.conn.out.Len(); out != 10*len("1 to 1\n")+90*len("11 to 1\n") {
				t.Errorf("client %d: %d bytes wait for the flush", i, out)
			}
		}
	})
	for n := range 100 {
		for _, c := range clients {
			if got := c.line(); got[:len(fmt.Sprint(n))] != fmt.Sprint(n) {
				t.Fatalf("line %d: %q", n, got)
			}
		}
	}
}

func TestAnEagerFlushComesWithEachTurn(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial("")
	s := <-p.opened
	r.inMode(0, true, func(l *lane) {
		for n := 1; n < probeEvery; n++ {
			s.turnOf(func() { s.conn.Out().WriteString("at once\n") })
			if out := s.conn.out.Len(); out != 0 {
				t.Fatalf("turn %d: %d bytes wait", n, out)
			}
			c.want("at once")
		}
		// Now and then one flush is deferred, to see what gathers.
		for range 3 {
			s.turnOf(func() { s.conn.Out().WriteString("deferred\n") })
		}
		if out := s.conn.out.Len(); out != 3*len("deferred\n") || !l.flush.scheduled {
			t.Errorf("the probe: %d bytes wait", out)
		}
	})
	for range 3 {
		c.want("deferred")
	}
	r.on(0, func(l *lane) {
		if l.flush.eager {
			t.Error("turns come in crowds, and the lane still flushes at once")
		}
	})
}

func TestSparseTrafficIsFlushedAtOnceInTheEnd(t *testing.T) {
	r := start(t, 1, Options{})
	r.serve(&lines{})
	c := r.dial("")
	r.eventually("eager flushes", func() (eager bool) {
		c.ask("ping")
		r.on(0, func(l *lane) { eager = l.flush.eager })
		return eager
	})
	for range 3 * probeEvery {
		c.ask("ping")
	}
}

func TestAFullOutboxIsFlushedInTheTurn(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial("")
	s := <-p.opened
	r.inMode(0, false, func(l *lane) {
		l.hub.BeginTurn()
		s.fill(session.FlushAt - 4<<10)
		if n := s.conn.out.Len(); n != session.FlushAt-4<<10 {
			t.Errorf("%d bytes wait before the outbox is full", n)
		}
		s.conn.Out().Write(make([]byte, 4<<10))
		if n := s.conn.out.Len(); n != 0 {
			t.Errorf("%d bytes wait after it was", n)
		}
		if err := c.filled(session.FlushAt - 4<<10); err != nil {
			t.Error(err)
		}
		s.conn.Out().WriteString("\nthe end\n")
		l.endTurn()
	})
	if got := c.line(); len(got) != 4<<10 {
		t.Errorf("%d bytes, want the rest", len(got))
	}
	c.want("the end")
}

// Whoever sees an answer knows that everything before it is on its way, also
// when the answer left in the middle of a turn.
func TestMailsLeaveBeforeOutputDoes(t *testing.T) {
	for _, early := range []bool{false, true} {
		t.Run(fmt.Sprintf("in mid-turn %v", early), func(t *testing.T) {
			r := start(t, 2, Options{})
			p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 2)})
			sub := r.dial("@1\nsub news\n")
			sub.want("subscribed")
			<-p.opened
			pub := r.dial("@0\n")
			s := <-p.opened
			r.inMode(0, true, func(l *lane) {
				l.hub.BeginTurn()
				s.publish([]byte("news"), []byte("hello"))
				if early {
					s.fill(session.FlushAt)
				} else {
					s.fill(10)
					l.endTurn()
				}
				if _, err := pub.in.ReadByte(); err != nil { // the answer has left
					t.Fatal(err)
				}
				if got := sub.waitLine(); got != "hello\n" {
					t.Errorf("an answer left before the mail was posted (%q)", got)
				}
				l.endTurn()
			})
		})
	}
}

// What receivers share stays as it was when the first of them has sent it
// before the others have it.
func TestASharedPayloadSurvivesAnEarlyFlush(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 2)})
	first, second := r.dial(""), r.dial("")
	a, b := <-p.opened, <-p.opened
	payload := make([]byte, session.ShareAt)
	for i := range payload {
		payload[i] = pattern(i)
	}
	r.inMode(0, false, func(l *lane) {
		var shared session.Payloads
		l.hub.BeginTurn()
		a.fill(session.FlushAt - 1)
		shared.Share(a.conn.Out(), 1, payload) // flushes: the outbox is full
		b.conn.Out().WriteString("header\n")
		shared.Share(b.conn.Out(), 1, payload)
		l.endTurn()
	})
	if err := first.filled(session.FlushAt - 1); err != nil {
		t.Fatal(err)
	}
	if err := first.filled(len(payload)); err != nil {
		t.Errorf("the first receiver: %v", err)
	}
	second.want("header")
	if err := second.filled(len(payload)); err != nil {
		t.Errorf("the second receiver: %v", err)
	}
}

func TestAFixedFlushPolicyStaysWhateverTheTraffic(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy FlushPolicy
		eager  bool // what the lane has seen so far, which must not matter
		writes int  // of a hundred turns in a row
	}{
		{"now", FlushNow, false, 100},
		{"deferred", FlushDeferred, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, 1, Options{Flush: c.policy})
			p := r.serve(&lines{opened: make(chan *lineSession, 1)})
			client := r.dial("")
			s := <-p.opened
			writes := 0
			r.inMode(0, c.eager, func(l *lane) {
				for range 100 {
					s.turnOf(func() { s.conn.Out().WriteString("news\n") })
					if s.conn.out.Len() == 0 {
						writes++
					}
				}
			})
			if writes != c.writes {
				t.Errorf("%d of 100 turns wrote, want %d", writes, c.writes)
			}
			for range 100 {
				client.want("news")
			}
			// Sparse traffic, after which the lane would be eager.
			for range 3 * eagerAfter {
				client.ask("ping")
			}
			r.on(0, func(l *lane) {
				s.turnOf(func() { s.conn.Out().WriteString("more\n") })
				if wrote := s.conn.out.Len() == 0; wrote != (c.policy == FlushNow) {
					t.Errorf("after sparse traffic a turn wrote: %v", wrote)
				}
			})
			client.want("more")
		})
	}
}
