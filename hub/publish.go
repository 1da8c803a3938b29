package hub

import (
	"bytes"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// Publisher is a session as the source of messages. The zero value with an
// Owner is ready; it belongs to the session's lane.
type Publisher struct {
	Owner  uint32
	NoEcho bool // nothing of it goes to its owner's own subscriptions
	Acks   Acks // asked only for publishes with a token

	last *Route // memo: most publishers repeat their subject
}

// Acks hears what became of publishes.
type Acks interface {
	// Published is called once for each Publish with a token, on the
	// publisher's lane, in the order of the publishes; it may be called before
	// Publish returns. matched is as in Publish.
	Published(token uint64, matched int)
}

// Publish hands m to everybody who is subscribed to its subject and returns
// how many connected subscriptions that are: after echo and No Local, one for
// each queue group, merged subscriptions counted once. Zero is the NATS 503
// and MQTT 5's 0x10. Members on other lanes get their copy after EndTurn; one
// that closes meanwhile was counted all the same.
//
// token is given back to from.Acks; 0 asks for no answer. m may be reused as
// soon as Publish returns.
func (l *Lane) Publish(from *Publisher, m *message.Message, token uint64) (matched int) {
	l.serial++
	l.traffic.turn.In++
	l.traffic.turn.InBytes += uint64(len(m.Payload) + len(m.Headers) + len(m.Properties))

	r := from.last
	if r == nil || !bytes.Equal(r.Subject, m.Subject) || !l.current(r) {
		r = l.route(m.Subject)
		from.last = r
	}
	if r.drop != reason.None {
		l.Reasons.Add(r.drop, 1)
	}
	matched = r.plain
	if from.NoEcho || r.special {
		matched = l.publishSpecial(from, r, m)
	} else if r.lanes != nil {
		l.deliverAll(r, r.lanes[l.index], m)
		for _, to := range r.remote {
			l.mail(to, r, m, item{from: l.sender(from)})
		}
	}
	for i := range r.groups {
		if l.pick(from, r, m, i) {
			matched++
		}
	}
	if token != 0 {
		from.Acks.Published(token, matched)
	}
	return matched
}

// LastSubject is the canonical subject of the publisher's last Publish, nil
// when there is none or it was forgotten. It never changes.
func (p *Publisher) LastSubject() []byte {
	if p.last == nil {
		return nil
	}
	return p.last.Subject
}

// Forget drops the publisher's memo, for sessions that fall silent.
func (p *Publisher) Forget() { p.last = nil }

// deliverAll gives m to members of this lane, none of which is special.
func (l *Lane) deliverAll(r *Route, refs []trie.Ref, m *message.Message) {
	for i := range refs {
		if s := l.subscriber(&refs[i]); s != nil {
			l.deliver(s, r, m, nil)
		}
	}
}

// publishSpecial is Publish's way when members may be skipped or merged.
func (l *Lane) publishSpecial(from *Publisher, r *Route, m *message.Message) (matched int) {
	if r.lanes == nil {
		return 0
	}
	matched = l.deliverSpecial(l.sender(from), r, r.lanes[l.index], m)
	for _, to := range r.remote {
		matched += countMerged(r.lanes[to])
		l.mail(to, r, m, item{from: l.sender(from)})
	}
	return matched
}

func (l *Lane) sender(p *Publisher) sender {
	return sender{owner: p.Owner, lane: uint16(l.index), noEcho: p.NoEcho}
}

// deliverSpecial gives m to members of this lane, one copy for those that are
// merged, none to the sender's own that do not want it (the zero sender has
// none here).
func (l *Lane) deliverSpecial(from sender, r *Route, refs []trie.Ref, m *message.Message) (copies int) {
	for i := 0; i < len(refs); {
		n := 1
		for i+n < len(refs) && merged(&refs[i], &refs[i+n]) {
			n++
		}
		copies += l.deliverMerged(from, r, refs[i:i+n], m)
		i += n
	}
	return copies
}

// deliverMerged delivers one copy to the first of refs that wants it.
func (l *Lane) deliverMerged(from sender, r *Route, refs []trie.Ref, m *message.Message) int {
	if refs[0].Owner == from.owner {
		if from.noEcho {
			return 0
		}
		for len(refs) > 0 && refs[0].Flags&FlagNoLocal != 0 {
			refs = refs[1:]
		}
	}
	for i := range refs {
		if s := l.subscriber(&refs[i]); s != nil {
			l.deliver(s, r, m, refs[i+1:])
			return 1
		}
	}
	return 0
}

func countMerged(refs []trie.Ref) (n int) {
	for i := range refs {
		if i == 0 || !merged(&refs[i-1], &refs[i]) {
			n++
		}
	}
	return n
}

// deliver gives one copy to s and counts what became of it.
func (l *Lane) deliver(s Subscriber, r *Route, m *message.Message, also []trie.Ref) {
	if why := s.Deliver(m, r, also); why != reason.None {
		l.Reasons.Add(why, 1)
		return
	}
	l.delivered(m)
}

func (l *Lane) delivered(m *message.Message) {
	l.traffic.turn.Out++
	l.traffic.turn.OutBytes += uint64(len(m.Payload) + len(m.Headers) + len(m.Properties))
}
