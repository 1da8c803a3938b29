package engine

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

// leavers are connections whose ends are counted.
func (r *rig) leavers(n int) (ended *atomic.Int64) {
	r.t.Helper()
	ended = new(atomic.Int64)
	for i := range n {
		c := r.dial("")
		c.ask("hello")
		go func() {
			got, _ := io.ReadAll(c.in)
			c.Close()
			if string(got) != "end lame_duck\n" {
				r.t.Errorf("client %d: %q", i, got)
			}
			ended.Add(1)
		}()
	}
	return ended
}

func TestAnnounceReachesEveryOpenSession(t *testing.T) {
	r := start(t, 3, Options{})
	r.serve(&lines{})
	var all []*client
	for range 10 {
		c := r.dial("")
		c.ask("hello")
		all = append(all, c)
	}
	r.Announce()
	for _, c := range all {
		c.want("changed")
		c.Close()
	}
}

func TestNobodyComesInAfterStopListening(t *testing.T) {
	r := start(t, 1, Options{})
	r.serve(&lines{})
	addr := r.Addr("lines").String()
	c := r.dial("")
	c.ask("hello")
	r.StopListening()
	if nc, err := net.Dial("tcp", addr); err == nil {
		nc.Close()
		t.Error("it listens")
	}
	c.ask("still here")
	c.Close()
}

// Sessions end one by one: about half way through, about half of them are there.
func TestLeaveIsSpreadOverItsTime(t *testing.T) {
	r := start(t, 4, Options{})
	p := r.serve(&lines{})
	const clients, over = 60, 1200 * time.Millisecond
	ended := r.leavers(clients)
	begin := time.Now()
	done := make(chan struct{})
	go func() {
		r.Leave(context.Background(), reason.LameDuck, over)
		close(done)
	}()
	r.eventually("a third of the clients to be gone", func() bool { return ended.Load() >= clients/3 })
	if d, n := time.Since(begin), ended.Load(); d < over/12 || n == clients {
		t.Errorf("after %v %d of %d are gone", d, n, clients)
	}
	r.await("the last", done)
	r.eventually("all clients to be gone", func() bool { return ended.Load() == clients })
	if d := time.Since(begin); d < over/3 {
		t.Errorf("it took %v of %v", d, over)
	}
	if got := p.endings(); got != fmt.Sprintf("lame_duck=%d", clients) {
		t.Errorf("sessions ended: %s", got)
	}
}

// With more sessions than there are milliseconds several end at once.
func TestLeaveOfManyInNoTime(t *testing.T) {
	r := start(t, 2, Options{})
	r.serve(&lines{})
	for _, over := range []time.Duration{0, 2 * time.Millisecond, 20 * time.Millisecond} {
		ended := r.leavers(50)
		r.Leave(context.Background(), reason.LameDuck, over)
		r.eventually("all clients to be gone", func() bool { return ended.Load() == 50 })
	}
	r.Leave(context.Background(), reason.LameDuck, time.Hour) // nobody is there
}

func TestLeaveStopsWithItsContext(t *testing.T) {
	r := start(t, 2, Options{})
	r.serve(&lines{})
	ended := r.leavers(5)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		r.Leave(ctx, reason.LameDuck, time.Hour)
		close(done)
	}()
	r.eventually("the first to be gone", func() bool { return ended.Load() >= 1 })
	cancel()
	r.await("Leave", done)
	if ended.Load() == 5 {
		t.Error("all are gone at once")
	}
	r.Leave(context.Background(), reason.LameDuck, 0)
	r.eventually("all clients to be gone", func() bool { return ended.Load() == 5 })
}
