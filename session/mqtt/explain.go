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
func (b *subscription) Would(m *message.Message, r *hub.Route, c *hub.Copy) (verdict explain.Verdict, why reason.ID, declines bool) {
	st := b.state
	s := st.conn
	if c.QoS > 0 {
		if c.Online && s == nil && b.shared != nil {
			return explain.Dropped, reason.SessionOffline, true
		}
		verdict, why = b.wouldAccept(m, r, c)
		return verdict, why, false
	}
	switch {
	case s == nil && !st.lane.opts.QueueQoS0, s == nil && b.shared != nil:
		return explain.Dropped, reason.SessionOffline, true
	case s == nil, st.flight != nil && st.flight.zeros > 0:
		if why := st.lane.hub.Room(&st.quota, hub.Cost(m), 0); why != reason.None {
			return explain.Dropped, why, true
		}
		verdict, why = b.wouldAccept(m, r, c)
		return verdict, why, false
	case s.closing:
		return explain.Dropped, reason.ReceiverClosing, true
	case b.size(m, r, c) > s.largest():
		return explain.Dropped, reason.ClientPacketLimit, true
	}
	return explain.Delivered, reason.None, false
}

// wouldAccept is accept: what has been accepted is sent now, or later.
func (b *subscription) wouldAccept(m *message.Message, r *hub.Route, c *hub.Copy) (explain.Verdict, reason.ID) {
	st := b.state
	s, w := st.conn, st.flight
	switch {
	case s != nil && b.size(m, r, c) > s.largest():
		return explain.Dropped, reason.ClientPacketLimit // now or when its turn comes
	case s != nil && !s.closing && (w == nil || w.sent == w.n && w.inflight == 0):
		return explain.Delivered, reason.None
	case s != nil && !s.closing && s.out.Len() < pumpUntil && w.wouldSend(s.receiveMaximum):
		return explain.Delivered, reason.None
	case !st.wouldKeep(hub.Cost(m)):
		return explain.Dropped, reason.QueueFull
	case s == nil:
		return explain.Stored, reason.None
	}
	return explain.Queued, reason.None
}

// wouldSend tells whether pump would get to a message that were pushed now.
func (w *window) wouldSend(most int) bool {
	waits := w.n - w.sent
	return w.inflight+waits < most && w.n < max(longestSpan, most)
}

// wouldKeep tells whether makeRoom finds room for a message of this cost by
// dropping older ones.
func (st *state) wouldKeep(cost int) bool {
	limits := st.quota.Limits()
	if !limits.DropOldest {
		return true
	}
	messages, bytes := st.quota.Used()
	messages, bytes = messages+1, bytes+cost
	w := st.flight
	for i := 0; w != nil && i < w.n; i++ {
		if messages <= limits.Messages && bytes <= limits.Bytes {
			return true
		}
		if e := w.at(i); i >= w.told && e.m != nil {
			messages, bytes = messages-1, bytes-int(e.cost)
		}
	}
	return messages <= limits.Messages && bytes <= limits.Bytes
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
