package nats

import (
	"strconv"
	"time"

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
	if s.pedantic && !codec.ValidPublishSubject(f.Subject) {
		// §6: said, and the message is processed all the same.
		l.hub.Reasons.Add(reason.InvalidPublishSubject, 1)
		s.sendErr(reason.Of(reason.InvalidPublishSubject).NATS)
	}
	switch {
	case l.mounted && s.unmounted():
		return
	case codec.ReservedPublish(f.Subject):
		s.refuse(reason.ReservedSubject, f.Subject)
		return
	case len(f.Reply) > 0 && codec.ReservedReply(f.Reply):
		s.refuse(reason.ReservedReply, f.Reply)
		return
	}
	m := &l.msg
	m.Begin(message.FromNATS, f.Subject, f.Reply, f.Payload)
	receipt, wait := translate.NoReceipt, time.Duration(0)
	if f.Op == codec.OpHPub {
		m.Headers = f.Headers
		m.Retain = translate.PublishRetain(f.Headers)
		if len(f.Reply) > 0 {
			receipt, wait = translate.PublishReceipt(f.Headers)
		}
	}
	if l.mounted {
		s.mountNames(m)
	}
	if hub.Reserved(m.Subject) {
		s.refuse(reason.ReservedSubject, f.Subject)
		return
	}
	if receipt != translate.NoReceipt && hub.Reserved(m.Reply) {
		s.refuse(reason.ReservedReply, f.Reply) // the server itself would publish there
		return
	}
	if s.verbose {
		m.QoS = 1 // who wants to know of each operation wants it to arrive
		s.out.WriteString(codec.OK)
	}
	if f.Op == codec.OpHPub && translate.TraceOnly(f.Headers) {
		l.hub.Reasons.Add(reason.TraceOnly, 1)
		if !l.hub.Heard(&s.pub, m.Subject) {
			s.unheard(m, f)
		}
		return
	}
	asked := len(f.Reply) > 0 && s.ask(f, m)
	matched := 0
	why := reason.None
	if translate.IsGatewayReply(f.Subject) {
		why = s.answer(m, f.Subject)
	}
	switch {
	case why != reason.None:
		l.hub.Reasons.Add(why, 1)
	case receipt != translate.NoReceipt && !asked:
		s.publishWithReceipt(m, f, receipt, wait)
		return
	default:
		matched = l.hub.Publish(&s.pub, m, 0).Matched
	}
	if matched == 0 && !asked {
		s.unheard(m, f)
	}
}

// Publishable tells why no client may publish to a subject, as it says it and with
// the mountpoint; None: it may.
func Publishable(subject, canonical []byte) reason.ID {
	if codec.ReservedPublish(subject) || hub.Reserved(canonical) {
		return reason.ReservedSubject
	}
	return reason.None
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
		s.mountNames(m)
	}
	if n, stride := s.parser.Repeats(in); n > 0 {
		m.Repeat(1+n, stride, whole[stride-2-len(f.Payload):])
		in = in[n*stride:]
	}
	l.hub.Publish(&s.pub, m, 0)
	return in
}

// answer addresses m to the MQTT requester that a gateway reply names. Such a
// subject is nobody's own: no mountpoint applies.
func (s *Session) answer(m *message.Message, reply []byte) reason.ID {
	l := s.lane
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

// unheard answers a request that nobody heard (§9): once, on a plain subscription
// of this connection that matches the reply; not counted for
// UNSUB's max.
func (s *Session) unheard(m *message.Message, f *codec.Frame) (told bool) {
	if !s.noResponders || len(f.Reply) == 0 {
		return false
	}
	sub, ok := s.lane.hub.Own(s.pub.Owner, m.Reply).(*subscription)
	if !ok {
		return false
	}
	b := s.out.Reserve(len(f.Reply) + len(sub.sid) + len(f.Subject) + 96)
	s.out.Commit(codec.AppendNoResponders(b, f.Reply, sub.sid, f.Subject))
	return true
}

// refuse sends -ERR with nats-server's text and the name, quoted.
func (s *Session) refuse(why reason.ID, name []byte) {
	s.lane.hub.Reasons.Add(why, 1)
	text := append([]byte(reason.Of(why).NATS), ' ')
	s.sendErr(string(strconv.AppendQuote(text, string(name))))
}
