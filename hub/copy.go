package hub

import (
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// Sender is the source of a message as its receivers' lanes see it.
type Sender struct {
	Owner  uint32 // on Lane
	Lane   uint16
	NoEcho bool
	// Receipt names the one on Lane that what becomes of copies of QoS 1 and 2 is
	// told to (Lane.Answered); 0: none.
	Receipt uint32
}

// Copy says how one copy of a message is to be delivered. It belongs to the
// caller of Deliver and dies with the call.
type Copy struct {
	// QoS is the quality of service to deliver with. Above 0, room for
	// Cost(m) bytes is reserved in the subscription's Quota: a receiver that
	// answers None owes it, and gives it back with Lane.Release.
	QoS uint8
	// Online: the member of a group was picked as one that is connected. One that
	// is not any more declines, and another gets the message.
	Online bool
	// Dup: another member of the group may have had it already.
	Dup bool
	// Joint: NATS members take part in this share (docs/architecture.md,
	// "Groups"); to be handed back with Redispatch.
	Joint bool
	From  Sender
	// Also holds the owner's further subscriptions that match, when it asked
	// for merged copies; they get no call of their own.
	Also []trie.Ref
}

// Wants tells whether a subscription of Also, or the one that Deliver is called
// on, is meant: not one with No Local when its owner has published.
func (c *Copy) Wants(ref *trie.Ref) bool {
	return ref.Flags&FlagNoLocal == 0 || !c.From.own(ref)
}

// plainCopy is that of QoS 0 for one subscription, read only.
var plainCopy = new(Copy)

// Outcome tells what became of a publish.
type Outcome struct {
	// Matched counts connected subscriptions, after echo and No Local: one for
	// each group, merged subscriptions once. Zero is the NATS 503.
	Matched int
	// Stored counts sessions without a connection that keep a copy.
	Stored int
	// Assured counts accepted copies of QoS 1 and 2: each owes an answer.
	Assured int
	// Full counts copies of QoS 1 or 2 for which there was no room, and a message
	// that could not be retained.
	Full int
	// Why is the reason of one of those, None when there is none.
	Why reason.ID
	// Refused: it never came to Publish, for the reason Why.
	Refused bool
	// Deferred: the store of retained messages has not answered, or answers before
	// this one wait for it. Acks hear of it later.
	Deferred bool
}

// full counts a copy for which there was no room.
func (o *Outcome) full(why reason.ID) {
	o.Full++
	o.Why = why
}

// Granted is the QoS that a subscription with these flags takes at most.
func Granted(flags uint16) uint8 { return granted(flags) }

func granted(flags uint16) uint8 {
	switch {
	case flags&FlagQoS2 != 0:
		return 2
	case flags&FlagQoS1 != 0:
		return 1
	}
	return 0
}

// own tells whether ref is a subscription of the sender.
func (s Sender) own(ref *trie.Ref) bool { return ref.Owner == s.Owner && ref.Lane == s.Lane }
