package hub

import (
	"time"

	"github.com/isthmus-mq/isthmus/message"
)

// retained is a message as Retained keeps it: 64 bytes beside its own. It does not
// change once it is in the index. The subject is the index's.
type retained struct {
	buf      []byte // what message.Keep writes
	version  uint64
	deadline time.Duration // 0 = does not expire

	// Lengths in buf, in this order; the payload is the rest.
	reply, headers, properties, correlation uint32

	origin message.Origin
	qos    uint8
}

// retain copies m.
func retain(m *message.Message, deadline time.Duration) *retained {
	v := &retained{
		deadline: deadline,
		reply:    uint32(len(m.Reply)), headers: uint32(len(m.Headers)),
		properties: uint32(len(m.Properties)), correlation: uint32(len(m.Correlation)),
		origin: m.Origin, qos: m.QoS,
	}
	subject := m.Subject
	m.Subject = nil
	if n := m.Size(); n > 0 {
		var kept message.Message
		v.buf = message.Keep(make([]byte, 0, n), m, &kept)
	}
	m.Subject = subject
	return v
}

// cost is RetainedCost of the message with a subject of this length.
func (v *retained) cost(subject int) int { return subject + len(v.buf) + costOfRetaining }

func (v *retained) expired(now time.Duration) bool { return v.deadline != 0 && v.deadline <= now }

// read makes m alias v and subject.
func (v *retained) read(subject []byte, m *RetainedMessage) {
	rest := v.buf
	take := func(n uint32) []byte {
		b := rest[:n:n]
		rest = rest[n:]
		return b
	}
	m.Begin(v.origin, subject, take(v.reply), nil)
	m.Headers, m.Properties, m.Correlation = take(v.headers), take(v.properties), take(v.correlation)
	m.Payload, m.QoS = rest, v.qos
	m.Version, m.Deadline = v.version, v.deadline
}
