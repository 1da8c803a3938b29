package engine

import (
	"bytes"
	"errors"
	"net"
	"sync"

	"github.com/isthmus-mq/isthmus/reason"
)

// entrance brings connections onto its lane. Enrolling one waits for the loop,
// so it is done by goroutines, which last as long as there is somebody to bring
// in: in a storm a few of them serve all.
type entrance struct {
	lane *lane
	most int // goroutines; each has a connection with two descriptors

	mu      sync.Mutex
	queue   []*entry
	from    int // queue[from:] waits
	porters int
}

// entry is what the door hands over with a connection.
type entry struct {
	from   *listener
	socket *net.TCPConn
	first  []byte // read already, not parsed
}

func (t *entrance) init(l *lane, most int) { t.lane, t.most = l, most }

// add takes an entry in; any goroutine but the loop may call it.
func (t *entrance) add(e *entry) {
	t.mu.Lock()
	if t.from > len(t.queue)/2 {
		t.queue = t.queue[:copy(t.queue, t.queue[t.from:])]
		t.from = 0
	}
	t.queue = append(t.queue, e)
	more := t.porters < t.most
	if more {
		t.porters++
	}
	t.mu.Unlock()
	if more {
		go t.bring()
	}
}

// take returns the next entry; nil: there is none, and the porter is off.
func (t *entrance) take() *entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.from == len(t.queue) {
		t.queue, t.from = nil, 0
		t.porters--
		return nil
	}
	e := t.queue[t.from]
	t.queue[t.from] = nil
	t.from++
	return e
}

// bring is a porter.
func (t *entrance) bring() {
	for e := t.take(); e != nil; e = t.take() {
		t.enrol(e)
	}
}

// enrol puts one connection on the lane, or ends it.
func (t *entrance) enrol(e *entry) {
	l := t.lane
	engine := l.engine
	e.from.slim(e.socket)
	c := &Conn{lane: l, id: engine.door.lastID.Add(1), aside: &aside{entry: e}}
	_, err := l.client.EnrollContext(e.socket, c)
	if err == nil && c.sock == nil {
		// gnet reports success when the loop's epoll set takes no more.
		err = errNotOpened
	}
	if err != nil {
		l.load.Add(-1)
		engine.opts.Logger.Warn("a connection could not be taken in", "listener", e.from.name, "error", err)
		engine.dismiss(e.socket, reason.EnrollFailed)
		return
	}
	engine.door.entering.Add(-1)
}

var errNotOpened = errors.New("the loop did not take the connection")

// slim makes the addresses of a connection, which live as long as it does, hold
// no more memory than they need: each lies in a larger value of the system
// call's, and the local ones are nearly all the same.
func (l *listener) slim(socket *net.TCPConn) {
	if to, ok := socket.LocalAddr().(*net.TCPAddr); ok {
		seen := l.local.Load()
		if seen == nil || !bytes.Equal(*seen, to.IP) {
			fresh := exact(to.IP)
			seen = &fresh
			l.local.Store(seen)
		}
		to.IP = *seen
	}
	if from, ok := socket.RemoteAddr().(*net.TCPAddr); ok {
		from.IP = exact(from.IP)
	}
}

func exact(ip net.IP) net.IP {
	b := make(net.IP, len(ip))
	copy(b, ip)
	return b
}
