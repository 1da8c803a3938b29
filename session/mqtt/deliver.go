package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/translate"
)

// Deliver renders m as a PUBLISH of QoS 0, or accepts it for delivery with QoS
// 1 or 2. RETAIN is 0, as for everything that is delivered live, unless one of
// the subscriptions keeps it [MQTT-3.3.1-12,-13]. Further matching subscriptions
// of the session are served by the same copy, which carries the identifiers of
// all [MQTT-3.3.4-4].
func (b *subscription) Deliver(m *message.Message, r *hub.Route, c *hub.Copy) reason.ID {
	if b.requests() {
		return b.deliverRequest(m, r)
	}
	return b.deliver(m, r, c, m.Retain && b.keepsRetain(c))
}

// deliver is Deliver with the RETAIN flag as given.
func (b *subscription) deliver(m *message.Message, r *hub.Route, c *hub.Copy, retain bool) reason.ID {
	st := b.state
	if c.QoS > 0 {
		if c.Online && st.conn == nil && b.shared != nil {
			return reason.SessionOffline
		}
		b.delivered++
		st.accept(b, m, r, c, retain)
		return reason.None
	}
	s := st.conn
	switch {
	case s == nil && !st.lane.opts.QueueQoS0, s == nil && b.shared != nil:
		return reason.SessionOffline
	case s == nil, st.flight != nil && st.flight.zeros > 0:
		return b.keepQoS0(m, r, c, retain)
	case s.closing:
		return reason.ReceiverClosing
	}
	l := s.lane
	w := wording{topic: r.Topic}
	if s.version == codec.V5 {
		w.properties = l.hub.Properties(m)
		if s.aliases != nil || b.id() != 0 || len(c.Also) > 0 {
			w = word(s, r.Topic, w.properties, b.identifiers(c))
		}
	}
	flags := codec.PublishFlags(0, false, retain)
	size := codec.PublishSize(s.version, 0, len(w.topic), len(w.properties), len(m.Payload))
	if size > s.largest() {
		return reason.ClientPacketLimit // as if sent [MQTT-3.1.2-25]
	}
	if w.fresh != 0 {
		s.aliases.tell(r.Topic, w.fresh)
	}
	s.delivered.Add(m)
	b.delivered += uint64(max(m.Count, 1))
	if m.Count > 1 {
		s.deliverStream(m, b, r, c, w, size)
		return reason.None
	}
	if len(m.Payload) >= session.ShareAt {
		out := s.out.Reserve(size - len(m.Payload))
		s.out.Commit(codec.AppendPublishHeader(out, s.version, flags, w.topic, 0, w.properties, len(m.Payload)))
		l.payloads.Share(s.out, l.hub.Serial(), m.Payload)
		return reason.None
	}
	s.out.Commit(codec.AppendPublish(s.out.Reserve(size), s.version, flags, w.topic, 0, w.properties, m.Payload))
	return reason.None
}

// keepQoS0 lets m wait with those that wait already: none overtakes another.
func (b *subscription) keepQoS0(m *message.Message, r *hub.Route, c *hub.Copy, retain bool) reason.ID {
	st, l := b.state, b.state.lane
	lost := reason.None
	for i := range max(m.Count, 1) {
		one := &l.one
		*one = *m
		one.Count, one.Payload = 1, m.At(i)
		if m.Count > 1 {
			l.hub.NewSerial()
		}
		if why := l.hub.Reserve(&st.quota, hub.Cost(one)); why != reason.None {
			if m.Count > 1 {
				l.hub.Reasons.Add(why, 1)
				continue
			}
			lost = why
			break
		}
		b.delivered++
		st.accept(b, one, r, c, retain)
	}
	return lost
}

// identifiers returns the Subscription Identifier properties of a copy. They
// live in the lane's scratch.
func (b *subscription) identifiers(c *hub.Copy) []byte {
	l := b.state.lane
	l.ids = l.ids[:0]
	if b.id() != 0 && c.Wants(&b.ref) {
		l.ids = codec.AppendVarIntProperty(l.ids, codec.PropSubscriptionID, b.id())
	}
	for i := range c.Also {
		ref := &c.Also[i]
		if ref.Flags&hub.FlagNumbered == 0 || !c.Wants(ref) {
			continue
		}
		if also, ok := l.hub.Subscriber(*ref).(*subscription); ok && also.id() != 0 {
			l.ids = codec.AppendVarIntProperty(l.ids, codec.PropSubscriptionID, also.id())
		}
	}
	return l.ids
}

