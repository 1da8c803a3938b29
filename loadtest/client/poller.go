package client

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// poller is an epoll set. It is level-triggered and knows sockets by a slot
// number of the caller's.
type poller struct {
	fd     int
	events []unix.EpollEvent
	coarse bool // the kernel has no epoll_pwait2: waits are in whole ms
}

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return &poller{fd: fd, events: make([]unix.EpollEvent, 512)}, nil
}

func (p *poller) add(fd int, slot int32, events uint32) error {
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: slot})
}

func (p *poller) change(fd int, slot int32, events uint32) error {
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_MOD, fd, &unix.EpollEvent{Events: events, Fd: slot})
}

// wait returns what is ready after at most d. A wait that is cut short by a
// signal returns nothing.
func (p *poller) wait(d time.Duration) ([]unix.EpollEvent, error) {
	n, err := p.poll(max(d, 0))
	if err == unix.EINTR {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return p.events[:n], nil
}

// poll waits to the ns where the kernel can: open loops of thousands of
// messages a second would otherwise go in steps of a ms, or spin.
func (p *poller) poll(d time.Duration) (int, error) {
	if d > 0 && !p.coarse {
		ts := unix.NsecToTimespec(int64(d))
		n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])),
			uintptr(len(p.events)), uintptr(unsafe.Pointer(&ts)), 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.ENOSYS:
			p.coarse = true
		default:
			return 0, errno
		}
	}
	return unix.EpollWait(p.fd, p.events, int(d.Milliseconds()))
}

func (p *poller) close() { _ = unix.Close(p.fd) }
