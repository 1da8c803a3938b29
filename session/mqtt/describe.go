package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// Describe is hub.Described's.
func (b *subscription) Describe(m *message.Message, topic []byte, c *hub.Copy, d *hub.Description) {
	st := b.state
	d.Client, d.Protocol, d.Filter = st.clientID, "mqtt", b.filter
	d.Waiting, d.WaitingBytes = st.quota.Used()
	if s := st.conn; s != nil {
		d.Connected, d.Version, d.NoEcho = true, versionNames[s.version], s.pub.NoEcho
	}
	d.Why = b.would(m, topic, c)
}

// would is what deliver would answer, or find when it sends what it has accepted.
func (b *subscription) would(m *message.Message, topic []byte, c *hub.Copy) reason.ID {
	st := b.state
	s := st.conn
	if b.requests() {
		_, _, why := b.request(m, topic)
		return why
	}
	switch {
	case s == nil && c.QoS > 0:
		if c.Online && b.shared != nil {
			return reason.SessionOffline
		}
		return reason.None
	case s == nil && (!st.lane.opts.QueueQoS0 || b.shared != nil):
		return reason.SessionOffline
	case s == nil, c.QoS == 0 && st.flight != nil && st.flight.zeros > 0:
		return st.lane.hub.RoomFor(&st.quota, hub.Cost(m))
	case c.QoS == 0 && s.closing:
		return reason.ReceiverClosing
	}
	w := wording{topic: topic}
	if s.version == codec.V5 {
		w = word(s, topic, st.lane.hub.Properties(m), b.identifiers(c))
	}
	if codec.PublishSize(s.version, c.QoS, len(w.topic), len(w.properties), len(m.Payload)) > s.largest() {
		return reason.ClientPacketLimit
	}
	return reason.None
}
