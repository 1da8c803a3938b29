package mqtt

// resume is Next for a decoder that holds something.
func (d *Decoder) resume(in []byte, p *Packet) (n int, err error) {
	switch d.state {
	case stateHeader:
		return d.collect(in, p)
	case stateBody:
		return d.fill(in, p)
	case stateDone:
		d.giveBack()
		d.state = stateStart
		return d.Next(in, p)
	}
	p.Type = 0
	return 0, d.fault
}

// collect takes a fixed header byte by byte.
func (d *Decoder) collect(in []byte, p *Packet) (n int, err error) {
	for n < len(in) {
		c := in[n]
		d.header[d.headerSize] = c
		d.headerSize++
		n++
		if d.headerSize == 1 || c >= 0x80 && d.headerSize < 5 {
			continue
		}
		if c >= 0x80 {
			return n, d.fail(errVarInt, p)
		}
		head := int(d.headerSize)
		size, _ := varInt(d.header[1:head])
		d.headerSize = 0
		d.state = stateStart
		k, err := d.open(d.header[0], head, int(size), in[n:], p)
		return n + k, err
	}
	if d.headerSize > 0 {
		d.state = stateHeader
	}
	p.Type = 0
	return n, nil
}

// open goes on behind a fixed header of head bytes: in is what follows it, size
// the remaining length.
func (d *Decoder) open(first byte, head, size int, in []byte, p *Packet) (n int, err error) {
	if e := d.admit(first, head, size); e != nil {
		return 0, d.fail(e, p)
	}
	if size <= len(in) {
		return size, d.finish(first, head, in[:size:size], p)
	}
	d.header[0], d.headerSize = first, uint8(head)
	d.need, d.have = size, 0
	d.state = stateBody
	return d.fill(in, p)
}

// fill takes what follows a fixed header. Scratch is borrowed with the first byte
// that has to be kept; a packet that came whole behind its header is read in
// place.
func (d *Decoder) fill(in []byte, p *Packet) (n int, err error) {
	first, head := d.header[0], int(d.headerSize)
	if d.split == nil && len(in) >= d.need {
		d.headerSize = 0
		d.state = stateStart
		return d.need, d.finish(first, head, in[:d.need:d.need], p)
	}
	if len(in) > 0 {
		n = min(len(in), d.need-d.have)
		d.reserve(d.have + n)
		copy(d.split.b[d.have:], in[:n])
		d.have += n
	}
	if d.have < d.need {
		p.Type = 0
		return n, nil
	}
	d.headerSize = 0
	d.state = stateDone
	return n, d.finish(first, head, d.split.b[:d.need:d.need], p)
}

// trusted is how much scratch a packet gets on its word, in bytes. A larger one
// gets more as its bytes come in, at most twice of what is there, so that nobody
// can hold memory by declaring a size.
const trusted = 64 << 10

// reserve makes the scratch large enough for have bytes of the packet.
func (d *Decoder) reserve(have int) {
	if d.split != nil && have <= len(d.split.b) {
		return
	}
	size := d.need
	if size > trusted {
		size = min(size, max(trusted, 2*have))
	}
	grown := getScratch(size)
	if d.split != nil {
		copy(grown.b, d.split.b[:d.have])
		putScratch(d.split)
	}
	d.split = grown
}

// finish decodes a packet of which everything is at hand.
func (d *Decoder) finish(first byte, head int, body []byte, p *Packet) error {
	if d.remembered(first, body, p) {
		return nil
	}
	if e := d.decode(first, head, body, p); e != nil {
		return d.fail(e, p)
	}
	return nil
}

// fail makes e the decoder's last word.
func (d *Decoder) fail(e *Error, p *Packet) error {
	d.giveBack()
	d.state = stateFailed
	d.fault = e
	p.Type = 0
	return e
}

func (d *Decoder) giveBack() {
	if d.split != nil {
		putScratch(d.split)
		d.split = nil
	}
}
