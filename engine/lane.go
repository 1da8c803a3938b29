package engine

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// lane is one event loop and what it owns. It is one gnet.Client with one loop,
// so that enrolling on it is the choice of the lane. Fields are touched on the
// loop only, except where they say otherwise.
type lane struct {
	gnet.BuiltinEventEngine

	engine *Engine
	index  int
	hub    *hub.Lane
	client *gnet.Client
	loop   gnet.EventLoop // set before the lane is used
	load   atomic.Int32   // connections, entering ones included; any goroutine
	enter  chan struct{}  // holds one for each enrol that is going on

	buffers session.Buffers
	conns   []*Conn
	iov     [][]byte

	flush     flushing
	drained   []*Conn // whose sessions are to go on
	polled    polled
	budget    budget
	mailbox   mailbox
	drainTask task
	nudgeFD   int // the near end of the socket pair
	epoll     epoll

	clock clock

	received, sent byteCount
	ended          session.Facts // of the connection that is just ending
}

func newLane(e *Engine, h *hub.Lane, entering int) (*lane, error) {
	l := &lane{engine: e, index: h.Index(), hub: h, nudgeFD: -1, enter: make(chan struct{}, entering)}
	l.mailbox.waiting = make([]atomic.Int64, len(e.lanes))
	l.drainTask = l.drain
	l.flush.task, l.flush.policy = l.flushTask, e.opts.Flush
	l.polled.init(l)
	l.budget.init(l)
	l.clock.init(l)
	h.SetClock(&l.clock)
	h.SetPost(func(to int, m *hub.Mail) { e.lanes[to].post(l.index, m) })
	h.SetCatchUp(l.catchUp)
	cli, err := gnet.NewClient(l,
		gnet.WithNumEventLoop(1),
		gnet.WithReadBufferCap(e.opts.ReadBuffer),
		gnet.WithWriteBufferCap(1<<20),
		gnet.WithTCPNoDelay(gnet.TCPDelay), // the accepted socket has no delay already
		gnet.WithLogger(gnetLogger{e.opts.Logger}),
	)
	if err != nil {
		return nil, fmt.Errorf("lane %d: %w", l.index, err)
	}
	l.client = cli
	return l, nil
}

// start runs the loop and enrols the lane's own socket pair on it.
func (l *lane) start() error {
	if err := l.client.Start(); err != nil {
		return fmt.Errorf("lane %d: %w", l.index, err)
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("lane %d: socket pair: %w", l.index, err)
	}
	l.nudgeFD = fds[0]
	f := os.NewFile(uintptr(fds[1]), "nudge")
	far, err := net.FileConn(f)
	f.Close()
	if err != nil {
		return fmt.Errorf("lane %d: socket pair: %w", l.index, err)
	}
	c, err := l.client.EnrollContext(far, nudged{})
	if err != nil {
		return fmt.Errorf("lane %d: socket pair: %w", l.index, err)
	}
	l.loop = c.EventLoop()
	l.epoll = findEpoll(c.Fd(), l.engine.opts.Logger)
	return nil
}

// nudged is the context of the lane's own socket pair.
type nudged struct{}

// enrol hands a connection to the lane. It waits for the loop, and for others
// that do, so it is never called on one. On error the connection is closed.
func (l *lane) enrol(nc net.Conn, c *Conn) error {
	l.enter <- struct{}{}
	defer func() { <-l.enter }()
	_, err := l.client.EnrollContext(nc, c)
	if err == nil && c.sock == nil {
		// gnet reports success when the loop's epoll set takes no more.
		return errNotOpened
	}
	return err
}

var errNotOpened = errors.New("the loop did not take the connection")

// OnOpen is gnet's: a connection has arrived on its lane.
func (l *lane) OnOpen(sock gnet.Conn) ([]byte, gnet.Action) {
	c, ok := sock.Context().(*Conn)
	if !ok {
		return nil, gnet.None
	}
	l.clock.read()
	c.opened(sock)
	return nil, gnet.None
}

// OnTraffic is gnet's: there is input. All of it is taken, always, so that
// gnet's own buffer stays empty.
func (l *lane) OnTraffic(sock gnet.Conn) gnet.Action {
	in, _ := sock.Next(-1)
	l.clock.read()
	c, ok := sock.Context().(*Conn)
	if !ok {
		l.drain()
		return gnet.None
	}
	c.traffic(in)
	return gnet.None
}

// OnClose is gnet's: the socket is about to be closed, whoever wanted it.
func (l *lane) OnClose(sock gnet.Conn, err error) gnet.Action {
	if c, ok := sock.Context().(*Conn); ok {
		l.clock.read() // no read came before: a will delay counts from now
		c.gone(err)
	}
	return gnet.None
}

// endAll asks every session to end.
func (l *lane) endAll(why reason.ID) {
	l.clock.read()
	l.hub.BeginTurn()
	for _, c := range l.conns {
		if c.session != nil && c.phase == phaseOpen {
			c.session.End(why)
		}
	}
	l.endTurn()
}

// stop ends the loop; its connections are closed by gnet.
func (l *lane) stop() error {
	err := l.client.Stop()
	l.clock.alarm.Stop()
	if l.polled.timer != nil {
		l.polled.timer.Stop()
	}
	if l.nudgeFD >= 0 {
		_ = unix.Close(l.nudgeFD)
		l.nudgeFD = -1
	}
	return err
}
