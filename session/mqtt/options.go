package mqtt

import (
	"time"

	"github.com/cespare/xxhash/v2"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// Options are the same for all MQTT sessions of a process. Use NewOptions.
type Options struct {
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

	connectLimits codec.Limits
}

const (
	// headroom is what a PUBLISH may hold beside its payload, in bytes: a topic
	// of any length and as much again in properties.
	headroom = 128 << 10
	// maxConnectPacket bounds what a client may send before it is known, in
	// bytes, will included. It is what the door reads at most, so that no client
	// identifier that is accepted lies beyond it.
	maxConnectPacket = 128 << 10
	// maxUserProperties bounds the work that one packet can ask for.
	maxUserProperties = 1024
	// defaultConnectTimeout is generous to devices on slow radio links.
	defaultConnectTimeout = 10 * time.Second
	// receiveMaximum is how many QoS 2 publishes of a client may be unfinished.
	receiveMaximum = 1024
)

// NewOptions returns options for payloads of up to maxPayload bytes.
func NewOptions(maxPayload int) *Options {
	o := &Options{
		Limits: codec.Limits{
			MaxPacket:         uint32(min(maxPayload+headroom, codec.MaxPacketSize)),
			MaxUserProperties: maxUserProperties,
			StrictUTF8:        true,
		},
		MaxPayload:     maxPayload,
		ConnectTimeout: defaultConnectTimeout,
	}
	o.connectLimits = o.Limits
	o.connectLimits.MaxPacket = min(o.Limits.MaxPacket, maxConnectPacket)
	return o
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

// AppendRefusal appends the CONNACK for a client that is turned away at the
// door; nothing when its first bytes are no CONNECT.
func (o *Options) AppendRefusal(dst, first []byte, why reason.ID) []byte {
	_, v, status := codec.PeekClientID(first, o.connectLimits.MaxPacket)
	if status != codec.PeekFound {
		return dst
	}
	return appendRefusal(dst, v, codec.ReasonCode(reason.Of(why).MQTT5))
}

// appendRefusal appends a CONNACK with a failure in the version's own words;
// nothing where the version has none.
func appendRefusal(dst []byte, v codec.Version, code codec.ReasonCode) []byte {
	if v == codec.V5 {
		return codec.AppendConnack(dst, v, false, code, nil)
	}
	if rc, ok := code.ReturnCode(); ok {
		return codec.AppendConnack(dst, v, false, codec.ReasonCode(rc), nil)
	}
	return dst
}

// Lane is what the MQTT sessions of one lane share: the clients whose home it
// is, and scratch that is in use during one call only.
type Lane struct {
	hub      *hub.Lane
	opts     *Options
	clients  map[string]*Session // connected, by client identifier
	packet   codec.Packet
	msg      message.Message
	payloads session.Payloads
	subject  []byte
	reply    []byte
	gateway  []byte // gateway reply of the publish at hand
	codes    []byte
	made     uint64 // identifiers given to clients without one
}

// NewLane returns the shared part for one lane.
func NewLane(h *hub.Lane, opts *Options) *Lane {
	return &Lane{hub: h, opts: opts, clients: make(map[string]*Session)}
}
