package mqtt

// connack decodes a CONNACK (§3.2). Before 5.0 the code is a return code, 0 to 5.
func (d *Decoder) connack(body []byte, p *Packet) *Error {
	c := cursor{rest: body, strict: d.limits.StrictUTF8}
	flags := c.uint8()
	p.SessionPresent = flags == 1
	if d.version == V5 {
		d.outcome(&c, p)
		c.properties(TypeConnack, d.limits, &p.Properties)
	} else {
		p.ReasonCode = ReasonCode(c.uint8())
		if p.ReasonCode > 5 {
			c.fail(errReturnCode)
		}
	}
	if e := c.end(); e != nil {
		return e
	}
	if d.version == V31 {
		p.SessionPresent = false // the byte is not used
		return nil
	}
	if flags > 1 {
		return errConnackReserved
	}
	if p.SessionPresent && p.ReasonCode != 0 {
		return errSessionPresent
	}
	return nil
}

// AppendConnack appends a CONNACK. Before 5.0 code is a return code (see
// [ReasonCode.ReturnCode]) and properties do not count; 3.1 has no session
// present.
func AppendConnack(dst []byte, v Version, sessionPresent bool, code ReasonCode, properties []byte) []byte {
	size := 2
	if v == V5 {
		size += sectionSize(properties)
	}
	present := byte(0)
	if sessionPresent && v != V31 {
		present = 1
	}
	dst = appendHeader(dst, byte(TypeConnack)<<4, size)
	dst = append(dst, present, byte(code))
	if v == V5 {
		dst = appendSection(dst, properties)
	}
	return dst
}
