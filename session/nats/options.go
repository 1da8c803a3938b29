package nats

import (
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/translate"
)

// Options are the same for all NATS sessions of a process.
type Options struct {
	session.Rates
	ServerID   string // INFO server_id: 56 characters, begins with N
	ServerName string
	Version    string // INFO version, x.y.z...: clients derive abilities from it
	Limits     codec.Limits
	// Announced is what else INFO says, and may change.
	Announced Announced
	// MaxSubscriptions bounds the subscriptions of one connection; 0 = none.
	MaxSubscriptions int
	// MaxSubjectTokens bounds the tokens of the subject of a SUB; 0 = no bound.
	MaxSubjectTokens int
	// Heartbeat is the time without input after which a client is pinged. After
	// MaxPings unanswered ones the connection is stale.
	Heartbeat time.Duration
	// Mount makes the mountpoint of each connection; the zero value leaves all at
	// that of the hub, which must then be a fixed one.
	Mount translate.MountTemplate
	// Retained: a SUB is answered with the retained messages that it matches.
	Retained bool
	// HeartbeatWait, unless 0, is the time after which one unanswered PING makes
	// the connection stale instead.
	HeartbeatWait time.Duration
	// IdleTimeout bounds the time from the accept to the end of the first
	// operation; 0 = no bound.
	IdleTimeout time.Duration
	// Requests answers what is asked below RequestRoot; nil: nobody does.
	Requests Requests
}

// MaxPings is nats-server's ping_max.
const MaxPings = 2

// Lane is what the NATS sessions of one lane share: scratch that is in use
// during one call only.
type Lane struct {
	hub       *hub.Lane
	opts      *Options
	mount     translate.Mountpoint // of all sessions, unless it varies
	mounted   bool
	varies    bool // each session has a mountpoint of its own
	frame     codec.Frame
	msg       message.Message
	payloads  session.Payloads
	streams   session.Streams
	libraries map[[2]string]*library
	line      []byte // of the stream at hand
	subject   []byte // mounted subject of the publish at hand
	reply     []byte // mounted reply of the publish at hand
	kept      hub.RetainedMessage
	replayed  message.Message
}

// NewLane returns the shared part for one lane.
func NewLane(h *hub.Lane, opts *Options) *Lane {
	mount := h.Hub().Mountpoint()
	return &Lane{
		hub: h, opts: opts, mount: mount, mounted: len(mount.Prefix()) > 0, varies: opts.Mount.Varies(),
		libraries: make(map[[2]string]*library),
	}
}
