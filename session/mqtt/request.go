package mqtt

import (
	"bytes"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
)

// Requests for clients before 5.0, which have no Response Topic (Policy.RequestTopics;
// docs/mapping.md, "Requests before 5.0"): a subscription to requestFilter and a
// filter behind it gets what the filter matches, on requestTopic with a token and
// the topic behind it. What is published to answerTopic and the token goes where
// the request wants its answer. The token is that of a gateway reply, so nothing is
// remembered for it.
const (
	requestFilter = "$request/+/"
	requestTopic  = "$request/"
	answerTopic   = "$response"
	// noAnswer is the token of what wants no answer, or where a topic cannot say.
	noAnswer = "-"
)

var answerRoot = []byte(answerTopic)

// requests returns what of a filter is behind requestFilter.
func (s *Session) requests(filter []byte) (rest []byte, ok bool) {
	if !s.lane.opts.RequestTopics || s.version == codec.V5 {
		return filter, false
	}
	rest, ok = bytes.CutPrefix(filter, []byte(requestFilter))
	return rest, ok && len(rest) > 0
}

// deliverRequest is Deliver for such a subscription, always with QoS 0.
func (b *subscription) deliverRequest(m *message.Message, r *hub.Route) reason.ID {
	topic, size, why := b.request(m, r.Topic)
	if why != reason.None {
		return why
	}
	s := b.state.conn
	for i := range max(m.Count, 1) {
		s.out.Commit(codec.AppendPublish(s.out.Reserve(size), s.version, 0, topic, 0, nil, m.At(i)))
	}
	return reason.None
}

// request returns the topic of a request, in the lane's scratch, and the size of
// the PUBLISH, or why there is none.
func (b *subscription) request(m *message.Message, name []byte) (topic []byte, size int, why reason.ID) {
	s := b.state.conn
	switch {
	case s == nil:
		return nil, 0, reason.SessionOffline
	case s.closing:
		return nil, 0, reason.ReceiverClosing
	}
	l := s.lane
	l.request = append(append(l.request[:0], requestTopic...), l.token(m)...)
	l.request = append(append(l.request, '/'), name...)
	size = codec.PublishSize(s.version, 0, len(l.request), 0, len(m.Payload))
	if len(l.request) > codec.MaxString || size > s.largest() {
		return nil, 0, reason.ClientPacketLimit
	}
	return l.request, size, reason.None
}

// token names where a message wants its answer.
func (l *Lane) token(m *message.Message) []byte {
	reply := m.Reply
	if len(reply) > 0 && !translate.IsGatewayReply(reply) {
		topic, ok := l.hub.Hub().Names().AppendResponseTopic(l.reply[:0], reply)
		if l.reply = topic; ok {
			l.gateway = l.hub.AppendGatewayReply(l.gateway[:0], topic, m.Correlation)
			reply = l.gateway
		}
	}
	if token, ok := translate.ReplyToken(reply); ok {
		return token
	}
	return []byte(noAnswer)
}

// addressAnswer addresses an answer to where its request wants it. A Correlation
// Data of the request goes with it.
func (l *Lane) addressAnswer(m *message.Message, topic []byte) reason.ID {
	_, token, _ := bytes.Cut(topic, []byte{'/'})
	l.gateway = translate.AppendReplyOfToken(l.gateway[:0], token)
	to, correlation, why := l.hub.OpenGatewayReply(l.gateway)
	if why != reason.None {
		return why
	}
	subject, ok := l.hub.Hub().Names().AppendSubject(l.subject[:0], to)
	if l.subject = subject; !ok {
		return reason.ForgedReply
	}
	if hub.Reserved(subject) {
		return reason.ReservedTopic
	}
	m.Subject = subject
	if len(correlation) > 0 {
		l.section = codec.AppendPropertiesWithout(l.section[:0], m.Properties, correlationData)
		l.section = codec.AppendBinaryProperty(l.section, codec.PropCorrelationData, correlation)
		m.Properties = l.section
	}
	return reason.None
}

var correlationData = codec.PropertiesOf(codec.PropCorrelationData)
