package engine

import (
	"net"
	"time"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/reason"
)

// connRate spreads the connections of one listener over time: a second's worth
// at once, then as many in a second as there may be. It belongs to the accept
// loop.
type connRate struct {
	perSecond int       // 0 = no bound
	next      time.Time // when the next connection may come in; the past: how many at once
}

// take lets one connection in, or returns how long it has to wait.
func (r *connRate) take(now time.Time) time.Duration {
	if earliest := now.Add(-time.Second); r.next.Before(earliest) {
		r.next = earliest
	}
	next := r.next.Add(time.Second / time.Duration(r.perSecond))
	if wait := next.Sub(now); wait > 0 {
		return wait
	}
	r.next = next
	return 0
}

// longestQueueing is how long a connection may have waited in the kernel's queue
// before it is told that there are too many. Clients give up after 2 s (nats.go)
// or later: beyond this, waiting would only let in those that have left.
const longestQueueing = time.Second

// admit holds the accept loop back until the connection may come in, and says
// why it may not; false: the listener is to end, and the connection is closed.
func (l *listener) admit(nc *net.TCPConn) (why reason.ID, goOn bool) {
	r := &l.rate
	if r.perSecond == 0 {
		return reason.None, true
	}
	wait := r.take(time.Now())
	if wait == 0 {
		return reason.None, true
	}
	if queued(nc) > longestQueueing {
		return reason.ConnectionRateExceeded, true
	}
	l.engine.reasons.Add(reason.ConnectionDelayed, 1)
	for ; wait > 0; wait = r.take(time.Now()) {
		select {
		case <-l.closing:
			_ = nc.Close()
			return reason.None, false
		case <-time.After(wait):
		}
	}
	return reason.None, true
}

// queued is for how long an accepted connection has been in the kernel's queue,
// or since it last said something there; 0 when the kernel does not know.
func queued(nc *net.TCPConn) time.Duration {
	rc, err := nc.SyscallConn()
	if err != nil {
		return 0
	}
	var ms uint32
	_ = rc.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			ms = info.Last_ack_recv
		}
	})
	return time.Duration(ms) * time.Millisecond
}
