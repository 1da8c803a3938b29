package hub

import (
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// Subscriber receives the messages of one subscription, on the lane that it
// subscribed on.
type Subscriber interface {
	// Deliver takes one copy of m, or says why it cannot: a group then tries
	// its next member. m, r and c die when Deliver returns. m may stand for
	// several messages (m.Count), all of which are taken or none, unless c has a
	// QoS or the subscription a flag that says otherwise.
	Deliver(m *message.Message, r *Route, c *Copy) reason.ID
}

// Flags of a subscription, kept in its trie.Ref.
const (
	// FlagMQTT: the receiver needs the message's topic.
	FlagMQTT uint16 = 1 << iota
	// FlagMerge: one copy for all matching subscriptions of the same owner.
	FlagMerge
	// FlagNoLocal: not for what the same owner publishes.
	FlagNoLocal
	// FlagQoS1 and FlagQoS2: what the subscription was granted; neither: QoS 0.
	FlagQoS1
	FlagQoS2
	// FlagOffline: the session has no connection. It keeps copies of QoS 1 and
	// 2, does not count as matched, and is a group's last choice.
	FlagOffline
	// FlagCounted: the subscription ends with one of the next messages, so each
	// must be delivered by itself.
	FlagCounted
	// FlagRetain: its copies keep the RETAIN flag (Retain As Published).
	FlagRetain
	// FlagNumbered: it has a subscription identifier.
	FlagNumbered
	// FlagKeepsQoS0: the session keeps copies of QoS 0, too, while it has no
	// connection.
	FlagKeepsQoS0
)

// Subscription says what to subscribe to.
type Subscription struct {
	Filter trie.Filter
	Group  trie.Group // the zero value for a plain subscription
	Owner  uint32
	Flags  uint16
	Opens  uint32 // guard levels; see translate.Filter
	Quota  *Quota // of the session; nil: never granted more than QoS 0
}

// slot is one entry of a lane's subscription table. gen is odd while the slot
// is taken and changes at each use, so a Ref that outlives its subscription is
// recognised.
type slot struct {
	sub Subscriber
	gen uint32
}

// Subscribe adds a subscription and returns its Ref, by which Unsubscribe and
// Subscriber know it. It is effective for everything published after it, on
// this lane at once, on others from their next turn.
func (l *Lane) Subscribe(s Subscriber, what Subscription) trie.Ref {
	var at uint32
	if n := len(l.freeSlot); n > 0 {
		at = l.freeSlot[n-1]
		l.freeSlot = l.freeSlot[:n-1]
	} else {
		at = uint32(len(l.slots))
		l.slots = append(l.slots, slot{})
	}
	e := &l.slots[at]
	e.gen++
	e.sub = s
	ref := trie.Ref{
		Lane:  uint16(l.index),
		Flags: what.Flags,
		Slot:  at,
		Gen:   e.gen,
		Owner: what.Owner,
		Opens: what.Opens,
	}
	if what.Quota != nil {
		l.quotas.set(at, what.Quota)
	}
	if what.Group.Kind != trie.GroupNone {
		l.hub.shares.Add(1)
	}
	l.hub.trie.Add(what.Filter, what.Group, ref)
	add(&l.indexed.inserted, 1)
	l.changes = l.hub.trie.Changes()
	return ref
}

// Unsubscribe removes a subscription; what and ref are those of Subscribe.
// Nothing is delivered to it afterwards, not even what is on its way.
func (l *Lane) Unsubscribe(what Subscription, ref trie.Ref) {
	e := &l.slots[ref.Slot]
	if e.gen != ref.Gen {
		return
	}
	if what.Group.Kind != trie.GroupNone {
		l.hub.shares.Add(-1)
	}
	l.hub.trie.Remove(what.Filter, what.Group, ref)
	add(&l.indexed.removed, 1)
	e.gen++
	e.sub = nil
	l.quotas.set(ref.Slot, nil)
	l.freeSlot = append(l.freeSlot, ref.Slot)
	l.changes = l.hub.trie.Changes()
}

// Resubscribe changes the flags of a subscription. No message misses it or
// meets it twice meanwhile.
func (l *Lane) Resubscribe(what Subscription, ref trie.Ref, flags uint16) trie.Ref {
	changed := ref
	changed.Flags = flags
	if changed != ref {
		l.hub.trie.Replace(what.Filter, what.Group, ref, changed)
		l.changes = l.hub.trie.Changes()
	}
	return changed
}

// subscriber returns the receiver behind ref, nil when it has left.
func (l *Lane) subscriber(ref *trie.Ref) Subscriber {
	e := &l.slots[ref.Slot]
	if e.gen != ref.Gen {
		return nil
	}
	return e.sub
}

// Subscriber returns the receiver behind a Ref of this lane, nil when it has
// left. For Deliver, to look up what Copy.Also names.
func (l *Lane) Subscriber(ref trie.Ref) Subscriber { return l.subscriber(&ref) }
