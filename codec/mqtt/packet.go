package mqtt

// Packet is one decoded packet. The caller owns it and reuses it for every call
// of [Decoder.Next], on any number of decoders in turn: one per lane. All slices
// in it point into the input or into the decoder's scratch, are read only, and
// die at the next Next, Release or Init of that decoder.
//
// Fields that a packet type does not have are zero, except Connect, which means
// something in a CONNECT only.
type Packet struct {
	Type  Type // 0: more input is needed
	Flags byte // low four bits of the fixed header

	// PUBLISH.
	QoS    byte
	Dup    bool
	Retain bool

	// Same: this PUBLISH has the flags (QoS 0) and the topic of the PUBLISH
	// that the decoder returned before it, and both have no properties. What
	// the caller worked out from those (route, permission) holds. The payload
	// may have another length.
	Same bool

	SessionPresent bool       // CONNACK
	ReasonCode     ReasonCode // CONNACK, PUBACK to PUBCOMP, DISCONNECT, AUTH
	ID             uint16     // packet identifier, 0 if the packet has none

	FilterCount int // SUBSCRIBE, UNSUBSCRIBE: number of filters, at least 1

	Topic []byte // PUBLISH; empty only if a topic alias stands for it

	// Payload is what the standard calls so. PUBLISH: the application message.
	// SUBACK and 5.0 UNSUBACK: one reason code per filter. SUBSCRIBE and
	// UNSUBSCRIBE: the filters, to be read with Filters.
	Payload []byte

	Properties Properties
	Connect    Connect
}

// begin empties p for a packet with the given first byte, and sets what only a
// PUBLISH has.
func (p *Packet) begin(first byte, topic, payload []byte) {
	p.Type = Type(first >> 4)
	p.Flags = first & 0x0F
	p.QoS, p.Dup, p.Retain, p.Same = 0, false, false, false
	p.SessionPresent, p.ReasonCode, p.ID, p.FilterCount = false, 0, 0, 0
	p.Topic, p.Payload = topic, payload
	p.Properties.reset()
}
