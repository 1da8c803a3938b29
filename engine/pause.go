package engine

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/reason"
)

// pause is a set of causes for not reading from a connection.
type pause uint8

const (
	pausedForLane  pause = 1 << iota // another lane must catch up
	pausedForClose                   // last words are on their way
	pausedForRate                    // its session wants it, until a deadline
)

// pause stops reading from c. gnet has no call for it, so the loop's epoll set
// is changed behind gnet's back (applyEvents).
func (c *Conn) pause(cause pause) {
	if !c.lane.epoll.known {
		switch cause {
		case pausedForLane:
			c.cut(reason.LaneBusy)
		case pausedForRate:
			c.cut(reason.RateExceeded)
		}
		return
	}
	c.pauses |= cause
	c.applyEvents()
}

// Hold is session.Conn's.
func (c *Conn) Hold(rest []byte, d time.Duration) {
	if c.phase != phaseOpen {
		return
	}
	a := c.putAside()
	a.held = append(a.held, rest...)
	a.deadline = max(a.deadline, c.lane.clock.now+d)
	c.pause(pausedForRate)
	c.lane.polled.add(c)
}

// resume ends a cause. With the last one, input that was held is processed;
// new input cannot come before that, since it would come in a later turn.
func (c *Conn) resume(cause pause) {
	if c.pauses&cause == 0 {
		return
	}
	if c.pauses &^= cause; c.pauses != 0 {
		return
	}
	c.applyEvents()
	held := c.takeHeld()
	if c.phase == phaseOpen {
		c.aside = nil
	}
	if len(held) > 0 {
		if c.phase == phaseOpen {
			c.lane.hub.BeginTurn()
			c.session.Input(held)
			c.lane.endTurnOf(c) // which may pause again
		}
	}
}

// applyEvents is the only place that sets which events the loop waits for. It
// is called after every pause and resume, and, while paused, after everything
// that makes gnet re-arm reading: a partial write, and the end of one.
func (c *Conn) applyEvents() {
	if !c.lane.epoll.known || c.phase == phaseClosed {
		return
	}
	var events uint32
	if c.pauses == 0 {
		events = unix.EPOLLIN | unix.EPOLLPRI
	}
	if c.sock.OutboundBuffered() > 0 {
		events |= unix.EPOLLOUT
	}
	c.lane.epoll.set(c.sock.Fd(), events)
}

// epoll is the loop's epoll descriptor.
type epoll struct {
	fd    int
	known bool
}

func (e epoll) set(fd int, events uint32) error {
	return unix.EpollCtl(e.fd, unix.EPOLL_CTL_MOD, fd, &unix.EpollEvent{Fd: int32(fd), Events: events})
}

// findEpoll finds the epoll set that watches fd, and proves it by changing the
// events of fd to what they are. Where that fails, for example without /proc,
// reads cannot be paused: connections are cut instead, and a warning says so.
func findEpoll(fd int, log *slog.Logger) epoll {
	e, err := epollOf(fd)
	if err == nil {
		err = e.set(fd, unix.EPOLLIN|unix.EPOLLPRI)
	}
	if err != nil {
		log.Warn("reading cannot be paused on this system: publishers that outrun another lane will be cut", "error", err)
		return epoll{}
	}
	return e
}

func epollOf(fd int) (epoll, error) {
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		return epoll{}, err
	}
	for _, link := range links {
		to, err := os.Readlink(link)
		if err != nil || to != "anon_inode:[eventpoll]" {
			continue
		}
		name := filepath.Base(link)
		info, err := os.ReadFile("/proc/self/fdinfo/" + name)
		if err != nil || !watches(string(info), fd) {
			continue
		}
		n, err := strconv.Atoi(name)
		return epoll{fd: n, known: err == nil}, err
	}
	return epoll{}, fmt.Errorf("no epoll set in /proc/self/fd watches descriptor %d", fd)
}

// watches reads the lines "tfd: <fd> events: ..." of an epoll's fdinfo.
func watches(info string, fd int) bool {
	for line := range strings.Lines(info) {
		f := strings.Fields(line)
		if len(f) >= 2 && f[0] == "tfd:" && f[1] == strconv.Itoa(fd) {
			return true
		}
	}
	return false
}
