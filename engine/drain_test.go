package engine

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

func (r *rig) drain(limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return r.Drain(ctx, reason.Shutdown)
}

func TestADrainTellsEveryClientAndWaits(t *testing.T) {
	r := start(t, 4, Options{})
	p := r.serve(&lines{})
	addr := r.Addr("lines").String()
	var all sync.WaitGroup
	const clients = 40
	for i := range clients {
		c := r.dial("")
		c.ask("hello")
		all.Go(func() {
			got, err := io.ReadAll(c.in)
			c.Close()
			if string(got) != "end shutdown\n" || err != nil {
				t.Errorf("client %d: %q, %v", i, got, err)
			}
		})
	}
	if err := r.drain(patience); err != nil {
		t.Error(err)
	}
	all.Wait()
	if n := r.Connections(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
	if got := p.endings(); got != fmt.Sprintf("shutdown=%d", clients) {
		t.Errorf("sessions ended: %s", got)
	}
	if n := p.ends.Load(); n != clients {
		t.Errorf("End was called %d times for %d sessions", n, clients)
	}
	if nc, err := net.Dial("tcp", addr); err == nil {
		nc.Close()
		t.Error("the drained engine listens")
	}
}

func TestADrainGivesUpOnWhoDoesNotRead(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	r.stalled(p, 16<<20)
	go func() {
		for range 2 {
			<-p.opened
		}
	}()
	for range 2 {
		c := r.dial("")
		c.ask("hello")
		go func() { _, _ = io.Copy(io.Discard, c.in); c.Close() }()
	}
	began := time.Now()
	err := r.drain(500 * time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "1 connections left") {
		t.Errorf("Drain: %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	r.stop()
}

func TestADrainOfNothingIsDone(t *testing.T) {
	r := start(t, 2, Options{})
	r.serve(&lines{})
	for range 2 {
		if err := r.drain(patience); err != nil {
			t.Error(err)
		}
	}
}

func TestADrainDoesNotWaitForSilentClients(t *testing.T) {
	r := start(t, 1, Options{DoorTimeout: time.Minute})
	r.serve(&lines{pinned: true})
	c := r.dial("@")
	r.eventually("the client to be at the door", func() bool { return r.door.entering.Load() == 1 })
	if err := r.drain(3 * time.Second); err != nil {
		t.Errorf("Drain: %v", err)
	}
	if b, err := io.ReadAll(c.in); len(b) > 0 || os.IsTimeout(err) {
		t.Errorf("the client got %q, %v", b, err)
	}
	if n := r.Count(reason.Shutdown); n != 1 {
		t.Errorf("shutdown was counted %d times", n)
	}
}

// Being out of descriptors must not keep an engine from ending.
func TestADrainDoesNotWaitForDescriptors(t *testing.T) {
	r := start(t, 1, Options{})
	r.door.room = 1
	r.serve(&lines{})
	c := r.dial("")
	c.ask("hello")
	r.eventually("the door to close", func() bool { return r.Count(reason.AcceptPaused) > 0 })
	done := make(chan error, 1)
	go func() { done <- r.drain(patience) }()
	select {
	case err := <-done:
		t.Errorf("Drain did not wait for the connection: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	c.want("end shutdown")
	c.wantEnd()
	c.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestStopCutsWhatIsLeft(t *testing.T) {
	r := start(t, 2, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 20)})
	var clients []*client
	for range 10 {
		c := r.dial("")
		c.ask("hello")
		clients = append(clients, c)
	}
	stalled := r.dialSlow("fill 16000000\n")
	if err := stalled.filled(1000); err != nil {
		t.Fatal(err)
	}
	r.stop()
	for _, c := range clients {
		if b, err := io.ReadAll(c.in); len(b) > 0 || err != nil {
			t.Errorf("%q, %v", b, err)
		}
	}
	if got := p.endings(); got != "shutdown=11" {
		t.Errorf("sessions ended: %s", got)
	}
	if n, lent := r.Connections(), r.BuffersLent(); n != 0 || lent != 0 {
		t.Errorf("%d connections and %d buffers are left", n, lent)
	}
	for i, l := range r.lanes {
		if n := l.load.Load(); n != 0 {
			t.Errorf("lane %d counts %d connections", i, n)
		}
	}
}

// However the clients come in while the engine stops: nothing of them is left.
func TestStopWhileClientsComeIn(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	for i := range 30 {
		e, err := Start(Options{Hub: hub.New(hub.Options{Lanes: 2})})
		if err != nil {
			t.Fatal(err)
		}
		p := &lines{name: "lines", pinned: i%2 == 0, hub: e.opts.Hub}
		if err := e.Listen("lines", "127.0.0.1:0", p); err != nil {
			t.Fatal(err)
		}
		addr := e.Addr("lines").String()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for {
					nc, err := net.Dial("tcp", addr)
					if err != nil {
						return
					}
					defer nc.Close()
					_, _ = nc.Write([]byte("@1\nhello\n"))
				}
			})
		}
		within(20*time.Millisecond, func() bool { return e.Connections() > 10*(1+i%5) })
		stopped := make(chan error, 1)
		go func() { stopped <- e.Stop() }()
		select {
		case err := <-stopped:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Fatal("Stop does not return")
		}
		all.Wait()
		if !within(2*time.Second, func() bool { return e.Connections() == 0 && e.door.entering.Load() == 0 }) {
			t.Fatalf("run %d: %d connections and %d entering are left", i, e.Connections(), e.door.entering.Load())
		}
	}
	goleak.VerifyNone(t, leaks)
}
