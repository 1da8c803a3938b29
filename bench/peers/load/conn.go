package load

import (
	"errors"
	"fmt"
	"io"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// patience is how long a server may take for any one answer, in seconds.
const patience = 20

// errAgain says that a socket has no bytes, or no room, for now.
var errAgain = errors.New("not now")

// conn is one client connection. It starts blocking, with patience.
type conn struct {
	fd      int
	dialect wire.Dialect
	left    []byte // the start of a frame whose rest has not come
}

// dial connects from source, or from wherever the kernel likes if it is not
// valid, and sends opening.
func dial(d wire.Dialect, to netip.AddrPort, source netip.Addr, opening []byte) (*conn, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	c := &conn{fd: fd, dialect: d}
	if err := c.open(to, source, opening); err != nil {
		c.close()
		return nil, fmt.Errorf("connect to %s: %w", to, err)
	}
	return c, nil
}

func (c *conn) open(to netip.AddrPort, source netip.Addr, opening []byte) error {
	wait := unix.Timeval{Sec: patience}
	if err := errors.Join(
		unix.SetsockoptInt(c.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
		unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait),
		unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &wait),
	); err != nil {
		return err
	}
	if source.IsValid() {
		// Without this option bind would take a port for good, whatever the
		// destination.
		if err := unix.SetsockoptInt(c.fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); err != nil {
			return err
		}
		if err := unix.Bind(c.fd, &unix.SockaddrInet4{Addr: source.As4()}); err != nil {
			return err
		}
	}
	if err := unix.Connect(c.fd, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}); err != nil {
		return err
	}
	n, err := c.write(opening)
	if err == nil && n < len(opening) {
		err = io.ErrShortWrite
	}
	return err
}

// join connects, with a subscription unless filter is empty, and waits until
// the server has answered.
func join(d wire.Dialect, to netip.AddrPort, id, filter string) (*conn, error) {
	opening, answers := d.Hello(id, filter)
	c, err := dial(d, to, netip.Addr{}, opening)
	if err != nil {
		return nil, err
	}
	for buf := make([]byte, 16<<10); answers > 0; {
		if err := c.walk(buf, func(kind wire.Kind, _ []byte) error {
			if kind == wire.Answer {
				answers--
			}
			return nil
		}); err != nil {
			c.close()
			return nil, fmt.Errorf("%s waits for the server's answer: %w", id, err)
		}
	}
	return c, nil
}

// walk reads once and passes each whole frame to handle, except Pings, which
// it answers. Frames alias buf.
func (c *conn) walk(buf []byte, handle func(kind wire.Kind, frame []byte) error) error {
	in, err := c.read(buf)
	if err != nil {
		return err
	}
	for {
		kind, n, err := c.dialect.Next(in)
		switch {
		case err != nil:
			return err
		case kind == wire.Incomplete:
			c.keep(in)
			return nil
		case kind == wire.Ping:
			err = c.pong()
		default:
			err = handle(kind, in[:n])
		}
		if err != nil {
			return err
		}
		in = in[n:]
	}
}

// read reads once into buf, behind what the last read left over, and returns
// both. The caller gives to keep what it did not use.
func (c *conn) read(buf []byte) ([]byte, error) {
	n := copy(buf, c.left)
	for {
		m, err := unix.Read(c.fd, buf[n:])
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return nil, errAgain
		case err != nil:
			return nil, err
		case m == 0:
			return nil, errors.New("the server closed the connection")
		}
		return buf[:n+m], nil
	}
}

func (c *conn) keep(rest []byte) { c.left = append(c.left[:0], rest...) }

// write writes once and returns how much the socket took.
func (c *conn) write(b []byte) (int, error) {
	for {
		n, err := unix.Write(c.fd, b)
		switch err {
		case nil:
			return n, nil
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return 0, errAgain
		}
		return 0, err
	}
}

func (c *conn) pong() error {
	_, err := c.write(c.dialect.Pong())
	return err
}

func (c *conn) close() { _ = unix.Close(c.fd) }
