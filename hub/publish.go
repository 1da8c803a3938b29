package hub

import (
	"bytes"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// Publisher is a session as the source of messages. The zero value with an
// Owner is ready; it belongs to the session's lane.
type Publisher struct {
	Owner  uint32
	NoEcho bool // nothing of it goes to its owner's own subscriptions
	Acks   Acks // asked only for publishes with a token

	last  *Route // memo: most publishers repeat their subject
	tally Tally
}

// Tally returns what it has published.
func (p *Publisher) Tally() Tally { return p.tally }

// Acks hears what became of publishes.
type Acks interface {
	// Published is called once for each Publish with a token, on the
	// publisher's lane, in the order of the publishes: before Publish returns,
	// unless the Outcome that it returns is Deferred, then in a turn to come, also
	// when the publisher's connection has ended meanwhile.
	Published(token uint64, o Outcome)
}

// Publish hands m to everybody who is subscribed to its subject. Members on
// other lanes get their copy after EndTurn; one that closes meanwhile was
// counted all the same. Room for copies of QoS 1 and 2 is reserved in the
// sessions' quotas before Publish returns, on whichever lane they live: what it
// reports as matched or stored is theirs.
//
// m.QoS is what a publisher says unless the header Mqtt-Qos of a NATS message
// says otherwise; Publish sets it when it looks. With m.Count above 1 it is as if
// each message had been published by itself; the outcome is that of the last.
// token is given back to from.Acks; 0 asks for no answer. m may be reused as soon
// as Publish returns.
func (l *Lane) Publish(from *Publisher, m *message.Message, token uint64) (o Outcome) {
	r := from.last
	if r == nil || !bytes.Equal(r.Subject, m.Subject) || !l.current(r) {
		r = l.route(m.Subject)
		from.remember(r)
	}
	n := uint64(max(m.Count, 1))
	bytes := n * m.Volume()
	l.traffic.turn.In += n
	l.traffic.turn.InBytes += bytes
	from.tally.Messages += n
	from.tally.Bytes += bytes
	if m.Count > 1 && (from.NoEcho || !r.streams) {
		return l.publishEach(from, r, m, token)
	}
	return l.publish(from, r, m, token)
}

// publishEach publishes what m stands for one after the other.
func (l *Lane) publishEach(from *Publisher, r *Route, m *message.Message, token uint64) (o Outcome) {
	one := &l.one
	for i := range m.Count {
		*one = *m
		one.Count, one.Payload = 1, m.At(i)
		if !l.current(r) { // a member may have had enough
			r = l.route(m.Subject)
			from.remember(r)
		}
		o = l.publish(from, r, one, token)
	}
	return o
}

func (l *Lane) publish(from *Publisher, r *Route, m *message.Message, token uint64) (o Outcome) {
	l.serial++
	if r.lost {
		l.countLost(r, m)
	}
	if (r.assured || m.Retain) && len(m.Headers) > 0 && m.Origin == message.FromNATS {
		m.QoS = translate.PublishQoS(m.Headers, m.QoS)
	}
	if m.Retain {
		l.retain(m, &o)
	}
	switch {
	case from.NoEcho || r.special || r.assured && m.QoS > 0:
		l.publishCopies(l.sender(from), r, m, &o)
	case r.lanes != nil:
		o.Matched, o.Stored = r.plain, r.kept
		l.deliverAll(r, r.here, m)
		for _, to := range r.remote {
			l.mail(to, r, m, item{from: l.sender(from)}, nil)
		}
	}
	for i := range r.groups {
		it := item{from: l.sender(from), group: int32(i) + 1}
		if !l.pickFor(r, m, it, &o) && r.groups[i].unheardOf(m) {
			l.Reasons.Add(reason.SessionOffline, 1)
		}
	}
	if token != 0 {
		l.acknowledge(from, token, &o)
	}
	return o
}

// countLost counts the copies that the route does not lead to.
func (l *Lane) countLost(r *Route, m *message.Message) {
	n := uint64(max(m.Count, 1))
	if r.drop != reason.None {
		l.Reasons.Add(r.drop, n)
	}
	if r.unheard > 0 {
		l.Reasons.Add(reason.SessionOffline, n*uint64(r.unheard))
	}
}

// remember makes r the memo, if it will still be there.
func (p *Publisher) remember(r *Route) {
	if r.brief {
		r = nil
	}
	p.last = r
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

// deliverAll gives m to members of this lane, with QoS 0, none of which is
// special.
func (l *Lane) deliverAll(r *Route, refs []trie.Ref, m *message.Message) {
	for i := range refs {
		if s := l.subscriber(&refs[i]); s != nil {
			if why := s.Deliver(m, r, plainCopy); why != reason.None {
				l.Reasons.Add(why, uint64(max(m.Count, 1)))
				continue
			}
			l.delivered(m)
		}
	}
}

func (l *Lane) sender(p *Publisher) Sender {
	return Sender{Owner: p.Owner, Lane: uint16(l.index), NoEcho: p.NoEcho, Receipt: l.receipts.opened}
}

func (l *Lane) delivered(m *message.Message) {
	n := uint64(max(m.Count, 1))
	l.traffic.turn.Out += n
	l.traffic.turn.OutBytes += n * m.Volume()
}
