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
	bell   int // an eventfd: other goroutines end a wait with it
	events []unix.EpollEvent
	coarse bool // the kernel has no epoll_pwait2: waits are in whole ms
}

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	bell, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	p := &poller{fd: fd, bell: bell, events: make([]unix.EpollEvent, 512)}
	if err := p.add(bell, bellSlot, unix.EPOLLIN); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// bellSlot is the slot number of the bell.
const bellSlot = -1

// ring ends a wait, now or the next one. Any goroutine may call it.
func (p *poller) ring() {
	one := [8]byte{1}
	_, _ = unix.Write(p.bell, one[:]) // it can only fail when it has been rung very often
}

// heard takes back what ring has done.
func (p *poller) heard() {
	var b [8]byte
	_, _ = unix.Read(p.bell, b[:])
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

func (p *poller) close() {
	_ = unix.Close(p.bell)
	_ = unix.Close(p.fd)
}
