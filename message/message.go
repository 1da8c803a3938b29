package message

// Origin is the protocol in which a message was published. It tells which of
// Message.Headers and Message.Properties is the original.
type Origin uint8

const (
	FromNATS Origin = iota
	FromMQTT
)

// Message is one publication. Every slice aliases memory that its creator
// owns; see the package comment. Names are canonical subjects with the
// mountpoint already applied (docs/architecture.md, "Names").
type Message struct {
	Subject []byte // never empty
	Reply   []byte // where an answer is expected; empty when nowhere
	Payload []byte

	// Correlation is the MQTT Correlation Data that a NATS client's answer to a
	// gateway reply brings back; empty otherwise.
	Correlation []byte

	// Headers is the NATS header block as published, from "NATS/1.0" to the
	// final empty line; empty when there is none or Origin is FromMQTT.
	Headers []byte
	// Properties is the property section of the MQTT 5 PUBLISH without its
	// length; empty when there is none or Origin is FromNATS.
	Properties []byte

	Origin Origin
	QoS    uint8 // 0..2 as published
	Retain bool  // as published; MQTT's RETAIN flag

	// Count is the number of messages that this one stands for: itself and those
	// behind it in a stream, which differ in nothing but the payload and have one
	// of the same length. 0 counts as 1. See Repeat.
	Count  int
	stride int
	stream []byte // their payloads, stride bytes apart

	crossed    []byte // the other protocol's rendering of headers or properties
	hasCrossed bool
}

// Begin makes m a message without headers and properties, whatever it was
// before. It exists because assigning a whole Message costs more than routing
// one; the caller sets what else there is.
func (m *Message) Begin(from Origin, subject, reply, payload []byte) {
	m.Subject, m.Reply, m.Payload = subject, reply, payload
	m.Headers, m.Properties, m.Correlation, m.crossed = nil, nil, nil, nil
	m.Origin, m.QoS, m.Retain, m.hasCrossed, m.Count = from, 0, false, false, 1
}

// Repeat makes m stand for count messages, the payloads of which begin at the
// start of stream and then every stride bytes.
func (m *Message) Repeat(count, stride int, stream []byte) {
	m.Count, m.stride, m.stream = count, stride, stream
}

// At returns payload number i < m.Count.
func (m *Message) At(i int) []byte {
	if m.Count <= 1 {
		return m.Payload
	}
	at := i * m.stride
	return m.stream[at : at+len(m.Payload) : at+len(m.Payload)]
}

// Volume is what counts as traffic of one of the messages, in bytes: payload,
// headers and properties.
func (m *Message) Volume() uint64 {
	return uint64(len(m.Payload) + len(m.Headers) + len(m.Properties))
}

// Size is the number of bytes that Keep needs for m.
func (m *Message) Size() int {
	return len(m.Subject) + len(m.Reply) + len(m.Payload) + len(m.Headers) + len(m.Properties) + len(m.Correlation)
}

// Keep copies every slice of m, which stands for one message, behind dst and
// lets kept alias the copy. It
// allocates only when the capacity of dst does not suffice for m.Size() more
// bytes; slices kept earlier in dst stay valid in any case, since a grown dst
// leaves the old array to them. The cached crossing is not kept.
func Keep(dst []byte, m *Message, kept *Message) []byte {
	if need := len(dst) + m.Size(); need > cap(dst) {
		dst = append(make([]byte, 0, need), dst...)
	}
	*kept = Message{Origin: m.Origin, QoS: m.QoS, Retain: m.Retain, Count: 1}
	dst, kept.Subject = keep(dst, m.Subject)
	dst, kept.Reply = keep(dst, m.Reply)
	dst, kept.Headers = keep(dst, m.Headers)
	dst, kept.Properties = keep(dst, m.Properties)
	dst, kept.Correlation = keep(dst, m.Correlation)
	dst, kept.Payload = keep(dst, m.Payload)
	return dst
}

func keep(dst, b []byte) (grown, kept []byte) {
	if len(b) == 0 {
		return dst, nil
	}
	at := len(dst)
	dst = append(dst, b...)
	return dst, dst[at:len(dst):len(dst)]
}
