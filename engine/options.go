package engine

import (
	"log/slog"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
)

// Options of an Engine. Zero means the default.
type Options struct {
	Hub *hub.Hub // one lane of the engine for each of its lanes
	// ReadBuffer is the size of each lane's read buffer in bytes; rounded up to
	// a power of two.
	ReadBuffer int
	// MaxPending is the number of bytes that may wait for one client after the
	// kernel has refused more; above it the client is a slow consumer.
	MaxPending int
	// MaxOutput is the number of bytes that may wait for all clients together
	// of which the kernel has refused some; above it the fattest are cut.
	MaxOutput int
	// MaxConnections bounds the connections of all listeners together. The
	// limit of file descriptors bounds them further.
	MaxConnections int
	// MaxConnRate bounds the connections that each listener takes in a second.
	// Those above it wait in the kernel's queue, for a second at most; 0 = no
	// bound.
	MaxConnRate int
	// MaxEntering bounds the connections that are at the door.
	MaxEntering int
	// DoorTimeout is the time a connection may take to say enough about itself.
	DoorTimeout time.Duration
	// Flush is when output leaves.
	Flush FlushPolicy
	// TCP are the options of the sockets of all listeners.
	TCP TCP
	// Closed is told of connections that have ended; nil: nobody is.
	Closed Closed
	Logger *slog.Logger
}

// Defaults of Options.
const (
	// DefaultReadBuffer: 256 KiB take 40 % less CPU per small message than
	// 64 KiB, and exist once per lane.
	DefaultReadBuffer = 256 << 10
	// DefaultMaxPending is nats-server's.
	DefaultMaxPending = 64 << 20
	// DefaultMaxOutput lets sixteen clients wait with all that one may have, and
	// fits the memory of a small server.
	DefaultMaxOutput = 1 << 30
	// DefaultMaxConnections is EMQX's default for a NATS listener.
	DefaultMaxConnections = 1024000
	// DefaultMaxEntering bounds the door at about 36 MiB: a silent connection
	// costs 3.6 KiB there.
	DefaultMaxEntering = 10000
	// DefaultDoorTimeout is generous to devices on slow radio links.
	DefaultDoorTimeout = 10 * time.Second
)

func (o Options) withDefaults() Options {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&o.ReadBuffer, DefaultReadBuffer)
	set(&o.MaxPending, DefaultMaxPending)
	set(&o.MaxOutput, DefaultMaxOutput)
	set(&o.MaxConnections, DefaultMaxConnections)
	set(&o.MaxEntering, DefaultMaxEntering)
	if o.DoorTimeout == 0 {
		o.DoorTimeout = DefaultDoorTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
