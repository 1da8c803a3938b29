package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/reason"
)

// listener accepts connections of one protocol. Accepting is ours and not
// gnet's, which shuts its whole engine down when descriptors run out.
type listener struct {
	engine   *Engine
	name     string
	protocol Protocol
	socket   *net.TCPListener
	closing  chan struct{} // closed when the listener is to end
	done     chan struct{} // closed when the accept loop has ended
	warned   time.Time     // when the log last heard of a closed door
	rate     connRate
	local    atomic.Pointer[net.IP] // of the connection that entered last
}

// Listen opens a listener at run time. name is for logs and for Unlisten; addr
// is host:port, where an empty host means all addresses.
func (e *Engine) Listen(name, addr string, p Protocol) error {
	e.listeners.Lock()
	defer e.listeners.Unlock()
	if _, taken := e.listeners.byName[name]; taken {
		return fmt.Errorf("listener %s: there is one already", name)
	}
	config := e.opts.TCP.listenConfig(!p.Home(nil).Decided)
	socket, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return fmt.Errorf("listener %s: %w", name, err)
	}
	if err := e.opts.TCP.listening(socket.(*net.TCPListener), e.opts.Logger); err != nil {
		_ = socket.Close()
		return fmt.Errorf("listener %s: %w", name, err)
	}
	l := &listener{
		engine:   e,
		name:     name,
		protocol: p,
		socket:   socket.(*net.TCPListener),
		rate:     connRate{perSecond: e.opts.MaxConnRate},
		closing:  make(chan struct{}),
		done:     make(chan struct{}),
	}
	e.listeners.byName[name] = l
	go l.accept()
	return nil
}

// Unlisten closes a listener and waits for its accept loop. Connections that
// came through it stay.
func (e *Engine) Unlisten(name string) error {
	e.listeners.Lock()
	l := e.listeners.byName[name]
	delete(e.listeners.byName, name)
	e.listeners.Unlock()
	if l == nil {
		return fmt.Errorf("listener %s: there is none", name)
	}
	l.close()
	return nil
}

// Addr is where a listener listens, nil when there is none of that name.
func (e *Engine) Addr(name string) net.Addr {
	e.listeners.Lock()
	defer e.listeners.Unlock()
	if l := e.listeners.byName[name]; l != nil {
		return l.socket.Addr()
	}
	return nil
}

// listeners of an engine.
type listeners struct {
	sync.Mutex
	byName map[string]*listener
}

func (l *listener) close() {
	close(l.closing)
	_ = l.socket.Close()
	<-l.done
}

// Waits of an accept loop that is out of descriptors.
const (
	firstWait = 5 * time.Millisecond
	lastWait  = 100 * time.Millisecond
)

// accept runs until the socket is closed. Being out of descriptors, whether
// the kernel says so or our own count, closes the door until there is room.
func (l *listener) accept() {
	defer close(l.done)
	wait := firstWait
	for {
		if !l.engine.hasRoom() {
			if !l.hold(reason.AcceptPaused, &wait, nil) {
				return
			}
			continue
		}
		nc, err := l.socket.AcceptTCP()
		switch {
		case err == nil:
			wait = firstWait
			if l.engine.opts.TCP.Nagle {
				_ = nc.SetNoDelay(false) // Go has set it
			}
			why, goOn := l.admit(nc)
			if !goOn {
				return
			}
			l.engine.arrive(l, nc, why)
		case errors.Is(err, net.ErrClosed):
			return
		case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE),
			errors.Is(err, unix.ENOBUFS), errors.Is(err, unix.ENOMEM):
			if !l.hold(reason.DescriptorsExhausted, &wait, err) {
				return
			}
		}
		// Anything else concerned one connection only, which is gone.
	}
}

// hold counts the reason, once for each time the door closes, and waits;
// false: the listener is to end.
func (l *listener) hold(why reason.ID, wait *time.Duration, err error) bool {
	if *wait == firstWait {
		l.engine.reasons.Add(why, 1)
		l.warn(why, err)
	}
	select {
	case <-l.closing:
		return false
	case <-time.After(*wait):
	}
	*wait = min(2**wait, lastWait)
	return true
}

// warnEvery bounds the log lines of a door that opens and closes all the time.
const warnEvery = 10 * time.Second

func (l *listener) warn(why reason.ID, err error) {
	if time.Since(l.warned) < warnEvery {
		return
	}
	l.warned = time.Now()
	log := l.engine.opts.Logger
	if err != nil {
		log = log.With("error", err)
	}
	log.Warn("the door is closed until there are file descriptors", "listener", l.name,
		"reason", reason.Of(why).Name, "connections", l.engine.Connections())
}