// keepsRetain tells whether a subscription of the copy wants Retain As
// Published.
func (b *subscription) keepsRetain(c *hub.Copy) bool {
	keeps := b.ref.Flags&hub.FlagRetain != 0 && c.Wants(&b.ref)
	for i := range c.Also {
		keeps = keeps || c.Also[i].Flags&hub.FlagRetain != 0 && c.Wants(&c.Also[i])
	}
	return keeps
}

// deliverStream is Deliver with QoS 0 for several small messages that differ in
// nothing but their payloads, which have one size. whole is that of the first
// packet, w its wording.
func (s *Session) deliverStream(m *message.Message, b *subscription, r *hub.Route, c *hub.Copy, w wording, whole int) {
	l := s.lane
	l.head = codec.AppendPublishHeader(l.head[:0], s.version, 0, w.topic, 0, w.properties, len(m.Payload))
	first := 0
	if w.fresh != 0 { // the others have the alias only
		s.out.Commit(append(append(s.out.Reserve(whole), l.head...), m.At(0)...))
		w = word(s, r.Topic, l.hub.Properties(m), b.identifiers(c))
		l.head = codec.AppendPublishHeader(l.head[:0], s.version, 0, w.topic, 0, w.properties, len(m.Payload))
		first = 1
	}
	l.streams.Write(s.out, l.hub.Serial(), m, first, m.Count-first, l.head, false)
}

// largest is the size in bytes of the largest packet that the client takes.
func (s *Session) largest() int {
	if s.maxPacket != 0 {
		return int(s.maxPacket)
	}
	return codec.MaxPacketSize
}

// accept takes a message for which room has been reserved: sent at once when
// nothing is in its way, otherwise when its turn comes. The session answers for
// it from now on, with or without a connection.
func (st *state) accept(b *subscription, m *message.Message, r *hub.Route, c *hub.Copy, retain bool) {
	l := st.lane
	if st.flight == nil {
		st.flight = l.windows.get(st.nextID)
	}
	e := entry{
		m:      l.keep(m, r, c.From),
		cost:   uint32(hub.Cost(m)),
		origin: st.originOf(b, c),
		qos:    c.QoS,
	}
	if c.Dup {
		e.flags = entryDup
	}
	if retain {
		e.flags |= entryRetain
	}
	st.flight.push(e)
	st.storeLast()
	if e.qos == 0 {
		st.flight.zeros++
	}
	if st.conn != nil {
		st.pump()
	} else if e.deadline() != 0 {
		st.expire(e.deadline())
	}
	if st.flight != nil && st.lane.opts.Quota.DropOldest {
		st.makeRoom()
	}
}

// originOf notes through which subscriptions a message came.
func (st *state) originOf(b *subscription, c *hub.Copy) uint16 {
	var ids []byte
	if b.id() != 0 || len(c.Also) > 0 {
		ids = b.identifiers(c)
	}
	if b.shared == nil && len(ids) == 0 {
		return 0
	}
	var share hub.Share
	if b.shared != nil {
		share = hub.Share{Name: b.shared.group, Filter: b.shared.filter, Joint: c.Joint}
	}
	return st.flight.origins.number(share, ids)
}

// send writes a PUBLISH of what has waited, or says why the message must be dropped.
func (s *Session) send(e *entry, id uint16) reason.ID {
	k := e.m
	topic, payload := k.topic(), k.payload()
	w := wording{topic: topic}
	if s.version == codec.V5 {
		w.properties = k.section()
		if s.aliases != nil || e.origin != 0 {
			w = word(s, topic, w.properties, s.state.flight.origins.of(e.origin).ids)
		}
	}
	size := codec.PublishSize(s.version, e.qos, len(w.topic), len(w.properties), len(payload))
	if size > s.largest() {
		return reason.ClientPacketLimit // as if sent [MQTT-3.1.2-25]
	}
	left, ok := e.secondsLeft(s.conn.Now())
	if !ok {
		return reason.MessageExpired // [MQTT-3.3.2-5]
	}
	if w.fresh != 0 {
		s.aliases.tell(topic, w.fresh)
	}
	s.delivered.Messages++
	s.delivered.Bytes += uint64(len(payload) + len(k.section()))
	if k.bulk != nil {
		size -= len(payload)
	}
	flags := codec.PublishFlags(e.qos, e.has(entryDup), e.has(entryRetain))
	out := codec.AppendPublishHeader(s.out.Reserve(size), s.version, flags, w.topic, id, w.properties, len(payload))
	if k.tellsExpiry() && len(w.properties) > 0 {
		translate.PutExpiry(out[len(out)-len(w.properties):], k.extra.expiryAt, left) // [MQTT-3.3.2-6]
	}
	if k.bulk != nil {
		s.out.Commit(out)
		s.out.Share(k.bulk, 0, len(payload))
		return reason.None
	}
	s.out.Commit(append(out, payload...))
	return reason.None
}
