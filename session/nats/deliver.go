package nats

import (
	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/translate"
)

// lineRoom bounds what a MSG or HMSG line takes beside its names: verb, blanks,
// two sizes and the line ends.
const lineRoom = 48

// Deliver renders m as MSG, or as HMSG when there are headers and the client
// takes them. NATS copies are never merged: each sid gets its own.
func (b *subscription) Deliver(m *message.Message, r *hub.Route, _ *hub.Copy) reason.ID {
	s := b.session
	if s.closing {
		return reason.ReceiverClosing
	}
	l := s.lane
	subject, reply := m.Subject, m.Reply
	if l.mounted {
		subject, reply = s.unmount(m)
	}
	var headers []byte
	if s.headers {
		headers = l.hub.Headers(m)
	}
	share := len(m.Payload) >= session.ShareAt
	room := len(subject) + len(b.sid) + len(reply) + len(headers) + lineRoom
	if !share {
		room += len(m.Payload)
	}
	out := s.out.Reserve(room)
	switch {
	case len(headers) > 0:
		out = codec.AppendHMsgLine(out, subject, b.sid, reply, len(headers), len(headers)+len(m.Payload))
		out = append(out, headers...)
	case len(reply) > 0:
		out = codec.AppendMsgLine(out, subject, b.sid, reply, len(m.Payload))
	default:
		if line, hit := l.lines.of(b, r, len(m.Payload)); hit {
			out = append(out, line.text[:line.n]...)
		} else {
			start := len(out)
			out = codec.AppendMsgLine(out, subject, b.sid, nil, len(m.Payload))
			line.offer(b, r, len(m.Payload), out[start:])
		}
	}
	if share {
		s.out.Commit(out)
		l.payloads.Share(s.out, l.hub.Serial(), m.Payload)
		s.out.WriteString("\r\n")
	} else {
		out = append(out, m.Payload...)
		s.out.Commit(append(out, '\r', '\n'))
	}
	b.delivered++
	if b.delivered == b.max {
		s.unsubscribe(b)
	}
	return reason.None
}

// unmount gives the names as this client knows them. A reply that lies outside
// the mountpoint has no such name, and is left out.
func (s *Session) unmount(m *message.Message) (subject, reply []byte) {
	l := s.lane
	subject, _ = l.mount.Strip(m.Subject)
	if len(m.Reply) == 0 || translate.IsGatewayReply(m.Reply) {
		return subject, m.Reply
	}
	reply, ok := l.mount.Strip(m.Reply)
	if !ok {
		l.hub.Reasons.Add(reason.ReplyOutsideMountpoint, 1)
		return subject, nil
	}
	return subject, reply
}
