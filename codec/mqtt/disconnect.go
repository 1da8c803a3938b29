package mqtt

// disconnect decodes a DISCONNECT (§3.14); before 5.0 it is empty.
func (d *Decoder) disconnect(body []byte, p *Packet) *Error {
	c := cursor{rest: body, strict: d.limits.StrictUTF8}
	if d.version != V5 {
		return c.end()
	}
	if len(body) == 0 {
		if !CodeSuccess.Allowed(TypeDisconnect, d.role) {
			return errReasonCode
		}
		return nil
	}
	d.outcome(&c, p)
	if len(c.rest) > 0 {
		c.properties(TypeDisconnect, d.limits, &p.Properties)
	}
	if e := c.end(); e != nil {
		return e
	}
	switch {
	case d.role == FromServer && p.Properties.Has(PropSessionExpiry):
		return errServerExpiry
	case d.role == FromClient && p.Properties.Has(PropServerReference):
		return errClientReference
	}
	return nil
}

// AppendDisconnect appends a DISCONNECT in its shortest form. Code and
// properties count in 5.0 only; a server sends none before 5.0.
func AppendDisconnect(dst []byte, v Version, code ReasonCode, properties []byte) []byte {
	const first = byte(TypeDisconnect) << 4
	switch {
	case v != V5 || code == CodeSuccess && len(properties) == 0:
		return append(dst, first, 0)
	case len(properties) == 0:
		return append(dst, first, 1, byte(code))
	}
	dst = appendHeader(dst, first, 1+sectionSize(properties))
	return appendSection(append(dst, byte(code)), properties)
}
