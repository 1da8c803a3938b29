package engine

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

func TestAStalledReaderIsCutAtItsCapAndDelaysNobody(t *testing.T) {
	r := start(t, 1, Options{MaxPending: 4 << 20})
	p := r.serve(&lines{})
	echo := r.dial("")
	echo.ask("before")

	stop, took := make(chan struct{}), make(chan []time.Duration)
	go func() { took <- echo.roundTrips(stop) }()
	const stalled = 5
	for range stalled {
		c := r.dialSlow("")
		_ = c.SetDeadline(time.Now().Add(patience))
		go func() { // until it is cut
			for {
				if _, err := c.Write([]byte("fill 20000\n")); err != nil {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
	}
	r.eventually("the stalled readers to be cut", func() bool { return r.Count(reason.SlowConsumer) == stalled })
	time.Sleep(100 * time.Millisecond) // some more round trips
	close(stop)
	all := <-took
	if p99 := all[len(all)*99/100]; p99 > 500*time.Millisecond {
		t.Errorf("p99 of %d round trips of a bystander: %v", len(all), p99)
	}
	echo.ask("after")
	r.eventually("the memory to be back", func() bool { return r.BuffersLent() == 0 })
	if n := r.Connections(); n != 1 {
		t.Errorf("%d connections are left, want the bystander", n)
	}
	echo.Close()
	r.settle()
	if got := p.endings(); got != fmt.Sprintf("client_closed=1 slow_consumer=%d", stalled) {
		t.Errorf("sessions ended: %s", got)
	}
	if n := r.Count(reason.SlowConsumer); n != stalled {
		t.Errorf("slow_consumer was counted %d times, want %d", n, stalled)
	}
}

// Many times the cap may go to a client that reads.
func TestAReaderMayGetMuchMoreThanTheCap(t *testing.T) {
	r := start(t, 1, Options{MaxPending: 1 << 20})
	r.serve(&lines{})
	c := r.dial("")
	for range 64 {
		c.send("fill 500000\n")
		if err := c.filled(500000); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.Count(reason.SlowConsumer); n != 0 {
		t.Errorf("slow_consumer was counted %d times", n)
	}
}

// After a cut nothing may follow the gap, not even the last try that is made
// for a client that has closed its half.
func TestNothingIsSentAfterOutputWasThrownAway(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial("")
	s := <-p.opened
	r.on(0, func(l *lane) {
		l.hub.BeginTurn()
		s.conn.Out().WriteString("thrown away")
		s.conn.cut(reason.SlowConsumer)
		s.conn.Out().WriteString("after the gap")
		s.conn.gone(io.EOF) // as gnet calls it before the deferred flush
		// gnet will call it again, for nothing.
		l.conns = append(l.conns, s.conn)
		s.conn.index = int32(len(l.conns) - 1)
		l.load.Add(1)
		r.door.inside.Add(1)
		_ = l.loop.Close(s.conn.sock)
	})
	c.wantEnd()
	if got := p.endings(); got != "slow_consumer=1" {
		t.Errorf("the session ended: %s", got)
	}
}

func TestAResetInTheMiddleOfOutputEndsTheConnection(t *testing.T) {
	r := start(t, 2, Options{})
	p := r.serve(&lines{})
	const clients = 50
	for range clients {
		c := r.dialSlow("fill 3000000\n")
		if err := c.filled(1000); err != nil {
			t.Fatal(err)
		}
		c.reset()
	}
	r.settle()
	var ended int64
	for i := range p.closed {
		ended += p.closed[i].Load()
	}
	if ended != clients {
		t.Errorf("%d sessions ended, want %d: %s", ended, clients, p.endings())
	}
}

// Beside a stalled reader the messages of a turn still share mails: one each
// would take a lock and 64 KiB for every message.
func TestAStalledReaderDoesNotSplitMails(t *testing.T) {
	r := start(t, 2, Options{})
	p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 1)})
	stalled := r.stallOn(p, 0)
	stalled.send("sub news\n")
	stalled.want("subscribed")
	for _, size := range []int{64 << 10, 4 << 20} { // gnet holds all; or a part
		r.fatten(stalled, size)
		reader := r.dial("@1\nsub news\n")
		<-p.opened
		reader.want("subscribed")
		pub := r.dial("@0\n")
		s := <-p.opened
		const messages = 2000
		mails := 0
		r.on(0, func(l *lane) {
			l.hub.SetPost(func(to int, m *hub.Mail) {
				mails++
				r.lanes[to].post(0, m)
			})
			l.hub.BeginTurn()
			s.Input([]byte(strings.Repeat("pub news "+strings.Repeat("x", 100)+"\n", messages)))
			l.endTurn()
		})
		if most := 2 * messages * 200 >> 16; mails > most {
			t.Errorf("%d messages took %d mails, want at most %d", messages, mails, most)
		}
		for range messages {
			reader.line()
		}
		reader.Close()
		pub.Close()
	}
	stalled.reset()
}
