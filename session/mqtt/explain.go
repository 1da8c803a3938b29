package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// Enter does to m, the subject of which is a topic, what a client's PUBLISH goes
// through before it reaches the hub, or says why it does not. five: it speaks 5.0.
func (l *Lane) Enter(m *message.Message, five bool) reason.ID {
	topic := m.Subject
	switch {
	case len(m.Payload) > l.opts.MaxPayload:
		return reason.PacketTooLarge
	case !codec.ValidTopic(topic):
		return reason.TopicNameInvalid
	case m.QoS > l.opts.MaxQoS:
		return reason.QoSNotSupported
	case m.Retain && !l.opts.Retain && five:
		return reason.RetainNotSupported
	}
	return l.address(m, topic, nil, nil)
}

// Client describes the client of a session and returns it as a publisher; not ok
// when there is no session with that identifier, which would live on this lane.
func (l *Lane) Client(clientID string, to *explain.Client) (from hub.Sender, ok bool) {
	st := l.states[clientID]
	if st == nil {
		return from, false
	}
	st.describe(to)
	return hub.Sender{Owner: st.owner, Lane: uint16(l.hub.Index())}, true
}

// describe tells who the client is and how it does.
func (st *state) describe(to *explain.Client) {
	messages, bytes := st.quota.Used()
	limits := st.quota.Limits()
	*to = explain.Client{
		Protocol: "mqtt", ID: st.clientID, Lane: st.lane.hub.Index(),
		Queue: &explain.Queue{
			Messages: messages, Bytes: bytes,
			MaxMessages: limits.Messages, MaxBytes: limits.Bytes, DropOldest: limits.DropOldest,
		},
	}
	s := st.conn
	if s == nil {
		return
	}
	to.Connected, to.Closing = true, s.closing
	to.Address = s.conn.Peer().Remote.String()
	to.Version = versionNames[s.version]
	to.Properties = s.version == codec.V5
	to.OutputWait, to.MaxPacket = s.out.Len(), int(s.maxPacket)
}

// Describe is hub.Explained's.
func (b *subscription) Describe(c *explain.Client, to *explain.Subscription) {
	b.state.describe(c)
	*to = explain.Subscription{
		Filter: b.filter, QoS: hub.Granted(b.ref.Flags), ID: b.id,
		NoLocal:           b.ref.Flags&hub.FlagNoLocal != 0,
		RetainAsPublished: b.ref.Flags&hub.FlagRetain != 0,
	}
}

// Would is hub.Explained's: deliver, case by case.
func (b *subscription) Would(m *message.Message, r *hub.Route, c *hub.Copy, to *explain.Copy) {
	st := b.state
	s := st.conn
	declines := func(why reason.ID) {
		lose(to, why)
		to.Declines = true
	}
	if c.QoS > 0 {
		if c.Online && s == nil && b.shared != nil {
			declines(reason.SessionOffline)
			return
		}
		b.wouldAccept(m, r, c, to)
		return
	}
	switch {
	case s == nil && !st.lane.opts.QueueQoS0, s == nil && b.shared != nil:
		declines(reason.SessionOffline)
	case s == nil, st.flight != nil && st.flight.zeros > 0:
		if why := st.lane.hub.Room(&st.quota, hub.Cost(m), 0); why != reason.None {
			declines(why)
			return
		}
		b.wouldAccept(m, r, c, to)
	case s.closing:
		declines(reason.ReceiverClosing)
	case b.size(m, r, c) > s.largest():
		declines(reason.ClientPacketLimit)
	default:
		to.Verdict = explain.Delivered
	}
}

func lose(to *explain.Copy, why reason.ID) {
	to.Verdict, to.Reason = explain.Dropped, reason.Of(why).Name
}

// wouldAccept is accept: what has been accepted is sent now, or later.
func (b *subscription) wouldAccept(m *message.Message, r *hub.Route, c *hub.Copy, to *explain.Copy) {
	st := b.state
	s := st.conn
	large := s != nil && b.size(m, r, c) > s.largest()
	if s != nil && !s.closing && st.wouldSend() {
		if to.Verdict = explain.Delivered; large {
			lose(to, reason.ClientPacketLimit)
		}
		return
	}
	displaced, kept := st.wouldDisplace(hub.Cost(m))
	to.Displaces = displaced
	switch {
	case !kept:
		lose(to, reason.QueueFull)
	case large:
		lose(to, reason.ClientPacketLimit)
		to.Later = true
	case s == nil:
		to.Verdict = explain.Stored
	default:
		to.Verdict = explain.Queued
	}
}

// wouldSend tells whether pump would get to a message that were pushed now.
func (st *state) wouldSend() bool {
	s, w := st.conn, st.flight
	if w == nil {
		return true
	}
	waits := w.n - w.sent
	most := s.receiveMaximum
	return w.inflight+waits == 0 ||
		s.out.Len() < pumpUntil && w.inflight+waits < most && w.n < max(longestSpan, most)
}

// wouldDisplace tells how many older messages makeRoom would drop for one of this
// cost, and whether it would keep that itself.
func (st *state) wouldDisplace(cost int) (displaced int, kept bool) {
	limits := st.quota.Limits()
	if !limits.DropOldest {
		return 0, true
	}
	messages, bytes := st.quota.Used()
	messages, bytes = messages+1, bytes+cost
	over := func() bool { return messages > limits.Messages || bytes > limits.Bytes }
	w := st.flight
	for i := 0; w != nil && i < w.n && over(); i++ {
		if e := w.at(i); i >= w.told && e.m != nil {
			messages, bytes = messages-1, bytes-int(e.cost)
			displaced++
		}
	}
	return displaced, !over()
}

// size is that of the packet that the client would get.
func (b *subscription) size(m *message.Message, r *hub.Route, c *hub.Copy) int {
	s := b.state.conn
	w := wording{topic: r.Topic}
	if s.version == codec.V5 {
		w.properties = s.lane.hub.Properties(m)
		w = word(s, r.Topic, w.properties, b.identifiers(c))
	}
	return codec.PublishSize(s.version, c.QoS, len(w.topic), len(w.properties), len(m.Payload))
}
