//go:build !race

package engine

import (
	"io"
	"strings"
	"testing"
)

// A turn that reads, answers and flushes allocates nothing.
func TestATurnAllocatesNothing(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial("")
	go func() { _, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, c.TCPConn, make([]byte, 64<<10)) }()
	s := <-p.opened
	in := []byte("hello\n" + strings.Repeat("x", 100) + "\n")
	r.inMode(0, true, func(l *lane) {
		turn := func() {
			l.flush.turns = 0 // or every so many a flush is deferred
			l.clock.read()
			s.conn.traffic(in)
		}
		for range 100 {
			turn()
		}
		if n := testing.AllocsPerRun(2000, turn); n != 0 {
			t.Errorf("%v allocations in a turn", n)
		}
	})
}

// So does one that publishes to a subscriber on the same lane.
func TestADeliveryOnOneLaneAllocatesNothing(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 2)})
	sub := r.dial("sub news\n")
	sub.want("subscribed")
	<-p.opened
	go func() { _, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, sub.TCPConn, make([]byte, 64<<10)) }()
	r.dial("")
	s := <-p.opened
	in := []byte("pub news hello\n")
	r.inMode(0, true, func(l *lane) {
		turn := func() {
			l.flush.turns = 0
			s.conn.traffic(in)
		}
		for range 100 {
			turn()
		}
		if n := testing.AllocsPerRun(2000, turn); n != 0 {
			t.Errorf("%v allocations in a turn", n)
		}
	})
}

// Arming and firing a timer allocates nothing but the wheel's turn.
func TestArmingATimerAllocatesNothing(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	r.dial("")
	s := <-p.opened
	r.on(0, func(l *lane) {
		if n := testing.AllocsPerRun(2000, func() { s.conn.Arm(3 * tick) }); n != 0 {
			t.Errorf("%v allocations to arm a timer", n)
		}
		s.conn.Arm(0)
	})
}
