package mqtt

// cursor reads the fields of one packet in order. The first fault sticks: from
// then on every read returns zero and rest stays empty, so that a decoder may
// read straight on and look at fault once.
type cursor struct {
	rest   []byte
	fault  *Error
	strict bool // Limits.StrictUTF8
}

func (c *cursor) fail(e *Error) {
	if c.fault == nil {
		c.fault = e
	}
	c.rest = nil
}

// take returns the next n bytes.
func (c *cursor) take(n int) []byte {
	if n > len(c.rest) {
		c.fail(errTruncated)
		return nil
	}
	b := c.rest[:n:n]
	c.rest = c.rest[n:]
	return b
}

func (c *cursor) uint8() byte {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) uint16() uint16 {
	if b := c.take(2); b != nil {
		return uint16(b[0])<<8 | uint16(b[1])
	}
	return 0
}

func (c *cursor) uint32() uint32 {
	if b := c.take(4); b != nil {
		return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	}
	return 0
}

// varInt reads a variable byte integer and insists on the shortest form: those
// behind the fixed header exist in 5.0 only.
func (c *cursor) varInt() uint32 {
	v, n := varInt(c.rest)
	switch {
	case n == 0:
		c.fail(errTruncated)
		return 0
	case n < 0:
		c.fail(errVarInt)
		return 0
	case n != VarIntSize(v):
		c.fail(errVarIntLong)
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

// binary reads binary data (§1.5.6).
func (c *cursor) binary() []byte { return c.take(int(c.uint16())) }

// text reads a UTF-8 string (§1.5.4) and checks it.
func (c *cursor) text() []byte {
	b := c.binary()
	if e := checkText(b, c.strict); e != nil {
		c.fail(e)
		return nil
	}
	return b
}

// packetID reads a packet identifier, which is never zero (§2.2.1).
func (c *cursor) packetID() uint16 {
	id := c.uint16()
	if id == 0 && c.fault == nil {
		c.fail(errPacketID)
	}
	return id
}

// properties reads a property section into p.
func (c *cursor) properties(t Type, limits *Limits, p *Properties) {
	if len(c.rest) > 0 && c.rest[0] == 0 {
		c.rest = c.rest[1:]
		p.reset()
		return
	}
	raw := c.take(int(c.varInt()))
	if c.fault != nil {
		return
	}
	if e := p.decode(raw, t, limits); e != nil {
		c.fail(e)
	}
}

// end is the last call for a packet: nothing may be left.
func (c *cursor) end() *Error {
	if c.fault == nil && len(c.rest) > 0 {
		return errTrailing
	}
	return c.fault
}
