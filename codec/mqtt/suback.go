package mqtt

// suback decodes a SUBACK (§3.9).
func (d *Decoder) suback(body []byte, p *Packet) *Error {
	c := cursor{rest: body, strict: d.limits.StrictUTF8}
	d.identify(&c, p)
	return d.results(&c, p)
}

// unsuback decodes an UNSUBACK (§3.11), which has no codes before 5.0.
func (d *Decoder) unsuback(body []byte, p *Packet) *Error {
	c := cursor{rest: body, strict: d.limits.StrictUTF8}
	d.identify(&c, p)
	if d.version != V5 {
		return c.end()
	}
	return d.results(&c, p)
}

// results reads reason codes up to the end of the packet.
func (d *Decoder) results(c *cursor, p *Packet) *Error {
	if c.fault != nil {
		return c.fault
	}
	p.Payload = c.rest
	if len(p.Payload) == 0 {
		return errNoCodes
	}
	for _, code := range p.Payload {
		if d.version != V5 {
			if code > 2 && code != 0x80 {
				return errReturnCode
			}
		} else if !ReasonCode(code).Allowed(p.Type, d.role) {
			return errReasonCode
		}
	}
	return nil
}

// AppendSuback appends a SUBACK; before 5.0 a code is 0, 1, 2 or 0x80, and
// properties do not count.
func AppendSuback(dst []byte, v Version, id uint16, properties, codes []byte) []byte {
	return append(appendIdentified(dst, TypeSuback, v, id, properties, len(codes)), codes...)
}

// AppendUnsuback appends an UNSUBACK; codes and properties count in 5.0 only.
func AppendUnsuback(dst []byte, v Version, id uint16, properties, codes []byte) []byte {
	if v != V5 {
		codes = nil
	}
	return append(appendIdentified(dst, TypeUnsuback, v, id, properties, len(codes)), codes...)
}
