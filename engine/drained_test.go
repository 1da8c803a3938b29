package engine

import (
	"bytes"
	"io"
	"testing"

	"github.com/isthmus-mq/isthmus/reason"
)

// A session that makes much output piece by piece goes on no faster than its
// peer reads, while others of its lane are served.
func TestASessionGoesOnWhenItsOutputHasLeft(t *testing.T) {
	const pieces, size = 200, 256 << 10
	r := start(t, 1, Options{MaxPending: 2 << 20})
	p := r.serve(&lines{opened: make(chan *lineSession, 2)})
	c := r.dial("")
	s := <-p.opened
	piece := bytes.Repeat([]byte("x"), size)
	made, waiting := 0, 0
	more := func() {
		waiting = max(waiting, s.conn.out.Len()+s.conn.sock.OutboundBuffered())
		s.conn.Out().Write(piece)
		if made++; made < pieces {
			s.conn.AwaitDrain()
		}
	}
	r.on(0, func(l *lane) {
		s.onDrained = more
		more()
		l.endTurn()
	})
	echo := r.dial("")
	echo.ask("beside a peer that does not read")
	stuck := 0
	r.on(0, func(*lane) { stuck = made })
	if stuck == pieces {
		t.Error("everything was made before the peer had read anything")
	}
	if _, err := io.CopyN(io.Discard, c, pieces*size); err != nil {
		t.Fatal(err)
	}
	r.on(0, func(*lane) {
		if made != pieces || waiting != 0 {
			t.Errorf("%d pieces made, want %d; %d bytes waited when the session went on", made, pieces, waiting)
		}
	})
	if n := r.Count(reason.SlowConsumer); n != 0 {
		t.Error("it was cut as a slow consumer")
	}
}

// Whoever has gone is not asked to go on.
func TestASessionThatHasEndedDoesNotGoOn(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial("")
	s := <-p.opened
	r.on(0, func(l *lane) {
		s.onDrained = func() { t.Error("it was asked") }
		s.conn.AwaitDrain()
		l.endTurn()
		l.flushAll() // it is on the list now
		s.conn.Close(reason.ClientDisconnect)
		l.endTurn()
	})
	c.Close()
	r.settle()
}

// More of them than one turn serves are all served.
func TestManySessionsGoOn(t *testing.T) {
	const many = 3*drainedAtOnce + 1
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	done := make(chan struct{}, many)
	for range many {
		r.dial("")
		s := <-p.opened
		r.on(0, func(*lane) {
			s.onDrained = func() { done <- struct{}{} }
			s.conn.AwaitDrain()
		})
	}
	r.on(0, func(l *lane) { l.endTurn() })
	for range many {
		<-done
	}
}
