package load

import (
	"time"

	"golang.org/x/sys/unix"
)

// poller waits for many connections, which it calls by a number of the
// caller's choice. It is level-triggered.
type poller struct {
	fd     int
	events []unix.EpollEvent
}

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	return &poller{fd: fd, events: make([]unix.EpollEvent, 1024)}, err
}

// add makes c non-blocking and reports it as number when it is readable.
func (p *poller) add(c *conn, number int) error {
	if err := unix.SetNonblock(c.fd, true); err != nil {
		return err
	}
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, c.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(number)})
}

// wantRoom says whether to report c as number when it is writable, too.
func (p *poller) wantRoom(c *conn, number int, want bool) error {
	ev := &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(number)}
	if want {
		ev.Events |= unix.EPOLLOUT
	}
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_MOD, c.fd, ev)
}

// ready is one connection that has something to do.
type ready struct {
	number         int
	readable, room bool
}

// wait calls handle for each connection that is ready, and returns after at
// most d.
func (p *poller) wait(d time.Duration, handle func(ready) error) error {
	n, err := unix.EpollWait(p.fd, p.events, int(d.Milliseconds()))
	if err == unix.EINTR {
		return nil
	}
	if err != nil {
		return err
	}
	for _, ev := range p.events[:n] {
		err := handle(ready{
			number:   int(ev.Fd),
			readable: ev.Events&^unix.EPOLLOUT != 0,
			room:     ev.Events&unix.EPOLLOUT != 0,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
