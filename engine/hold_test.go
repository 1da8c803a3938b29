package engine

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

// paced makes a session take so many bytes of its input at a time, hold the rest
// for d, and write what it took back.
func paced(s *lineSession, bytes int, d time.Duration) {
	s.onInput = func(in []byte) {
		n := min(bytes, len(in))
		s.conn.Out().Write(in[:n])
		if n < len(in) {
			s.conn.Hold(in[n:], d)
		}
	}
}

// entered dials and returns the session, which has been set up on its lane.
func (r *rig) entered(p *lines, setUp func(s *lineSession)) (*client, *lineSession) {
	r.t.Helper()
	c := r.dial("")
	s := <-p.opened
	r.on(s.conn.lane.index, func(*lane) { setUp(s) })
	return c, s
}

// What a session has held back comes first and in order, however often, and what
// the client has sent meanwhile behind it.
func TestWhatIsHeldBackComesInOrder(t *testing.T) {
	r := start(t, 1, Options{ReadBuffer: 4 << 10})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c, _ := r.entered(p, func(s *lineSession) { paced(s, 3000, time.Millisecond) })
	sent := random(200_000)
	go func() {
		for rest := sent; len(rest) > 0; {
			n := min(len(rest), 7777)
			if _, err := c.Write(rest[:n]); err != nil {
				return // the reader below says what is missing
			}
			rest = rest[n:]
		}
	}()
	got := make([]byte, len(sent))
	if n, err := io.ReadFull(c.in, got); err != nil {
		t.Fatalf("after %d bytes: %v", n, err)
	}
	if !bytes.Equal(got, sent) {
		t.Error("what came back differs")
	}
}

// While a session holds its input back it is called for none, and nothing is read
// from the socket; others on its lane are served.
func TestNothingIsReadWhileInputIsHeldBack(t *testing.T) {
	r := start(t, 1, Options{ReadBuffer: 4 << 10})
	p := r.serve(&lines{opened: make(chan *lineSession, 2)})
	calls := 0
	c, s := r.entered(p, func(s *lineSession) {
		s.onInput = func(in []byte) {
			switch calls++; calls {
			case 1:
				s.conn.Hold(in, time.Hour)
			default:
				s.conn.Out().Write(in)
			}
		}
	})
	sent := random(4 << 20)
	go c.Write(sent)
	r.eventually("the hold", func() (held bool) {
		r.on(0, func(*lane) { held = len(s.conn.holds()) > 0 })
		return held
	})
	other := r.dial("")
	<-p.opened
	for range 50 { // each takes turns of the lane, in which the first might be read
		other.ask("hello")
	}
	r.on(0, func(*lane) {
		if held := s.conn.holds(); calls != 1 || len(held) > 4<<10 || !bytes.HasPrefix(sent, held) {
			t.Errorf("%d calls, %d bytes are held", calls, len(held))
		}
		s.conn.until(s.conn.lane.clock.now - 1) // the hour has passed
	})
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(c.in, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, sent) {
		t.Error("what came back differs")
	}
}

// A session holds as long as it said, and not much longer although nothing happens
// on its lane.
func TestAHoldEndsByItself(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	const wait = 40 * time.Millisecond
	var begun, ended time.Duration
	c, _ := r.entered(p, func(s *lineSession) {
		s.onInput = func(in []byte) {
			if begun == 0 {
				begun = s.conn.Now()
				s.conn.Hold(in, wait)
				return
			}
			ended = s.conn.Now()
			s.conn.Out().Write(in)
		}
	})
	c.ask("hello")
	r.on(0, func(*lane) {
		if ended-begun < wait {
			t.Errorf("held for %v, want %v", ended-begun, wait)
		}
	})
}

// The end of a connection that is held back is like any other: from either side,
// and together with the engine. What was held is not processed.
func TestAConnectionEndsWhileItIsHeldBack(t *testing.T) {
	for _, end := range []struct {
		name string
		do   func(r *rig, c *client, s *lineSession)
		why  reason.ID
	}{
		{"reset", func(_ *rig, c *client, _ *lineSession) { c.reset() }, reason.ClientClosed},
		{"by its session", func(r *rig, c *client, s *lineSession) {
			r.on(0, func(l *lane) {
				s.conn.Close(reason.Takeover)
				l.endTurn()
			})
			c.wantEnd()
		}, reason.Takeover},
		{"cut", func(r *rig, c *client, s *lineSession) {
			r.on(0, func(l *lane) {
				s.conn.cut(reason.SlowConsumer)
				l.endTurn()
			})
		}, reason.SlowConsumer},
		{"with the engine", func(r *rig, _ *client, _ *lineSession) { r.stop() }, reason.Shutdown},
	} {
		t.Run(end.name, func(t *testing.T) {
			r := start(t, 1, Options{})
			p := r.serve(&lines{opened: make(chan *lineSession, 1)})
			calls := 0
			c, s := r.entered(p, func(s *lineSession) {
				s.onInput = func(in []byte) {
					calls++
					s.conn.Hold(in, time.Hour)
				}
			})
			c.send("hello\n")
			r.eventually("the hold", func() (held bool) {
				r.on(0, func(*lane) { held = len(s.conn.holds()) > 0 })
				return held
			})
			end.do(r, c, s)
			r.settle()
			r.eventually("the end", func() bool { return p.closed[end.why].Load() == 1 })
			if calls != 1 {
				t.Errorf("%d calls with input, want 1: %s", calls, p.endings())
			}
		})
	}
}

// A client that is held back and cannot stop sending reads the last words: what it
// sends is thrown away from then on.
func TestLastWordsReachAClientThatIsHeldBack(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c, s := r.entered(p, func(s *lineSession) {
		s.onInput = func(in []byte) { s.conn.Hold(in, time.Hour) }
	})
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(random(16 << 20))
		sent <- err
	}()
	r.eventually("the hold", func() (held bool) {
		r.on(0, func(*lane) { held = len(s.conn.holds()) > 0 })
		return held
	})
	r.on(0, func(l *lane) {
		s.conn.Out().WriteString("last words\n")
		s.conn.Close(reason.Takeover)
		l.endTurn()
	})
	if err := <-sent; err != nil {
		t.Errorf("the client could not send all: %v", err)
	}
	c.want("last words")
	c.wantEnd()
}
