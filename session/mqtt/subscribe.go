package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// subscription is one topic filter of a session: the hub's Subscriber.
type subscription struct {
	session *Session
	filter  string // as the client spells it
	pattern string // canonical
	ref     trie.Ref
	tail    trie.Tail
}

// Key is the topic filter.
func (b *subscription) Key() string { return b.filter }

func (b *subscription) what() hub.Subscription {
	return hub.Subscription{
		Filter: trie.Filter{Pattern: b.pattern, Tail: b.tail},
		Owner:  b.session.pub.Owner,
		Flags:  b.ref.Flags,
		Opens:  b.ref.Opens,
	}
}

// subscribe handles SUBSCRIBE (§3.8): its filters are taken one after the
// other, as if each had come alone [MQTT-3.8.4-5]. The QoS granted is 0.
func (s *Session) subscribe(p *codec.Packet) {
	l := s.lane
	l.codes = l.codes[:0]
	withID := p.Properties.Has(codec.PropSubscriptionID)
	filters := p.Filters()
	for filter, options, ok := filters.Next(); ok; filter, options, ok = filters.Next() {
		why := reason.SubscriptionIDNotSupported
		if !withID {
			why = s.add(filter, options)
		}
		code := codec.CodeSuccess
		if why != reason.None {
			l.hub.Reasons.Add(why, 1)
			if code = codec.ReasonCode(reason.Of(why).MQTT5); s.version != codec.V5 {
				code = codec.CodeUnspecifiedError // 3.1.1's only failure
			}
		}
		l.codes = append(l.codes, byte(code))
	}
	s.out.Commit(codec.AppendSuback(s.out.Reserve(len(l.codes)+16), s.version, p.ID, nil, l.codes))
}

// add makes one subscription, or changes the options of one that is there
// [MQTT-3.8.4-3].
func (s *Session) add(filter []byte, options codec.SubscribeOptions) reason.ID {
	l := s.lane
	if _, _, shared, _ := codec.ParseShared(filter); shared {
		return reason.SharedNotSupported
	}
	if !codec.ValidFilter(filter) {
		return reason.TopicFilterInvalid
	}
	flags := hub.FlagMQTT | hub.FlagMerge
	if s.version == codec.V5 && options.NoLocal() {
		flags |= hub.FlagNoLocal
	}
	if b := s.subs.Get(filter); b != nil {
		b.ref = l.hub.Resubscribe(b.what(), b.ref, flags)
		return reason.None
	}
	if l.opts.MaxSubscriptions > 0 && s.subs.Len() >= l.opts.MaxSubscriptions {
		return reason.MaxSubscriptions
	}
	pattern, tail, opens, ok := l.hub.Hub().Names().AppendFilter(l.subject[:0], filter)
	l.subject = pattern
	if !ok {
		return reason.TopicFilterInvalid
	}
	b := &subscription{
		session: s,
		filter:  string(filter),
		pattern: string(pattern),
		tail:    trie.Tail(tail),
	}
	b.ref.Flags, b.ref.Opens = flags, opens
	b.ref = l.hub.Subscribe(b, b.what())
	s.subs.Add(b)
	return reason.None
}

// unsubscribe handles UNSUBSCRIBE (§3.10).
func (s *Session) unsubscribe(p *codec.Packet) {
	l := s.lane
	l.codes = l.codes[:0]
	filters := p.Filters()
	for filter, _, ok := filters.Next(); ok; filter, _, ok = filters.Next() {
		code := codec.CodeNoSubscriptionExisted
		if b := s.subs.Get(filter); b != nil {
			l.hub.Unsubscribe(b.what(), b.ref)
			s.subs.Remove(b)
			code = codec.CodeSuccess
		}
		l.codes = append(l.codes, byte(code))
	}
	s.out.Commit(codec.AppendUnsuback(s.out.Reserve(len(l.codes)+16), s.version, p.ID, nil, l.codes))
}
