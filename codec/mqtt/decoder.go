package mqtt

// Decoder cuts one direction of one connection into packets. It is a value of
// less than 96 bytes that belongs to the connection, and is used by one
// goroutine at a time. [Decoder.Init] comes first.
type Decoder struct {
	limits *Limits
	split  *scratch // stateBody (nil before the first byte) and stateDone
	fault  *Error   // stateFailed
	memo   []byte   // see remembered
	need   int      // stateBody: remaining length
	have   int      // stateBody: how much of it is in split

	maxPacket uint32 // of limits

	header     [5]byte // stateHeader, stateBody: the fixed header as read so far
	headerSize uint8

	state   state
	role    Role
	version Version
	opened  bool // CONNECT or CONNACK has been read
}

// state says what has been read.
type state uint8

const (
	stateStart  state = iota // whole packets; nothing is held
	stateHeader              // part of a fixed header
	stateBody                // a fixed header, and part of what follows
	stateDone                // whole packets; the caller still uses split
	stateFailed              // a fault; nothing more is read
)

// Init starts a decoder afresh for bytes sent by role. limits may be nil. A
// decoder that reads a server starts with version 3.1.1 until
// [Decoder.SetVersion].
func (d *Decoder) Init(role Role, limits *Limits) {
	d.Release()
	*d = Decoder{role: role, memo: d.memo}
	if role == FromServer {
		d.version = V311
	}
	d.SetLimits(limits)
}

// SetLimits changes the limits for all packets whose fixed header is still to
// come. limits may be nil.
func (d *Decoder) SetLimits(limits *Limits) {
	if limits == nil {
		limits = &unlimited
	}
	d.limits = limits
	d.maxPacket = limits.maxPacket()
	d.memo = d.memo[:0]
}

// SetVersion tells a reader of a server's bytes which version was asked for in
// CONNECT. A reader of a client's bytes learns it from CONNECT; with SetVersion
// it takes CONNECT as read.
func (d *Decoder) SetVersion(v Version) {
	d.version = v
	d.opened = d.opened || d.role == FromClient
	d.memo = d.memo[:0]
}

// Version returns the version in use: 0 before a CONNECT has told. After a fault
// in CONNECT it is the version to answer in, 0 if CONNECT did not tell.
func (d *Decoder) Version() Version { return d.version }

// Release gives back what the decoder borrowed, and with it the packet that was
// returned last and any unfinished one. The connection is over; use Init before
// using the decoder again.
func (d *Decoder) Release() {
	d.giveBack()
	d.state = stateStart
	d.headerSize = 0
	d.memo = d.memo[:0]
}

// Next reads one packet from in to p and returns how many bytes it took. When
// p.Type is 0 and err is nil, all of in was taken and more is needed. The
// caller's loop is
//
//	for {
//		n, err := d.Next(in, &p)
//		if err != nil { … answer err.(*Error).Code … }
//		in = in[n:]
//		if p.Type == 0 { break }
//		… use p …
//	}
//
// and its last turn, with nothing left to read, is what gives borrowed scratch
// back. After an error, an [*Error], the decoder stays in it; n and p are
// unspecified.
func (d *Decoder) Next(in []byte, p *Packet) (n int, err error) {
	if d.state != stateStart {
		return d.resume(in, p)
	}
	if len(in) < 2 {
		return d.collect(in, p)
	}
	size, head := int(in[1]), 2
	if size >= 0x80 {
		v, k := varInt(in[1:])
		if k <= 0 {
			return d.collect(in, p)
		}
		size, head = int(v), 1+k
	}
	n = head + size
	if n > len(in) {
		n, err = d.open(in[0], head, size, in[head:], p)
		return head + n, err
	}
	first, body := in[0], in[head:n:n]
	// A length that ends in 0 may not be in its shortest form: that is for admit.
	if (in[head-1] != 0 || d.version != V5) && n <= int(d.maxPacket) && d.remembered(first, body, p) {
		return n, nil
	}
	e := d.admit(first, head, size)
	if e == nil {
		e = d.decode(first, head, body, p)
	}
	if e != nil {
		return 0, d.fail(e, p)
	}
	return n, nil
}
