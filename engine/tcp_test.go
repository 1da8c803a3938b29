package engine

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// option reads an option of the only connection's socket on its lane.
func (r *rig) option(level, opt int) (value int) {
	r.t.Helper()
	r.on(0, func(l *lane) {
		var err error
		if value, err = unix.GetsockoptInt(l.conns[0].sock.Fd(), level, opt); err != nil {
			r.t.Error(err)
		}
	})
	return value
}

// connected is a rig with one connection whose session is open.
func connected(t *testing.T, o TCP) *rig {
	t.Helper()
	r := start(t, 1, Options{TCP: o})
	r.serve(&lines{})
	r.dial("").ask("hello")
	return r
}

func TestConnectionsHaveTheSocketOptions(t *testing.T) {
	r := connected(t, TCP{
		Nagle:         true,
		KeepAlive:     80 * time.Second,
		UserTimeout:   12345 * time.Millisecond,
		SendBuffer:    40 << 10,
		ReceiveBuffer: 24 << 10,
	})
	for _, w := range []struct {
		name             string
		level, opt, want int
	}{
		{"TCP_NODELAY", unix.IPPROTO_TCP, unix.TCP_NODELAY, 0},
		{"SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{"TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 80},
		{"TCP_KEEPINTVL", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 20},
		{"TCP_KEEPCNT", unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 4},
		{"TCP_USER_TIMEOUT", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 12345},
		{"SO_SNDBUF", unix.SOL_SOCKET, unix.SO_SNDBUF, 80 << 10},
		{"SO_RCVBUF", unix.SOL_SOCKET, unix.SO_RCVBUF, 48 << 10},
	} {
		if got := r.option(w.level, w.opt); got != w.want {
			t.Errorf("%s of a connection is %d, want %d", w.name, got, w.want)
		}
	}
}

func TestWithoutOptionsSocketsDoNotDelayAndAskForNobody(t *testing.T) {
	r := connected(t, TCP{})
	for _, w := range []struct {
		name             string
		level, opt, want int
	}{
		{"TCP_NODELAY", unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
		{"SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 0},
		{"TCP_USER_TIMEOUT", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 0},
	} {
		if got := r.option(w.level, w.opt); got != w.want {
			t.Errorf("%s of a connection is %d, want %d", w.name, got, w.want)
		}
	}
}

// backlog is how many connections may wait at the rig's listener.
func (r *rig) backlog() (n int) {
	r.t.Helper()
	rc, err := r.listeners.byName["lines"].socket.SyscallConn()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := rc.Control(func(fd uintptr) { n = backlogOf(int(fd)) }); err != nil {
		r.t.Fatal(err)
	}
	return n
}

func TestTheBacklogIsTheOneAskedFor(t *testing.T) {
	r := start(t, 1, Options{TCP: TCP{Backlog: 17}})
	r.serve(&lines{})
	if n := r.backlog(); n != 17 {
		t.Errorf("%d connections may wait to be accepted, want 17", n)
	}
	r.dial("").ask("hello")
}

// What the kernel cuts down is said.
func TestSmallerBuffersThanAskedForAreWarnedOf(t *testing.T) {
	var log bytes.Buffer
	const tooMuch = 1<<30 - 1
	r := start(t, 1, Options{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		TCP:    TCP{Backlog: tooMuch, SendBuffer: tooMuch, ReceiveBuffer: tooMuch},
	})
	r.serve(&lines{})
	given := r.backlog()
	r.stop() // from here on nobody writes to the log
	if given >= tooMuch {
		t.Fatalf("this kernel lets %d connections wait", given)
	}
	for _, sysctl := range []string{"net.core.somaxconn", "net.core.wmem_max", "net.core.rmem_max"} {
		if !strings.Contains(log.String(), "sysctl="+sysctl) {
			t.Errorf("the log does not name %s:\n%s", sysctl, log.String())
		}
	}
}

// A connection that says nothing stays in the kernel: those that come after it
// are served while nobody counts it. Where the server speaks first, nothing
// is deferred.
func TestSilentConnectionsAreDeferred(t *testing.T) {
	for _, c := range []struct {
		name        string
		clientFirst bool
		o           TCP
		want        int
	}{
		{"deferred", true, TCP{DeferAccept: 10 * time.Second}, 1},
		{"not asked for", true, TCP{}, 2},
		{"the server speaks first", false, TCP{DeferAccept: 10 * time.Second}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, 1, Options{TCP: c.o})
			r.serve(&lines{pinned: c.clientFirst})
			silent := r.dial("")
			speaks := r.dial("@0\n")
			speaks.ask("hello") // accepted after the silent one would have been
			if n := r.Connections(); n != c.want {
				t.Errorf("%d connections, want %d", n, c.want)
			}
			silent.send("@0\n")
			silent.ask("hello")
		})
	}
}
