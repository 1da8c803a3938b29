package engine

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/bytebufferpool"
	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// firstMost bounds what the door reads to learn where a connection belongs.
const firstMost = 128 << 10

// door counts connections: those inside, and those that are entering.
type door struct {
	inside   atomic.Int64 // accepted and not yet gone, entering ones included
	entering atomic.Int64
	admitted atomic.Int64 // of those inside, the ones that count for the limit
	lastID   atomic.Uint64
	limit    int // Options.MaxConnections
	room     int // what the descriptors allow

	silent struct { // connections that are waited for, so that a drain need not
		sync.Mutex
		conns  map[*net.TCPConn]struct{}
		closed bool
	}
}

// await notes that a connection is waited for; false: the door is closed.
func (d *door) await(nc *net.TCPConn) bool {
	d.silent.Lock()
	defer d.silent.Unlock()
	if d.silent.closed {
		return false
	}
	if d.silent.conns == nil {
		d.silent.conns = make(map[*net.TCPConn]struct{})
	}
	d.silent.conns[nc] = struct{}{}
	return true
}

// awaited ends await.
func (d *door) awaited(nc *net.TCPConn) {
	d.silent.Lock()
	delete(d.silent.conns, nc)
	d.silent.Unlock()
}

// shut ends all waiting, for good: nobody who is still silent comes in.
func (d *door) shut() {
	d.silent.Lock()
	defer d.silent.Unlock()
	d.silent.closed = true
	for nc := range d.silent.conns {
		_ = nc.SetReadDeadline(time.Unix(1, 0))
	}
}

// hasRoom tells whether another connection may be accepted as far as file
// descriptors go.
func (e *Engine) hasRoom() bool { return e.door.inside.Load() < int64(e.door.room) }

// Connections is the number of connections, those at the door included.
func (e *Engine) Connections() int { return int(e.door.inside.Load()) }

// leave is the end of an admitted connection.
func (e *Engine) leave() {
	e.door.admitted.Add(-1)
	e.door.inside.Add(-1)
}

// arrive takes an accepted connection in: from here a goroutine of its own
// brings it to its lane, or turns it away, for the reason given unless None.
func (e *Engine) arrive(l *listener, nc *net.TCPConn, why reason.ID) {
	e.door.inside.Add(1)
	if e.door.entering.Add(1) > int64(e.opts.MaxEntering) {
		e.turnAway(nc, reason.MaxHandshakes)
		return
	}
	if why != reason.None {
		go e.refuse(l, nc, why)
		return
	}
	if e.door.admitted.Add(1) > int64(e.door.limit) {
		// One that is told that there is no room takes none meanwhile.
		e.door.admitted.Add(-1)
		go e.refuse(l, nc, reason.MaxConnections)
		return
	}
	go e.enter(l, nc)
}

// turnAway ends a connection that was not admitted.
func (e *Engine) turnAway(nc *net.TCPConn, why reason.ID) {
	e.reasons.Add(why, 1)
	_ = nc.Close()
	e.door.entering.Add(-1)
	e.door.inside.Add(-1)
}

// dismiss ends an admitted connection that did not get to a lane.
func (e *Engine) dismiss(nc *net.TCPConn, why reason.ID) {
	e.door.admitted.Add(-1)
	e.turnAway(nc, why)
}

// enter reads until the protocol knows the lane, and enrols there.
func (e *Engine) enter(l *listener, nc *net.TCPConn) {
	first, home, why := e.readFirst(l, nc)
	if why != reason.None {
		e.dismiss(nc, why)
		return
	}
	to := e.laneFor(home)
	to.load.Add(1)
	c := &Conn{
		lane:  to,
		id:    e.door.lastID.Add(1),
		aside: &aside{entry: &entry{protocol: l.protocol, first: first}},
	}
	l.slim(nc)
	if err := to.enrol(nc, c); err != nil {
		to.load.Add(-1)
		e.opts.Logger.Warn("a connection could not be taken in", "listener", l.name, "error", err)
		e.dismiss(nc, reason.EnrollFailed)
		return
	}
	e.door.entering.Add(-1)
}

// readFirst reads from the connection until its home is decided. A protocol in
// which the server speaks first decides on nothing.
func (e *Engine) readFirst(l *listener, nc *net.TCPConn) (first []byte, home Home, why reason.ID) {
	if home = l.protocol.Home(nil); home.Decided {
		return nil, home, reason.None
	}
	_ = nc.SetReadDeadline(time.Now().Add(e.opts.DoorTimeout))
	if !e.door.await(nc) {
		return nil, home, reason.Shutdown
	}
	defer e.door.awaited(nc)
	for {
		var err error
		if first, err = readSome(nc, first); err != nil {
			return nil, home, e.door.whyGone(err)
		}
		if home = l.protocol.Home(first); home.Decided || len(first) >= firstMost {
			return first, home, reason.None
		}
	}
}

// whyGone names the end of a connection that was waited for.
func (d *door) whyGone(err error) reason.ID {
	if ne, ok := err.(net.Error); !ok || !ne.Timeout() {
		return reason.ClientClosed
	}
	d.silent.Lock()
	defer d.silent.Unlock()
	if d.silent.closed {
		return reason.Shutdown
	}
	return reason.DoorTimeout
}

// readSome appends what is there to b, waiting for it if need be. While it
// waits it holds no buffer: there may be very many silent connections.
func readSome(nc *net.TCPConn, b []byte) ([]byte, error) {
	rc, err := nc.SyscallConn()
	if err != nil {
		return b, err
	}
	var n int
	var readErr error
	err = rc.Read(func(fd uintptr) bool {
		buf := bytebufferpool.Get()
		defer bytebufferpool.Put(buf)
		if cap(buf.B) < readAtOnce {
			buf.B = make([]byte, readAtOnce)
		}
		if n, readErr = unix.Read(int(fd), buf.B[:readAtOnce]); n > 0 {
			b = append(b, buf.B[:n]...)
		}
		return readErr != unix.EAGAIN && readErr != unix.EINTR
	})
	switch {
	case err != nil:
		return b, err
	case readErr != nil:
		return b, readErr
	case n <= 0:
		return b, net.ErrClosed
	}
	return b, nil
}

// readAtOnce holds an ordinary first packet whole.
const readAtOnce = 4 << 10

// laneFor picks the lane: its home, or the one with the fewest connections.
func (e *Engine) laneFor(h Home) *lane {
	if h.Pinned {
		return e.lanes[h.Hash%uint64(len(e.lanes))]
	}
	least := e.lanes[0]
	for _, l := range e.lanes[1:] {
		if l.load.Load() < least.load.Load() {
			least = l
		}
	}
	return least
}

// refuse tells a client in its protocol's words that it cannot come in. The
// client's own first words are read for it where they decide how to say so.
func (e *Engine) refuse(l *listener, nc *net.TCPConn, why reason.ID) {
	first, _, failed := e.readFirst(l, nc)
	if failed != reason.None {
		e.turnAway(nc, why)
		return
	}
	peer := session.Peer{ID: e.door.lastID.Add(1), Remote: nc.RemoteAddr(), Local: nc.LocalAddr()}
	words := l.protocol.AppendRefusal(nil, first, peer, why)
	if len(words) > 0 {
		_ = nc.SetDeadline(time.Now().Add(refusalTime))
		if _, err := nc.Write(words); err == nil && nc.CloseWrite() == nil {
			var b [512]byte
			for {
				if _, err := nc.Read(b[:]); err != nil {
					break
				}
			}
		}
	}
	e.turnAway(nc, why)
}

// refusalTime is how long a refused client may take to read why.
const refusalTime = time.Second
