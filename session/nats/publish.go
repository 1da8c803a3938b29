package nats

import (
	"strconv"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/translate"
)

// publish handles PUB and HPUB.
func (s *Session) publish(f *codec.Frame) {
	l := s.lane
	if f.Op == codec.OpHPub && !s.headers {
		s.fail(reason.HeadersNotNegotiated)
		return
	}
	if s.pedantic && !codec.ValidPublishSubject(f.Subject) {
		// §6: said, and the message is processed all the same.
		l.hub.Reasons.Add(reason.InvalidPublishSubject, 1)
		s.sendErr(reason.Of(reason.InvalidPublishSubject).NATS)
	}
	switch {
	case codec.ReservedPublish(f.Subject):
		s.refuse(reason.ReservedSubject, f.Subject)
		return
	case len(f.Reply) > 0 && codec.ReservedReply(f.Reply):
		s.refuse(reason.ReservedReply, f.Reply)
		return
	}
	m := &l.msg
	m.Begin(message.FromNATS, f.Subject, f.Reply, f.Payload)
	if f.Op == codec.OpHPub {
		m.Headers = f.Headers
		m.Retain = translate.PublishRetain(f.Headers)
	}
	if l.mounted {
		l.mountNames(m)
	}
	if hub.Reserved(m.Subject) {
		s.refuse(reason.ReservedSubject, f.Subject)
		return
	}
	if s.verbose {
		m.QoS = 1 // who wants to know of each operation wants it to arrive
		s.out.WriteString(codec.OK)
	}
	asked := s.ask(f, m)
	matched := 0
	why := reason.None
	if translate.IsGatewayReply(f.Subject) {
		why = l.answer(m, f.Subject)
	}
	if why == reason.None {
		matched = l.hub.Publish(&s.pub, m, 0).Matched
	} else {
		l.hub.Reasons.Add(why, 1)
	}
	if matched == 0 && !asked && s.noResponders && len(f.Reply) > 0 {
		s.sendNoResponders(m, f)
	}
}

// streams tells whether nothing needs doing for a publish but to hand it on,
// given that the one before it was the same and went well.
func (s *Session) streams(f *codec.Frame) bool {
	return f.Op == codec.OpPub && len(f.Reply) == 0 && !s.verbose && !s.pedantic &&
		len(f.Payload) < session.ShareAt && !translate.IsGatewayReply(f.Subject) && !codec.ReservedPublish(f.Subject) && !hub.Reserved(f.Subject)
}

// publishStream handles a PUB at the start of whole and those like it that
// follow at once, together. It returns what is left of in, which stands behind
// the first one.
func (s *Session) publishStream(f *codec.Frame, whole, in []byte) (left []byte) {
	l := s.lane
	m := &l.msg
	m.Begin(message.FromNATS, f.Subject, nil, f.Payload)
	if l.mounted {
		l.mountNames(m)
	}
	if n, stride := s.parser.Repeats(in); n > 0 {
		m.Repeat(1+n, stride, whole[stride-2-len(f.Payload):])
		in = in[n*stride:]
	}
	l.hub.Publish(&s.pub, m, 0)
	return in
}

// mountNames moves the names of m below the mountpoint, in the lane's scratch.
func (l *Lane) mountNames(m *message.Message) {
	l.subject = l.mount.Add(l.subject[:0], m.Subject)
	m.Subject = l.subject
	if len(m.Reply) > 0 {
		l.reply = l.mount.Add(l.reply[:0], m.Reply)
		m.Reply = l.reply
	}
}

// answer addresses m to the MQTT requester that a gateway reply names. Such a
// subject is nobody's own: no mountpoint applies.
func (l *Lane) answer(m *message.Message, reply []byte) reason.ID {
	topic, correlation, why := l.hub.OpenGatewayReply(reply)
	if why != reason.None {
		return why
	}
	names := l.hub.Hub().Names()
	var ok bool
	if l.subject, ok = names.AppendSubject(l.subject[:0], topic); !ok {
		return reason.ForgedReply
	}
	if hub.Reserved(l.subject) {
		return reason.ReservedSubject
	}
	m.Subject, m.Correlation = l.subject, correlation
	return reason.None
}

// sendNoResponders answers a request that nobody heard (§9): once, on a plain
// subscription of this connection that matches the reply; not counted for
// UNSUB's max.
func (s *Session) sendNoResponders(m *message.Message, f *codec.Frame) {
	sub, ok := s.lane.hub.Own(s.pub.Owner, m.Reply).(*subscription)
	if !ok {
		return
	}
	b := s.out.Reserve(len(f.Reply) + len(sub.sid) + len(f.Subject) + 96)
	s.out.Commit(codec.AppendNoResponders(b, f.Reply, sub.sid, f.Subject))
}

// refuse sends -ERR with nats-server's text and the name, quoted.
func (s *Session) refuse(why reason.ID, name []byte) {
	s.lane.hub.Reasons.Add(why, 1)
	text := append([]byte(reason.Of(why).NATS), ' ')
	s.sendErr(string(strconv.AppendQuote(text, string(name))))
}
