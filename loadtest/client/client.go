package client

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/codec/nats"
)

// errClosed is what the end of a stream says.
var errClosed = errors.New("closed by the server")

type state uint8

const (
	stateConnecting state = iota
	stateGreeting         // NATS: waiting for INFO
	stateAnswering        // waiting for PONG or CONNACK
	stateOpen
	stateClosed
)

func (s state) String() string {
	switch s {
	case stateConnecting:
		return "no TCP connection"
	case stateGreeting:
		return "no INFO"
	case stateAnswering:
		return "no answer to CONNECT"
	case stateOpen:
		return "open"
	}
	return "closed"
}

// Client is one connection.
type Client struct {
	Number int   // the handler's
	Began  int64 // when it was dialled
	// ReceiveMax is how many unacknowledged messages the server takes; 0: it has
	// not said.
	ReceiveMax uint16

	loop     *Loop
	on       Handler
	opts     *Options
	id       string
	fd       int
	slot     int32
	watching uint32 // events
	state    state
	paused   bool
	lastID   uint16

	out   []byte // from at on it waits; nil if nothing does
	at    int
	spoke int64 // when something was last sent, as l.Now

	fences []uint16 // what the next PONGs answer: a subscription, or 0 for a Ping
	words  string   // the server's last ones

	nats nats.Parser
	mqtt mqtt.Decoder
}

func (c *Client) init() {
	if c.opts.Protocol == NATS {
		c.nats.Init(nats.FromServer, nil)
		return
	}
	c.mqtt.Init(mqtt.FromServer, nil)
	c.mqtt.SetVersion(c.opts.Version)
}

// Open reports whether the server has accepted the connection and it is there.
func (c *Client) Open() bool { return c.state == stateOpen }

// Speaks is the connection's protocol.
func (c *Client) Speaks() Protocol { return c.opts.Protocol }

// Version is the version of MQTT that the connection speaks.
func (c *Client) Version() mqtt.Version { return c.opts.Version }

// ID is the MQTT client identifier or the NATS client name.
func (c *Client) ID() string { return c.id }

// Blocked reports that the socket took no more at the last Flush.
func (c *Client) Blocked() bool { return c.at < len(c.out) && c.watching&unix.EPOLLOUT != 0 }

// Waiting is how many bytes are to be sent.
func (c *Client) Waiting() int { return len(c.out) - c.at }

// ready handles what epoll says.
func (c *Client) ready(events uint32) {
	if c.state == stateConnecting {
		if err := connected(c.fd); err != nil {
			c.end(err)
			return
		}
		c.greet()
		return
	}
	if events&unix.EPOLLOUT != 0 {
		c.Flush()
	}
	if c.state == stateClosed {
		return
	}
	if c.paused && events&(unix.EPOLLHUP|unix.EPOLLERR|unix.EPOLLRDHUP) != 0 {
		c.end(errClosed)
		return
	}
	if events&^unix.EPOLLOUT != 0 && !c.paused {
		c.receive()
	}
}

// greet begins the conversation on a new TCP connection.
func (c *Client) greet() {
	if c.opts.Protocol == NATS {
		c.state = stateGreeting
	} else {
		c.state = stateAnswering
		c.connectMQTT()
	}
	c.Flush()
	c.watch()
}

// opened is called when the server has accepted.
func (c *Client) opened() {
	c.state = stateOpen
	c.on.Opened(c)
}

// receive reads once and hands over what came.
func (c *Client) receive() {
	n, err := read(c.fd, c.loop.buf)
	if err == unix.EAGAIN {
		return
	}
	if err == nil && n == 0 {
		err = errClosed
	}
	if err == nil {
		c.loop.Now = c.loop.clock()
		if c.opts.Protocol == NATS {
			err = c.inputNATS(c.loop.buf[:n])
		} else {
			err = c.inputMQTT(c.loop.buf[:n])
		}
		if c.state == stateClosed { // by the handler
			return
		}
		c.on.Drained(c)
		if c.state == stateClosed {
			return
		}
		c.Flush()
	}
	if err != nil && c.state != stateClosed {
		var fault *mqtt.Error
		if c.state == stateAnswering && c.opts.Version == mqtt.V5 && errors.As(err, &fault) {
			err = fmt.Errorf("no CONNACK of MQTT 5.0; perhaps the server does not speak it: %w", err)
		}
		c.end(err)
	}
}

// Output returns what waits to be sent, to append to, for SetOutput.
func (c *Client) Output() []byte {
	if c.out == nil {
		c.out = c.loop.borrow()
	}
	return c.out
}

// SetOutput takes back what Output gave.
func (c *Client) SetOutput(b []byte) { c.out = b }

// Flush gives the socket what waits. What it does not take follows when it has
// room.
func (c *Client) Flush() {
	if c.out == nil || c.state == stateConnecting || c.state == stateClosed {
		return
	}
	if c.at < len(c.out) {
		n, err := write(c.fd, c.out[c.at:])
		if err != nil {
			c.endWrite(err)
			return
		}
		c.at += n
		c.spoke = c.loop.Now
	}
	if c.at == len(c.out) {
		c.loop.giveBack(c.out)
		c.out, c.at = nil, 0
	} else if c.at > FlushAt && c.at > len(c.out)/2 {
		c.out = c.out[:copy(c.out, c.out[c.at:])]
		c.at = 0
	}
	c.watch()
}

// endWrite ends a connection that cannot be written to, after reading the
// server's last words if there are any.
func (c *Client) endWrite(err error) {
	if n, _ := read(c.fd, c.loop.buf); n > 0 && !c.paused {
		var e error
		if c.opts.Protocol == NATS {
			e = c.inputNATS(c.loop.buf[:n])
		} else {
			e = c.inputMQTT(c.loop.buf[:n])
		}
		if e != nil {
			err = e
		}
	}
	if c.state != stateClosed {
		c.end(err)
	}
}

// watch tells epoll what c waits for.
func (c *Client) watch() {
	events := uint32(unix.EPOLLIN)
	if c.paused {
		events = unix.EPOLLRDHUP
	}
	if c.at < len(c.out) {
		events |= unix.EPOLLOUT
	}
	if events == c.watching {
		return
	}
	if err := c.loop.poller.change(c.fd, c.slot, events); err != nil {
		c.end(err)
		return
	}
	c.watching = events
}

// Pause stops reading, or goes on.
func (c *Client) Pause(pause bool) {
	if c.state != stateClosed && c.paused != pause {
		c.paused = pause
		c.watch()
	}
}

// end closes c for a reason that is not the handler's.
func (c *Client) end(err error) {
	if c.state == stateClosed {
		return
	}
	if c.words != "" {
		err = fmt.Errorf("%w: %s", err, c.words)
	}
	c.Close()
	c.on.Closed(c, err)
}

// Close closes without a word. The handler is not told.
func (c *Client) Close() {
	if c.state == stateClosed {
		return
	}
	c.state = stateClosed
	if c.slot >= 0 {
		_ = unix.Close(c.fd) // which also takes it from the epoll set
		c.loop.clients[c.slot] = nil
		c.loop.freed = append(c.loop.freed, c.slot)
		c.loop.live--
	}
	if c.out != nil {
		c.loop.giveBack(c.out)
		c.out, c.at = nil, 0
	}
	if c.opts.Protocol == NATS {
		c.nats.Release()
	} else {
		c.mqtt.Release()
	}
}

// Settled reports that c is open or will never be.
func (c *Client) Settled() bool { return c.state >= stateOpen }
