package nats

import (
	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// lineRoom bounds what a MSG or HMSG line takes beside its names: verb, blanks,
// two sizes and the line ends.
const lineRoom = 48

// Deliver renders m as MSG, or as HMSG when there are headers and the client
// takes them. NATS copies are never merged: each sid gets its own.
func (b *subscription) Deliver(m *message.Message, _ *hub.Route, _ *hub.Copy) reason.ID {
	s := b.session
	if s.closing {
		return reason.ReceiverClosing
	}
	l := s.lane
	subject, reply := m.Subject, m.Reply
	if l.mounted {
		subject, reply = s.unmount(m)
	}
	if m.Count > 1 {
		b.deliverStream(m, subject)
		return reason.None
	}
	share := len(m.Payload) >= session.ShareAt
	var headers []byte
	if s.headers && (len(m.Headers)+len(m.Properties) > 0 || m.Retain) {
		headers = l.hub.Headers(m)
	}
	room := len(subject) + len(b.sid) + len(reply) + len(headers) + lineRoom
	switch {
	case share:
		out := s.out.Reserve(room)
		if len(headers) == 0 {
			out = codec.AppendMsgLine(out, subject, b.sid, reply, len(m.Payload))
		} else {
			out = codec.AppendHMsgLine(out, subject, b.sid, reply, len(headers), len(headers)+len(m.Payload))
			out = append(out, headers...)
		}
		s.out.Commit(out)
		l.payloads.Share(s.out, l.hub.Serial(), m.Payload)
		s.out.WriteString("\r\n")
	case len(headers) == 0:
		s.out.Commit(codec.AppendMsg(s.out.Reserve(room+len(m.Payload)), subject, b.sid, reply, m.Payload))
	default:
		s.out.Commit(codec.AppendHMsg(s.out.Reserve(room+len(m.Payload)), subject, b.sid, reply, headers, m.Payload))
	}
	s.delivered.Messages++
	s.delivered.Bytes += m.Volume()
	b.delivered++
	if b.delivered == b.max {
		s.exhausted(b)
	}
	return reason.None
}

// deliverStream is Deliver for several small messages that differ in nothing but
// their payloads, which have one size.
func (b *subscription) deliverStream(m *message.Message, subject []byte) {
	s, l, n := b.session, b.session.lane, m.Count
	if b.max != 0 {
		n = min(n, int(b.max-b.delivered))
	}
	l.line = codec.AppendMsgLine(l.line[:0], subject, b.sid, nil, len(m.Payload))
	l.streams.Write(s.out, l.hub.Serial(), m, 0, n, l.line, "\r\n")
	s.delivered.Messages += uint64(n)
	s.delivered.Bytes += uint64(n) * m.Volume()
	b.delivered += uint64(n)
	if b.delivered == b.max {
		s.exhausted(b)
	}
}
