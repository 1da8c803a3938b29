package hub

import (
	"crypto/rand"
	"math"
	"sync/atomic"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// Options of a Hub. The zero value of a limit means its default.
type Options struct {
	Lanes      int // at least 1
	Names      translate.Names
	Mountpoint translate.Mountpoint
	Crossing   translate.Crossing
	// ReplyKey signs gateway replies; empty = a random one, so that replies die
	// with the process.
	ReplyKey []byte
	// MaxSubject is the longest subject in bytes that still fits a control
	// line to a NATS client. Longer ones reach MQTT subscribers only.
	MaxSubject int
	// CachedRoutes bounds the routes that a lane remembers.
	CachedRoutes int
	// Strategy is how members of groups take turns.
	Strategy Strategy
	// MaxStored bounds what all sessions together may have waiting in messages
	// of QoS 1 and 2, in bytes by Cost; 0 = no bound. It is looked at once a
	// turn, so a turn may go beyond it.
	MaxStored int
	// MaxExpiry bounds for how long a message is kept, in whole seconds; 0 = no
	// bound.
	MaxExpiry time.Duration
	// Retained bounds the store of retained messages in memory.
	Retained RetainedLimits
	// RetainedStore keeps retained messages; nil: one in memory does, bounded by
	// Retained.
	RetainedStore RetainedStore
	// NoRetained: nothing is retained, whatever a message asks for.
	NoRetained bool
	// Presence is told what becomes of clients; nil: nobody is.
	Presence Presence
}

// Defaults of Options.
const (
	// DefaultMaxSubject is the longest that a NATS client could itself publish
	// on: " 0" takes the rest of a 4096-byte control line.
	DefaultMaxSubject = 4094
	// DefaultCachedRoutes is about 4 MiB a lane when routes are small.
	DefaultCachedRoutes = 16384
)

// Hub is what the lanes share.
type Hub struct {
	names        translate.Names
	mount        translate.Mountpoint
	crossing     translate.Crossing
	replyKey     []byte
	maxSubject   int
	cachedRoutes int
	strategy     Strategy
	maxStored    int64
	maxExpiry    time.Duration
	storedFull   atomic.Bool
	longReplies  longReplies
	trie         *trie.Trie
	retained     RetainedStore
	noRetained   bool
	lanes        []*Lane
	presence     Presence
	clients      Clients
	shares       atomic.Int64 // shared subscriptions and members of queue groups
}

// New returns a hub with its lanes. Each lane must be given its Post before
// its first turn.
func New(o Options) *Hub {
	h := &Hub{
		names:        o.Names,
		mount:        o.Mountpoint,
		crossing:     o.Crossing,
		maxSubject:   o.MaxSubject,
		cachedRoutes: o.CachedRoutes,
		strategy:     o.Strategy,
		maxStored:    int64(o.MaxStored),
		maxExpiry:    o.MaxExpiry,
		trie:         trie.New(0),
		retained:     NewRetained(o.Retained, o.Mountpoint),
		noRetained:   o.NoRetained,
		presence:     o.Presence,
	}
	if o.RetainedStore != nil {
		h.retained = o.RetainedStore
	}
	if h.maxStored == 0 {
		h.maxStored = math.MaxInt64
	}
	if h.maxSubject == 0 {
		h.maxSubject = DefaultMaxSubject
	}
	if h.cachedRoutes == 0 {
		h.cachedRoutes = DefaultCachedRoutes
	}
	h.replyKey = o.ReplyKey
	if len(h.replyKey) == 0 {
		h.replyKey = make([]byte, 2*translate.MinReplyKey)
		rand.Read(h.replyKey)
	}
	for i := range o.Lanes {
		h.lanes = append(h.lanes, newLane(h, i, o.Lanes))
	}
	return h
}

// Lane returns lane i.
func (h *Hub) Lane(i int) *Lane { return h.lanes[i] }

// Lanes returns their number.
func (h *Hub) Lanes() int { return len(h.lanes) }

// Names returns the process's naming mode.
func (h *Hub) Names() translate.Names { return h.names }

// Mountpoint returns where NATS clients are mounted.
func (h *Hub) Mountpoint() translate.Mountpoint { return h.mount }

// quotaOf returns the quota behind a subscription on whichever lane; nil when
// it has none, or has left.
func (h *Hub) quotaOf(ref *trie.Ref) *Quota {
	q := h.lanes[ref.Lane].quotas.of(ref.Slot)
	if q != nil && q.owner != ref.Owner {
		return nil // the slot has been given to another session
	}
	return q
}

// Retained returns the store of retained messages.
func (h *Hub) Retained() RetainedStore { return h.retained }

// Subscriptions is the number of subscriptions; any goroutine may ask.
func (h *Hub) Subscriptions() int { return h.trie.Len() }

// SharedSubscriptions is how many of them are in a group, of either protocol;
// any goroutine may ask.
func (h *Hub) SharedSubscriptions() int { return int(h.shares.Load()) }

// Clients returns the counts of clients.
func (h *Hub) Clients() *Clients { return &h.clients }

// Count sums a reason over the lanes; any goroutine may ask.
func (h *Hub) Count(id reason.ID) (n uint64) {
	for _, l := range h.lanes {
		n += l.Reasons.Of(id)
	}
	return n
}

// Traffic sums the traffic of the lanes; any goroutine may ask.
func (h *Hub) Traffic() (t Traffic) {
	for _, l := range h.lanes {
		l.traffic.addTo(&t)
	}
	return t
}
