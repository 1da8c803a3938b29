package mqtt

import (
	"encoding/binary"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// Deliver renders m as a PUBLISH of QoS 0, or accepts it for delivery with QoS
// 1. RETAIN is 0, as for everything that is delivered live [MQTT-3.3.1-12].
// Further matching subscriptions of the session are served by the same copy.
func (b *subscription) Deliver(m *message.Message, r *hub.Route, c *hub.Copy) reason.ID {
	st := b.state
	if c.QoS > 0 {
		if c.Online && st.conn == nil && b.shared != nil {
			return reason.SessionOffline
		}
		st.accept(b, m, r, c)
		return reason.None
	}
	s := st.conn
	if s == nil {
		return reason.SessionOffline
	}
	if s.closing {
		return reason.ReceiverClosing
	}
	l := s.lane
	var properties []byte
	if s.version == codec.V5 {
		properties = l.hub.Properties(m)
	}
	size := codec.PublishSize(s.version, 0, len(r.Topic), len(properties), len(m.Payload))
	if size > s.largest() {
		return reason.ClientPacketLimit // as if sent [MQTT-3.1.2-25]
	}
	if m.Count > 1 {
		s.deliverStream(m, r, properties, size)
		return reason.None
	}
	if len(m.Payload) >= session.ShareAt {
		out := s.out.Reserve(size - len(m.Payload))
		s.out.Commit(codec.AppendPublishHeader(out, s.version, 0, r.Topic, 0, properties, len(m.Payload)))
		l.payloads.Share(s.out, l.hub.Serial(), m.Payload)
		return reason.None
	}
	s.out.Commit(codec.AppendPublish(s.out.Reserve(size), s.version, 0, r.Topic, 0, properties, m.Payload))
	return reason.None
}

// streamPiece is about how much output is made at once for a stream, in bytes.
const streamPiece = 16 << 10

// deliverStream is Deliver with QoS 0 for several small messages that differ in
// nothing but their payloads, which have one size. whole is that of a packet.
func (s *Session) deliverStream(m *message.Message, r *hub.Route, properties []byte, whole int) {
	l := s.lane
	l.head = codec.AppendPublishHeader(l.head[:0], s.version, 0, r.Topic, 0, properties, len(m.Payload))
	for i := 0; i < m.Count; {
		piece := min(m.Count-i, 1+streamPiece/whole)
		out := s.out.Reserve(piece * whole)
		for range piece {
			out = append(out, l.head...)
			out = append(out, m.At(i)...)
			i++
		}
		s.out.Commit(out)
	}
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
func (st *state) accept(b *subscription, m *message.Message, r *hub.Route, c *hub.Copy) {
	l := st.lane
	if st.flight == nil {
		st.flight = l.windows.get(st.nextID)
	}
	e := entry{
		m:     l.keep(m, r, c.From),
		cost:  uint32(hub.Cost(m)),
		share: st.shareOf(b, c),
		qos:   c.QoS,
		dup:   c.Dup,
	}
	st.flight.push(e)
	if st.conn != nil {
		st.pump()
	} else if e.deadline() != 0 {
		st.expire(e.deadline())
	}
}

// send writes a PUBLISH of QoS 1, or says why the message must be dropped.
func (s *Session) send(e *entry, id uint16) reason.ID {
	k := e.m
	topic, payload := k.topic(), k.payload()
	var section []byte
	if s.version == codec.V5 {
		section = k.section()
	}
	size := codec.PublishSize(s.version, e.qos, len(topic), len(section), len(payload))
	if size > s.largest() {
		return reason.ClientPacketLimit // as if sent [MQTT-3.1.2-25]
	}
	left, ok := e.secondsLeft(s.conn.Now())
	if !ok {
		return reason.MessageExpired // [MQTT-3.3.2-5]
	}
	if k.bulk != nil {
		size -= len(payload)
	}
	flags := codec.PublishFlags(e.qos, e.dup, false)
	out := codec.AppendPublishHeader(s.out.Reserve(size), s.version, flags, topic, id, section, len(payload))
	if e.deadline() != 0 && len(section) > 0 {
		putExpiry(out[len(out)-len(section):], k.extra.expiryAt, left) // [MQTT-3.3.2-6]
	}
	if k.bulk != nil {
		s.out.Commit(out)
		s.out.Share(k.bulk, 0, len(payload))
		return reason.None
	}
	s.out.Commit(append(out, payload...))
	return reason.None
}

// putExpiry writes a Message Expiry Interval into a property section.
func putExpiry(section []byte, at int, seconds uint32) {
	binary.BigEndian.PutUint32(section[at:], seconds)
}
