package engine

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/isthmus-mq/isthmus/hub"
)

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

// rig is an engine under test. At the end of the test nothing of it may be
// left: no connection, no count of one, no buffer, no goroutine.
type rig struct {
	*Engine
	t       testing.TB
	stopped bool
}

func start(t testing.TB, lanes int, o Options) *rig {
	t.Helper()
	leaks := goleak.IgnoreCurrent()
	o.Hub = hub.New(hub.Options{Lanes: lanes})
	e, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Engine: e, t: t}
	t.Cleanup(func() {
		r.settle()
		r.stop()
		goleak.VerifyNone(t, leaks)
	})
	return r
}

// settle waits until the engine is as it was before the first connection.
func (r *rig) settle() {
	r.t.Helper()
	if r.stopped {
		return
	}
	r.eventually("all connections to be gone", func() bool {
		return r.Connections() == 0 && r.door.entering.Load() == 0
	})
	r.eventually("all buffers to be back", func() bool { return r.BuffersLent() == 0 })
	for i, l := range r.lanes {
		if n := l.load.Load(); n != 0 {
			r.t.Errorf("lane %d counts %d connections after all are gone", i, n)
		}
		if n := l.budget.waiting.Load(); n != 0 {
			r.t.Errorf("lane %d counts %d waiting bytes after all connections are gone", i, n)
		}
	}
}

func (r *rig) stop() {
	r.t.Helper()
	if r.stopped {
		return
	}
	r.stopped = true
	if err := r.Stop(); err != nil {
		r.t.Errorf("Stop: %v", err)
	}
}

// serve listens for the protocol under its name.
func (r *rig) serve(p *lines) *lines {
	r.t.Helper()
	if p.name == "" {
		p.name = "lines"
	}
	p.hub = r.opts.Hub
	if err := r.Listen(p.name, "127.0.0.1:0", p); err != nil {
		r.t.Fatal(err)
	}
	return p
}

// on runs f on a lane and waits for it.
func (r *rig) on(lane int, f func(*lane)) {
	r.t.Helper()
	l := r.lanes[lane]
	done := make(chan struct{})
	l.execute(func() {
		defer close(done)
		f(l)
	})
	r.await("the lane", done)
}

// stall blocks a lane until the returned function is called, which may be
// called again.
func (r *rig) stall(lane int) (release func()) {
	r.t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	r.lanes[lane].execute(func() {
		close(begun)
		<-end
	})
	r.await("the lane to stall", begun)
	open := true
	return func() {
		if open {
			open = false
			close(end)
		}
	}
}

func (r *rig) await(what string, done <-chan struct{}) {
	r.t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		r.t.Fatalf("waited in vain for %s", what)
	}
}

func (r *rig) eventually(what string, ok func() bool) {
	r.t.Helper()
	if !within(patience, ok) {
		r.t.Errorf("waited in vain for %s (%d connections, %d entering, %d buffers lent)",
			what, r.Connections(), r.door.entering.Load(), r.BuffersLent())
	}
}

func within(limit time.Duration, ok func() bool) bool {
	for end := time.Now().Add(limit); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return ok()
		}
	}
	return true
}

// client is the other end of a connection.
type client struct {
	*net.TCPConn
	in *bufio.Reader
	t  testing.TB
}

// dial connects; first, if not empty, is sent at once.
func (r *rig) dial(first string) *client {
	r.t.Helper()
	return dialTo(r.t, r.Addr("lines").String(), first)
}

func dialTo(t testing.TB, addr, first string) *client {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{nc.(*net.TCPConn), bufio.NewReaderSize(nc, 64<<10), t}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(2 * patience))
	c.send(first)
	return c
}

// dialSlow connects with a small window, so that little fits the kernel.
func (r *rig) dialSlow(first string) *client {
	r.t.Helper()
	c := r.dial("")
	_ = c.SetReadBuffer(32 << 10)
	c.send(first)
	return c
}

func (c *client) send(s string) {
	c.t.Helper()
	if _, err := c.Write([]byte(s)); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

func (c *client) line() string {
	c.t.Helper()
	s, err := c.in.ReadString('\n')
	if err != nil {
		c.t.Fatalf("after %q: %v", s, err)
	}
	return strings.TrimSuffix(s, "\n")
}

func (c *client) want(s string) {
	c.t.Helper()
	if got := c.line(); got != s {
		c.t.Fatalf("got %q, want %q", got, s)
	}
}

// ask is a round trip.
func (c *client) ask(s string) {
	c.t.Helper()
	c.send(s + "\n")
	c.want(s)
}

// filled reads n bytes of `fill`.
func (c *client) filled(n int) error {
	b := make([]byte, 32<<10)
	for at := 0; at < n; {
		k, err := c.in.Read(b[:min(len(b), n-at)])
		for i := range b[:k] {
			if b[i] != pattern(at+i) {
				return errors.New("the filling is not in order")
			}
		}
		if at += k; err != nil {
			return err
		}
	}
	return nil
}

// wantEnd reads to the end of the connection, where nothing more may come.
func (c *client) wantEnd() {
	c.t.Helper()
	rest, err := io.ReadAll(c.in)
	if len(rest) > 0 || err != nil {
		c.t.Fatalf("%d more bytes (%.40q) and error %v before the end", len(rest), rest, err)
	}
}

// reset closes the connection by RST.
func (c *client) reset() {
	_ = c.SetLinger(0)
	_ = c.Close()
}

// waitLine is a line, or what there is of it after a moment.
func (c *client) waitLine() string {
	_ = c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	defer c.SetReadDeadline(time.Now().Add(2 * patience))
	s, _ := c.in.ReadString('\n')
	return s
}
