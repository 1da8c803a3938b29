package hub

import (
	"math/rand/v2"
	"sync/atomic"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// Post takes a mail that is ready for lane `to`. It is called at the end of a
// turn, on the sending lane, in the order in which the receiver must see the
// mails. The mail belongs to the receiver from then on.
type Post func(to int, m *Mail)

// Lane is the hub of one event loop. Except for Reasons and the counters,
// which anybody may read, it is touched on that loop only.
type Lane struct {
	Reasons reason.Counters

	hub     *Hub
	index   int
	post    Post
	catchUp func()

	slots    []slot
	freeSlot []uint32
	owners   uint32 // last one given by NewOwner

	serial  uint64 // of the message being delivered
	changes uint64 // trie.Changes as of BeginTurn or this lane's own last change
	routes  routeCache
	brief   brief
	matches trie.Matches

	out      []*Mail         // by target lane; nil where nothing waits
	posted   bool            // in this turn
	received message.Message // of the mail that is being delivered
	crossed  []byte          // the conversion of the message being delivered
	topic    []byte          // its Response Topic
	kept     message.Message
	replies  *translate.GatewayReplies
	long     []byte // the reply that OpenGatewayReply opened last
	rand     *rand.Rand
	traffic  counted

	one     message.Message // of those that are published together
	copy    Copy            // of the delivery at hand
	refused []uint32        // of the mail that is being filled

	quotas     quotas       // of this lane's subscriptions
	stored     int64        // bytes reserved on this lane, less those given back here
	storedTold atomic.Int64 // stored as of the last turn
	copies     int64        // messages reserved likewise
	copiesTold atomic.Int64 // copies as of the last turn

	clock  Clock
	timers timerHeap

	indexed   indexed // what this lane has asked of the trie
	retaining retaining
	deferred  deferred
	receipts  receipts
	delayed   delayedEvents
}

func newLane(h *Hub, index, lanes int) *Lane {
	l := &Lane{
		hub:     h,
		index:   index,
		out:     make([]*Mail, lanes),
		replies: translate.NewGatewayReplies(h.replyKey),
		rand:    rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
	}
	l.routes.init(h.cachedRoutes)
	return l
}

// SetPost connects the lane to the others; nil is allowed with one lane.
func (l *Lane) SetPost(p Post) { l.post = p }

// SetCatchUp says how the lane delivers what other lanes have posted to it; not needed
// with one lane.
func (l *Lane) SetCatchUp(f func()) { l.catchUp = f }

// CatchUp delivers, within the turn at hand, what other lanes have posted by now. It is
// for what must come behind all that was acknowledged before, as the end of a
// subscription. It may not be called while a message is published or delivered.
func (l *Lane) CatchUp() {
	if l.catchUp != nil {
		posted := l.posted
		l.catchUp()
		l.posted = l.posted || posted
	}
}

// Index is the lane's number.
func (l *Lane) Index() int { return l.index }

// Serial numbers the message that is being delivered: during Deliver it is the
// same for all receivers of one message on this lane, and never comes again.
func (l *Lane) Serial() uint64 { return l.serial }

// NewSerial begins another message, for sessions that deliver what was not
// published just now.
func (l *Lane) NewSerial() { l.serial++ }

// Hub returns what the lanes share.
func (l *Lane) Hub() *Hub { return l.hub }

// Random returns a random number, for names and choices that need no secrecy.
func (l *Lane) Random() uint64 { return l.rand.Uint64() }

// NewOwner returns a number for a session of this lane: subscriptions of one
// owner are merged where a protocol wants that, and a publisher is recognised
// by it among its own subscribers. Numbers come round again after 2^32.
func (l *Lane) NewOwner() uint32 {
	if l.owners++; l.owners == 0 {
		l.owners = 1
	}
	return l.owners
}

// BeginTurn opens a turn: after a read from a socket, or before mails are
// delivered. Routes found from now on take into account every subscription
// that was acknowledged to anybody before.
func (l *Lane) BeginTurn() {
	l.changes = l.hub.trie.Changes()
	l.posted = false
}

// EndTurn posts the mails of this turn. The caller flushes its connections
// afterwards, not before: whoever sees an acknowledgement knows that what it
// published earlier is on its way.
//
// It may be called in the middle of a turn too, before output must leave early.
// It tells whether anything has been posted in this turn.
func (l *Lane) EndTurn() (posted bool) {
	for to, m := range l.out {
		if m != nil {
			l.out[to] = nil
			l.post(to, m)
			l.posted = true
		}
	}
	l.traffic.endTurn()
	l.countStored()
	return l.posted
}
