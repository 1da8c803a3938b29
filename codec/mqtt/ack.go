package mqtt

// ack decodes PUBACK, PUBREC, PUBREL and PUBCOMP (§3.4 to §3.7). 5.0 leaves out
// a reason code 0x00 without properties, and an empty property section.
func (d *Decoder) ack(body []byte, p *Packet) *Error {
	if len(body) == 2 {
		p.ID = uint16(body[0])<<8 | uint16(body[1])
		if p.ID == 0 {
			return errPacketID
		}
		return nil
	}
	c := cursor{rest: body, strict: d.limits.StrictUTF8}
	p.ID = c.packetID()
	if d.version == V5 && len(c.rest) > 0 {
		d.outcome(&c, p)
		if len(c.rest) > 0 {
			c.properties(p.Type, d.limits, &p.Properties)
		}
	}
	return c.end()
}

// outcome reads the reason code of a packet that has one.
func (d *Decoder) outcome(c *cursor, p *Packet) {
	p.ReasonCode = ReasonCode(c.uint8())
	if c.fault == nil && !p.ReasonCode.Allowed(p.Type, d.role) {
		c.fail(errReasonCode)
	}
}

// AppendPuback appends a PUBACK. Code and properties (a section without its
// length) count in 5.0 only; the shortest form is chosen.
func AppendPuback(dst []byte, v Version, id uint16, code ReasonCode, properties []byte) []byte {
	return appendAck(dst, TypePuback, v, id, code, properties)
}

// AppendPubrec appends a PUBREC; see [AppendPuback].
func AppendPubrec(dst []byte, v Version, id uint16, code ReasonCode, properties []byte) []byte {
	return appendAck(dst, TypePubrec, v, id, code, properties)
}

// AppendPubrel appends a PUBREL; see [AppendPuback].
func AppendPubrel(dst []byte, v Version, id uint16, code ReasonCode, properties []byte) []byte {
	return appendAck(dst, TypePubrel, v, id, code, properties)
}

// AppendPubcomp appends a PUBCOMP; see [AppendPuback].
func AppendPubcomp(dst []byte, v Version, id uint16, code ReasonCode, properties []byte) []byte {
	return appendAck(dst, TypePubcomp, v, id, code, properties)
}

func appendAck(dst []byte, t Type, v Version, id uint16, code ReasonCode, properties []byte) []byte {
	first := byte(t)<<4 | fixedFlags(t)
	switch {
	case v != V5 || code == CodeSuccess && len(properties) == 0:
		return append(dst, first, 2, byte(id>>8), byte(id))
	case len(properties) == 0:
		return append(dst, first, 3, byte(id>>8), byte(id), byte(code))
	}
	dst = appendHeader(dst, first, 3+sectionSize(properties))
	dst = append(dst, byte(id>>8), byte(id), byte(code))
	return appendSection(dst, properties)
}
