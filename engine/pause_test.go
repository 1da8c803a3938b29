package engine

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

// pausedForTest is a cause that nothing but a test ends.
const pausedForTest pause = 1 << 7

func TestTheEpollSetOfALaneIsFound(t *testing.T) {
	r := start(t, 3, Options{})
	seen := make(map[int]bool)
	for i := range r.lanes {
		r.on(i, func(l *lane) {
			if !l.epoll.known || seen[l.epoll.fd] {
				t.Errorf("lane %d: %+v", i, l.epoll)
			}
			seen[l.epoll.fd] = true
		})
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if e := findEpoll(int(f.Fd()), slog.New(slog.DiscardHandler)); e.known {
		t.Errorf("an epoll set that watches %s was found", os.DevNull)
	}
}

func TestTheFdinfoOfAnEpollSetIsRead(t *testing.T) {
	const info = "pos:\t0\nflags:\t02\ntfd:        7 events:       19 data: 7\ntfd:       71 events:        1\n"
	for fd, want := range map[int]bool{7: true, 71: true, 1: false, 19: false, 0: false} {
		if watches(info, fd) != want {
			t.Errorf("watches(%d) is %v", fd, !want)
		}
	}
}

func TestAPausedConnectionIsNotRead(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{raw: true, opened: make(chan *lineSession, 1)})
	c := r.dial("before")
	s := <-p.opened
	if _, err := io.ReadFull(c.in, make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	r.on(0, func(*lane) { s.conn.pause(pausedForTest) })
	sent := random(8 << 20)
	go c.Write(sent)
	time.Sleep(200 * time.Millisecond)
	r.on(0, func(*lane) {
		if n := p.taken.Load(); n != 6 {
			t.Errorf("the session got %d bytes while paused", n-6)
		}
		if n := len(s.conn.holds()); n > 0 {
			t.Errorf("%d bytes were read while paused with no output", n)
		}
		s.conn.resume(pausedForTest)
	})
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(c.in, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, sent) {
		t.Error("what came back differs")
	}
}

func TestTwoCausesMustBothEnd(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial("")
	s := <-p.opened
	r.on(0, func(*lane) {
		s.conn.pause(pausedForTest)
		s.conn.pause(pausedForLane)
		s.conn.pause(pausedForLane)
		s.conn.resume(pausedForTest)
		s.conn.resume(pausedForTest)
	})
	c.send("hello\n")
	time.Sleep(50 * time.Millisecond)
	if n := p.taken.Load(); n != 0 {
		t.Errorf("%d bytes were read while paused", n)
	}
	r.on(0, func(*lane) { s.conn.resume(pausedForLane) })
	c.want("hello")
}

// Output that the kernel refuses makes gnet arm reading behind our back.
func TestRandomPausesLoseNothing(t *testing.T) {
	r := start(t, 2, Options{ReadBuffer: 32 << 10})
	p := r.serve(&lines{raw: true, opened: make(chan *lineSession, 100)})
	const clients, size = 20, 2 << 20
	sent := random(size)
	var all sync.WaitGroup
	for range clients {
		c := r.dialSlow("")
		s := <-p.opened
		r.on(s.conn.lane.index, func(*lane) { _ = s.conn.sock.SetWriteBuffer(4 << 10) })
		all.Go(func() {
			for rest := sent; len(rest) > 0; {
				n, err := c.Write(rest[:min(len(rest), 1+rand.IntN(100<<10))])
				if err != nil {
					t.Error(err)
					return
				}
				rest = rest[n:]
			}
		})
		all.Go(func() {
			got := make([]byte, size)
			for at := 0; at < size; {
				n, err := c.in.Read(got[at:min(size, at+1+rand.IntN(200<<10))])
				if at += n; err != nil {
					t.Error(err)
					return
				}
				if rand.IntN(50) == 0 {
					time.Sleep(time.Millisecond)
				}
			}
			if !bytes.Equal(got, sent) {
				t.Error("what came back differs")
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	var pauses, held int
	toggle := func(l *lane, odds int) {
		for _, c := range l.conns {
			held = max(held, len(c.holds()))
			switch {
			case c.pauses&pausedForTest != 0:
				c.resume(pausedForTest)
			case odds > 0 && rand.IntN(odds) == 0:
				c.pause(pausedForTest)
				pauses++
			}
		}
		l.endTurn()
	}
	for over := false; !over; {
		odds := 2
		select {
		case <-done:
			odds, over = 0, true // whoever is paused still goes on
		default:
		}
		for i := range r.lanes {
			r.on(i, func(l *lane) { toggle(l, odds) })
		}
	}
	t.Logf("%d pauses, at most %d bytes held", pauses, held)
	if pauses < clients || held > 4*32<<10 {
		t.Errorf("%d pauses, at most %d bytes held", pauses, held)
	}
}

func TestAClientThatLeavesWhilePausedIsServedOnResume(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial("")
	s := <-p.opened
	r.on(0, func(*lane) { s.conn.pause(pausedForTest) })
	c.send("hello\n")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(30 * time.Millisecond)
	r.on(0, func(*lane) { s.conn.resume(pausedForTest) })
	c.want("hello")
	c.wantEnd()
}

func TestAResetEndsAPausedConnection(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial("")
	s := <-p.opened
	r.on(0, func(*lane) { s.conn.pause(pausedForTest) })
	c.reset()
	r.settle()
}

func TestHeldInputIsForgottenWhenTheConnectionCloses(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial("")
	s := <-p.opened
	r.on(0, func(l *lane) {
		s.conn.pause(pausedForTest)
		s.conn.traffic([]byte("one\n")) // as when gnet has armed reading again
		s.conn.traffic([]byte("two\n"))
		if string(s.conn.holds()) != "one\ntwo\n" {
			t.Errorf("held: %q", s.conn.holds())
		}
		l.hub.BeginTurn()
		s.obey([]byte("bye"))
		s.conn.resume(pausedForTest)
		l.endTurn()
	})
	c.want("last words")
	c.wantEnd()
}

func TestHeldInputComesBeforeNewInput(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial("")
	s := <-p.opened
	r.on(0, func(l *lane) {
		s.conn.pause(pausedForTest)
		s.conn.traffic([]byte("one\ntw"))
		s.conn.traffic([]byte("o\nthr"))
	})
	c.send("ee\nfour\n")
	r.on(0, func(l *lane) {
		s.conn.resume(pausedForTest)
		l.endTurn()
	})
	for _, want := range []string{"one", "two", "three", "four"} {
		c.want(want)
	}
}

// Without /proc reads cannot be paused, and a publisher that would have to be
// is cut.
func TestWhereReadsCannotBePausedAPublisherIsCut(t *testing.T) {
	r := start(t, 2, Options{})
	p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 2)})
	r.on(0, func(l *lane) { l.epoll = epoll{} })
	sub := r.dial("@1\nsub news\n")
	sub.want("subscribed")
	release := r.stall(1)
	defer release()
	pub := r.dial("@0\n")
	line := fmt.Appendf(nil, "pub news %01000d\n", 7)
	for {
		if _, err := pub.Write(line); err != nil {
			break
		}
	}
	r.eventually("the cut", func() bool { return p.closed[reason.LaneBusy].Load() == 1 })
	release()
}

// holds is the input that is held.
func (c *Conn) holds() []byte {
	if c.aside == nil {
		return nil
	}
	return c.aside.held
}
