package engine

import (
	"fmt"
	"log/slog"
	"math"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// TCP are the options of sockets. They are set on the listening socket, from
// which the kernel copies them to every connection, so none but Nagle costs a
// connection anything. Zero is the kernel's default.
type TCP struct {
	// Nagle lets the kernel hold a small write back while the peer has not
	// acknowledged the one before.
	Nagle bool
	// KeepAlive is the silence after which the kernel asks whether the peer is
	// there; after as long again without an answer the connection is gone. In
	// whole seconds; 0: never.
	KeepAlive time.Duration
	// UserTimeout is for how long the peer may leave sent bytes
	// unacknowledged, or its window shut.
	UserTimeout time.Duration
	// SendBuffer and ReceiveBuffer are bytes of data for which the kernel is
	// to have room. Given, they are fixed; 0: the kernel adapts them.
	SendBuffer, ReceiveBuffer int
	// DeferAccept is for how long a connection may stay outside until its
	// first bytes come. Not for protocols in which the server speaks first. In
	// whole seconds.
	DeferAccept time.Duration
	// Backlog is how many connections may wait to be accepted.
	Backlog int
}

// keepAliveProbes fit in as much time as the silence before them.
const keepAliveProbes = 4

// listenConfig returns what opens a listening socket with the options.
// clientFirst: the protocol's clients speak first.
func (o *TCP) listenConfig(clientFirst bool) net.ListenConfig {
	// Go's own keep-alive would cost four system calls for each connection.
	return net.ListenConfig{KeepAlive: -1, Control: func(_, _ string, rc syscall.RawConn) error {
		var failed error
		err := rc.Control(func(fd uintptr) { failed = o.set(int(fd), clientFirst) })
		if failed != nil {
			return failed
		}
		return err
	}}
}

// set is called before bind: the window scale that a connection announces
// follows from the receive buffer at that time.
func (o *TCP) set(fd int, clientFirst bool) error {
	var failed error
	option := func(name string, level, opt, value int) {
		if err := unix.SetsockoptInt(fd, level, opt, value); err != nil && failed == nil {
			failed = fmt.Errorf("%s %d: %w", name, value, err)
		}
	}
	if idle := seconds(o.KeepAlive); idle > 0 {
		option("SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
		option("TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, idle)
		option("TCP_KEEPINTVL", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, max(idle/keepAliveProbes, 1))
		option("TCP_KEEPCNT", unix.IPPROTO_TCP, unix.TCP_KEEPCNT, keepAliveProbes)
	}
	if o.UserTimeout > 0 {
		option("TCP_USER_TIMEOUT", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(o.UserTimeout.Milliseconds()))
	}
	if o.SendBuffer > 0 {
		option("SO_SNDBUF", unix.SOL_SOCKET, unix.SO_SNDBUF, o.SendBuffer)
	}
	if o.ReceiveBuffer > 0 {
		option("SO_RCVBUF", unix.SOL_SOCKET, unix.SO_RCVBUF, o.ReceiveBuffer)
	}
	if o.DeferAccept > 0 && clientFirst {
		option("TCP_DEFER_ACCEPT", unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, seconds(o.DeferAccept))
	}
	return failed
}

// listening sets what is set on a socket that listens already, and warns of
// what the kernel has given less of than it was asked for.
func (o *TCP) listening(socket *net.TCPListener, log *slog.Logger) error {
	rc, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = rc.Control(func(raw uintptr) {
		fd := int(raw)
		if o.Backlog > 0 {
			if failed = unix.Listen(fd, o.Backlog); failed != nil {
				return
			}
			if given := backlogOf(fd); given < o.Backlog {
				less(log, "listen-backlog", o.Backlog, given, "net.core.somaxconn")
			}
		}
		for _, b := range []struct {
			flag, sysctl string
			opt, asked   int
		}{
			{"tcp-send-buffer", "net.core.wmem_max", unix.SO_SNDBUF, o.SendBuffer},
			{"tcp-receive-buffer", "net.core.rmem_max", unix.SO_RCVBUF, o.ReceiveBuffer},
		} {
			// The kernel doubles what it is asked for, for its own records.
			if given, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, b.opt); err == nil && given/2 < b.asked {
				less(log, b.flag, b.asked, given/2, b.sysctl)
			}
		}
	})
	if failed != nil {
		return failed
	}
	return err
}

func less(log *slog.Logger, flag string, asked, given int, sysctl string) {
	log.Warn("the kernel gives less than the flag asks for", "flag", flag, "asked", asked, "given", given, "sysctl", sysctl)
}

// backlogOf returns how many connections may wait at a listening socket; a
// large number when the kernel does not say.
func backlogOf(fd int) int {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return math.MaxInt
	}
	return int(info.Sacked) // the field's meaning for a socket that listens
}

// seconds rounds up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
