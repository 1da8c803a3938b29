package mqtt

import (
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/session"
)

// Options are the same for all MQTT sessions of a process. Use NewOptions.
type Options struct {
	Policy // by SetPolicy
	session.Rates
	// Limits hold from CONNECT on; before it the smaller connectLimits.
	Limits codec.Limits
	// MaxPayload bounds the payload of a PUBLISH in bytes, as INFO's max_payload
	// does for NATS clients: what one side may send, the other can take.
	MaxPayload int
	// ConnectTimeout is the time from a connection's arrival on its lane to a
	// complete CONNECT.
	ConnectTimeout time.Duration
	// MaxSubscriptions bounds the subscriptions of one session; 0 = none.
	MaxSubscriptions int
	// MaxInflight bounds the unacknowledged messages of QoS 1 and 2 to one client,
	// 1..65535; a client's Receive Maximum may be less.
	MaxInflight int
	// Quota bounds the messages of QoS 1 and 2 that wait for one session,
	// unacknowledged ones included.
	Quota hub.QuotaLimits
	// MaxSessions bounds the sessions that may outlive their connection.
	MaxSessions int
	// MaxSessionExpiry bounds for how long; 0 = no bound.
	MaxSessionExpiry time.Duration
	// Store is told of sessions; nil: they end with the process.
	Store session.Store

	connectLimits codec.Limits
	persistent    atomic.Int64 // sessions that may outlive their connection
}

const (
	// headroom is what a PUBLISH may hold beside its payload, in bytes: a topic
	// of any length and as much again in properties.
	headroom = 128 << 10
	// maxConnectPacket bounds what a client may send before it is known, in
	// bytes, will included. It is what the door reads at most, so that no client
	// identifier that is accepted lies beyond it.
	maxConnectPacket = 128 << 10
	// DefaultConnectTimeout is generous to devices on slow radio links.
	DefaultConnectTimeout = 10 * time.Second

	// DefaultMaxInflight keeps a subscriber busy over a millisecond's round trip
	// and is gentle to devices that must take it all again after a reconnect.
	DefaultMaxInflight = 100
	// DefaultMaxQueued is ten times the usual thousand: a burst of that size is
	// common, and bytes are what costs.
	DefaultMaxQueued = 10000
	// DefaultMaxQueuedBytes bounds the damage of one client that never returns.
	DefaultMaxQueuedBytes = 16 << 20
	// DefaultMaxSessions is that of connections.
	DefaultMaxSessions = 1024000
	// DefaultMaxSessionExpiry is RabbitMQ's, the only peer with a finite one.
	DefaultMaxSessionExpiry = 24 * time.Hour
)

// NewOptions returns options for payloads of up to maxPayload bytes.
func NewOptions(maxPayload int) *Options {
	o := &Options{
		Limits:           codec.Limits{MaxPacket: uint32(min(maxPayload+headroom, codec.MaxPacketSize))},
		MaxPayload:       maxPayload,
		ConnectTimeout:   DefaultConnectTimeout,
		MaxInflight:      DefaultMaxInflight,
		Quota:            hub.QuotaLimits{Messages: DefaultMaxQueued, Bytes: DefaultMaxQueuedBytes},
		MaxSessions:      DefaultMaxSessions,
		MaxSessionExpiry: DefaultMaxSessionExpiry,
	}
	o.SetPolicy(DefaultPolicy())
	return o
}

// SetPolicy makes p hold, before the first session.
func (o *Options) SetPolicy(p Policy) {
	o.Policy = p
	o.Limits.MaxUserProperties, o.Limits.StrictUTF8 = uint32(p.MaxUserProperties), p.StrictUTF8
	o.connectLimits = o.Limits
	o.connectLimits.MaxPacket = min(o.Limits.MaxPacket, maxConnectPacket)
}

// Home tells from the first bytes of a connection to which lane it belongs:
// that of its client identifier, always the same. decided false: more bytes
// are needed. pinned false: any lane; an empty identifier gets one made for
// the lane, and anything that is no CONNECT gets its answer anywhere.
func (o *Options) Home(first []byte) (hash uint64, pinned, decided bool) {
	id, _, status := codec.PeekClientID(first, o.connectLimits.MaxPacket)
	switch {
	case status == codec.PeekNeedMore:
		return 0, false, false
	case status == codec.PeekUndecidable || len(id) == 0:
		return 0, false, true
	}
	return xxhash.Sum64(id), true, true
}

// Persistent is the number of sessions that may outlive their connection; any
// goroutine may ask.
func (o *Options) Persistent() int { return int(o.persistent.Load()) }

// Lane is what the MQTT sessions of one lane share: the sessions whose home it
// is, and scratch that is in use during one call only.
type Lane struct {
	hub      *hub.Lane
	opts     *Options
	states   map[string]*state // by client identifier
	packet   codec.Packet
	msg      message.Message
	payloads session.Payloads
	streams  session.Streams
	subject  []byte
	reply    []byte
	gateway  []byte // gateway reply of the publish at hand
	codes    []byte
	bare     []byte // properties of the publish at hand without its alias
	head     []byte // of the packets of the stream at hand
	section  []byte // properties of the PUBLISH at hand
	connack  []byte // the CONNACK at hand
	parting  []byte // the last packet of the connection at hand
	words    []byte // properties of the acknowledgement at hand
	ids      []byte // its subscription identifiers
	request  []byte // topic of the request at hand
	topic    []byte // of the retained message at hand
	kept     hub.RetainedMessage
	replayed hub.Route
	made     uint64 // identifiers given to clients without one
	keeping  keeping
	windows  windows
	again    message.Message // a kept message that is published again
	one      message.Message // of a stream
	patched  []byte          // its properties
}

// NewLane returns the shared part for one lane.
func NewLane(h *hub.Lane, opts *Options) *Lane {
	return &Lane{hub: h, opts: opts, states: make(map[string]*state)}
}
