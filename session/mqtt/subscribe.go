package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// subscription is one topic filter of a session: the hub's Subscriber.
type subscription struct {
	state  *state
	filter string   // as the client spells it
	shared *grouped // nil: a plain subscription
	ref    trie.Ref
	marks  marks
	// delivered counts messages, those that wait included.
	delivered uint64
}

// marks are the Subscription Identifier, which has 28 bits, 0 for none, and whether
// the filter has requestFilter in front. They share a word, because there are so very
// many subscriptions.
type marks uint32

const requestMark marks = 1 << 31

func (b *subscription) id() uint32     { return uint32(b.marks &^ requestMark) }
func (b *subscription) requests() bool { return b.marks&requestMark != 0 }

// grouped is what a shared subscription has beside: it must know at each message
// what a plain one works out when it ends.
type grouped struct {
	group  string
	filter trie.Filter
}

// Key is the topic filter.
func (b *subscription) Key() string { return b.filter }

func (b *subscription) what() hub.Subscription {
	what := hub.Subscription{
		Owner: b.state.owner,
		Flags: b.ref.Flags,
		Opens: b.ref.Opens,
		Quota: &b.state.quota,
	}
	if b.shared != nil {
		what.Filter = b.shared.filter
		what.Group = trie.Group{Kind: trie.GroupShare, Name: b.shared.group}
	} else {
		topics := b.filter
		if b.requests() {
			topics = topics[len(requestFilter):]
		}
		pattern, tail, _, _ := b.state.lane.hub.Hub().Names().AppendFilter(nil, []byte(topics))
		what.Filter = trie.Filter{Pattern: string(pattern), Tail: trie.Tail(tail)}
	}
	return what
}

// subscribe handles SUBSCRIBE (§3.8): its filters are taken one after the
// other, as if each had come alone [MQTT-3.8.4-5].
func (s *Session) subscribe(p *codec.Packet) {
	l := s.lane
	l.codes = l.codes[:0]
	first := reason.None // of those that are refused
	filters := p.Filters()
	for filter, options, ok := filters.Next(); ok; filter, options, ok = filters.Next() {
		why := s.add(filter, options, p.Properties.SubscriptionID)
		code := codec.ReasonCode(s.grants(filter, options))
		if why != reason.None {
			l.hub.Reasons.Add(why, 1)
			if first == reason.None {
				first = why
			}
			if code = codec.ReasonCode(reason.Of(why).MQTT5); s.version != codec.V5 {
				code = codec.CodeUnspecifiedError // 3.1.1's only failure
			}
		}
		l.codes = append(l.codes, byte(code))
	}
	words := s.because(first, 8+len(l.codes))
	before := s.out.Reserve(len(words) + len(l.codes) + 16)
	if !s.answer(before, codec.AppendSuback(before, s.version, p.ID, words, l.codes)) {
		return
	}
	s.state.goOn()
	s.subscribed(p)
}

// grants is the QoS that a subscription gets [MQTT-3.2.2-10].
func (s *Session) grants(filter []byte, options codec.SubscribeOptions) byte {
	if _, topics, _, ok := codec.ParseShared(filter); ok {
		if _, requests := s.requests(topics); requests {
			return 0
		}
	}
	return min(options.QoS(), s.lane.opts.MaxQoS)
}

// add makes one subscription, or changes the options and the identifier (0:
// none) of one that is there [MQTT-3.8.4-3]. Shared subscriptions (§4.8.2) are
// for all versions.
func (s *Session) add(filter []byte, options codec.SubscribeOptions, id uint32) reason.ID {
	l, st := s.lane, s.state
	group, topics, shared, ok := codec.ParseShared(filter)
	if !ok || !codec.ValidFilter(topics) {
		return reason.TopicFilterInvalid
	}
	topics, requests := s.requests(topics)
	if why := l.opts.allows(topics, shared, id); why != reason.None {
		return why
	}
	flags := hub.FlagMQTT
	if !shared && !requests {
		flags |= hub.FlagMerge // a copy through a share is one of its own
	}
	if l.opts.QueueQoS0 && !requests {
		flags |= hub.FlagKeepsQoS0
	}
	switch s.grants(filter, options) {
	case 1:
		flags |= hub.FlagQoS1
	case 2:
		flags |= hub.FlagQoS2
	}
	if options.NoLocal() {
		flags |= hub.FlagNoLocal
	}
	if options.RetainAsPublished() {
		flags |= hub.FlagRetain
	}
	if id != 0 {
		flags |= hub.FlagNumbered
	}
	if b := st.subs.Get(filter); b != nil {
		b.marks = b.marks&requestMark | marks(id)
		b.ref = l.hub.Resubscribe(b.what(), b.ref, flags)
		st.storeSubscription(b)
		if retainHandling(options, false) {
			st.owe(b)
		}
		return reason.None
	}
	if l.opts.MaxSubscriptions > 0 && st.subs.Len() >= l.opts.MaxSubscriptions {
		return reason.MaxSubscriptions
	}
	pattern, tail, opens, ok := l.hub.Hub().Names().AppendFilter(l.subject[:0], topics)
	l.subject = pattern
	if !ok {
		return reason.TopicFilterInvalid
	}
	b := &subscription{state: st, filter: string(filter), marks: marks(id)}
	if requests {
		b.marks |= requestMark
	}
	if shared {
		b.shared = &grouped{
			group:  string(group),
			filter: trie.Filter{Pattern: string(pattern), Tail: trie.Tail(tail)},
		}
	}
	b.ref.Flags, b.ref.Opens = flags, opens
	b.ref = l.hub.Subscribe(b, b.what())
	st.subs.Add(b)
	st.storeSubscription(b)
	if retainHandling(options, true) {
		st.owe(b)
	}
	return reason.None
}

// unsubscribe handles UNSUBSCRIBE (§3.10).
func (s *Session) unsubscribe(p *codec.Packet) {
	l := s.lane
	l.codes = l.codes[:0]
	filters := p.Filters()
	for filter, _, ok := filters.Next(); ok; filter, _, ok = filters.Next() {
		code := codec.CodeNoSubscriptionExisted
		if b := s.state.subs.Get(filter); b != nil {
			l.hub.Unsubscribe(b.what(), b.ref)
			s.state.subs.Remove(b)
			if store := s.state.store(); store != nil {
				store.Unsubscribe(s.state.clientID, b.filter)
			}
			s.state.noLonger(b)
			code = codec.CodeSuccess
		}
		l.codes = append(l.codes, byte(code))
	}
	before := s.out.Reserve(len(l.codes) + 16)
	s.answer(before, codec.AppendUnsuback(before, s.version, p.ID, nil, l.codes))
	s.unsubscribed(p)
}
