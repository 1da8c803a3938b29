package hub

import (
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// Properties returns the MQTT 5 PUBLISH properties of m, without their length:
// as published by an MQTT client, or converted from the NATS headers and reply
// subject. Converted at most once per message and lane; valid as long as m.
func (l *Lane) Properties(m *message.Message) []byte {
	if m.Origin == message.FromMQTT {
		return m.Properties
	}
	if len(m.Headers) == 0 && len(m.Reply) == 0 && len(m.Correlation) == 0 {
		return nil
	}
	if section, ok := m.Crossed(); ok {
		return section
	}
	l.topic = l.topic[:0]
	if len(m.Reply) > 0 {
		// A reply that is no topic is left out: nobody could answer on it.
		l.topic, _ = l.hub.names.AppendResponseTopic(l.topic, m.Reply)
	}
	section, skipped := l.hub.crossing.AppendReplyProperties(l.crossed[:0], m.Headers, l.topic, m.Correlation)
	if skipped > 0 {
		l.Reasons.Add(reason.HeadersLeftOut, uint64(skipped))
	}
	l.crossed = section
	m.SetCrossed(section)
	return section
}

// Headers returns the NATS header block of m, empty when there is nothing to
// say: as published by a NATS client, or converted from the MQTT 5 properties and
// the RETAIN flag.
// Converted at most once per message and lane; valid as long as m.
func (l *Lane) Headers(m *message.Message) []byte {
	if m.Origin == message.FromNATS {
		return m.Headers
	}
	if len(m.Properties) == 0 && !m.Retain {
		return nil
	}
	if block, ok := m.Crossed(); ok {
		return block
	}
	l.crossed = l.hub.crossing.AppendPublishHeaders(l.crossed[:0], m.Properties, m.Retain)
	m.SetCrossed(l.crossed)
	return l.crossed
}
