package mqtt

// auth decodes an AUTH (§3.15), which exists in 5.0 only. An empty one is a
// success without properties (§3.15.2.1); any other names its method.
func (d *Decoder) auth(body []byte, p *Packet) *Error {
	c := cursor{rest: body, strict: d.limits.StrictUTF8}
	if len(body) == 0 {
		if !CodeSuccess.Allowed(TypeAuth, d.role) {
			return errReasonCode
		}
		return nil
	}
	d.outcome(&c, p)
	c.properties(TypeAuth, d.limits, &p.Properties)
	if e := c.end(); e != nil {
		return e
	}
	if !p.Properties.Has(PropAuthMethod) {
		return errAuthMethod
	}
	return nil
}

// AppendAuth appends an AUTH in its shortest form.
func AppendAuth(dst []byte, code ReasonCode, properties []byte) []byte {
	const first = byte(TypeAuth) << 4
	if code == CodeSuccess && len(properties) == 0 {
		return append(dst, first, 0)
	}
	dst = appendHeader(dst, first, 1+sectionSize(properties))
	return appendSection(append(dst, byte(code)), properties)
}
