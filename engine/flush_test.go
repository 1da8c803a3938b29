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
		if l.flush.deferring {
			l.flushDeferred()
		}
		l.flush.eager, l.flush.turns, l.flush.vain = eager, 0, 0
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
		// Now and then some turns are deferred, to see what gathers.
		for n := 1; n < probeTurns; n++ {
			s.turnOf(func() { s.conn.Out().WriteString("deferred\n") })
			if out := s.conn.out.Len(); out != n*len("deferred\n") || !l.flush.scheduled {
				t.Fatalf("the probe: %d bytes wait after %d turns", out, n)
			}
		}
		s.turnOf(func() {})
		if out := s.conn.out.Len(); out != 0 {
			t.Errorf("the end of the probe: %d bytes wait", out)
		}
		if l.flush.eager {
			t.Error("all turns write to one connection, and the lane flushes at once")
		}
	})
	for n := 1; n < probeTurns; n++ {
		c.want("deferred")
	}
}

// Turns that come in crowds, each with output for a client of its own, gain
// nothing from waiting for each other; neither do probes, once that is found.
func TestCrowdsThatGatherNothingAreFlushedAtOnce(t *testing.T) {
	const crowd = 2 * probeTurns
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, crowd)})
	var clients []*client
	var sessions []*lineSession
	for range crowd {
		clients = append(clients, r.dial(""))
		sessions = append(sessions, <-p.opened)
	}
	const rounds = eagerAfter + 20
	r.inMode(0, false, func(l *lane) {
		for n := range rounds {
			for _, s := range sessions {
				s.turnOf(func() { fmt.Fprintf(writer{s.conn.Out()}, "%d\n", n) })
			}
			if n < eagerAfter && len(l.flush.dirty) != crowd {
				t.Fatalf("round %d: %d connections wait, want all", n, len(l.flush.dirty))
			}
			if most := len(l.flush.dirty); n > eagerAfter && most >= probeTurns {
				t.Fatalf("round %d: %d connections wait", n, most)
			}
			if l.flush.deferring && !l.flush.eager {
				l.flushDeferred() // as the next poll would
			}
		}
		if !l.flush.eager {
			t.Error("nothing is gathered, and the lane still defers")
		}
	})
	for n := range rounds {
		for _, c := range clients {
			c.want(fmt.Sprint(n))
		}
	}
}

// A crowd of publishers to the same few subscribers is worth waiting for, whoever
// the subscribers are that the first of them reaches.
func TestACrowdWithTheSameReceiversIsGathered(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 3)})
	clients := []*client{r.dial(""), r.dial(""), r.dial("")}
	sessions := []*lineSession{<-p.opened, <-p.opened, <-p.opened}
	const rounds = 3 * eagerAfter
	r.inMode(0, false, func(l *lane) {
		for n := range rounds {
			for range 10 { // turns
				sessions[n%2].turnOf(func() {
					for _, s := range sessions {
						fmt.Fprintf(writer{s.conn.Out()}, "%d\n", n)
					}
				})
			}
			if l.flush.eager || len(l.flush.dirty) != len(sessions) {
				t.Fatalf("round %d: eager %v, %d connections wait", n, l.flush.eager, len(l.flush.dirty))
			}
			l.flushDeferred() // as the next poll would
		}
	})
	for n := range rounds {
		for _, c := range clients {
			for range 10 {
				c.want(fmt.Sprint(n))
			}
		}
	}
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
