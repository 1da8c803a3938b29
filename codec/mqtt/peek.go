package mqtt

// PeekStatus is what [PeekClientID] found out.
type PeekStatus byte

const (
	PeekNeedMore    PeekStatus = iota // too few bytes
	PeekFound                         // id and version are there
	PeekUndecidable                   // no CONNECT that a decoder would accept
)

// PeekClientID finds the client identifier in the first bytes of a client's
// connection, before the whole CONNECT is there and without judging it: whoever
// has to choose a lane calls it, and leaves all answers to the decoder. id points
// into first and may be empty. maxPacket is [Limits.MaxPacket]; a larger packet
// is undecidable at once.
//
// The answer holds for everything that begins with first, except PeekNeedMore,
// and if a decoder accepts the CONNECT it finds the same identifier.
func PeekClientID(first []byte, maxPacket uint32) (id []byte, v Version, status PeekStatus) {
	if len(first) == 0 {
		return nil, 0, PeekNeedMore
	}
	if first[0] != byte(TypeConnect)<<4 {
		return nil, 0, PeekUndecidable
	}
	size, n := varInt(first[1:])
	if n < 0 {
		return nil, 0, PeekUndecidable
	}
	if n == 0 {
		return nil, 0, PeekNeedMore
	}
	limits := Limits{MaxPacket: maxPacket}
	if uint64(size)+uint64(n)+1 > uint64(limits.maxPacket()) {
		return nil, 0, PeekUndecidable
	}
	k := peek{have: first[1+n:], left: int(size), status: PeekFound}
	name := k.binary()
	fields := k.take(4) // level, flags, keep alive
	if k.status != PeekFound {
		return nil, 0, k.status
	}
	v, fault := protocol(name, fields[0])
	if fault != nil {
		return nil, 0, PeekUndecidable
	}
	if v == V5 {
		k.take(k.varInt())
	}
	id = k.binary()
	if k.status != PeekFound {
		return nil, 0, k.status
	}
	return id, v, PeekFound
}

// peek reads fields of a packet that may be incomplete. Once status is not
// PeekFound, reads return nothing.
type peek struct {
	have   []byte // what there is of the packet, from here on
	left   int    // bytes of the packet from here on
	status PeekStatus
}

func (k *peek) take(n int) []byte {
	switch {
	case k.status != PeekFound:
		return nil
	case n > k.left:
		k.status = PeekUndecidable
		return nil
	case n > len(k.have):
		k.status = PeekNeedMore
		return nil
	}
	b := k.have[:n:n]
	k.have = k.have[n:]
	k.left -= n
	return b
}

func (k *peek) binary() []byte {
	if b := k.take(2); k.status == PeekFound {
		return k.take(int(b[0])<<8 | int(b[1]))
	}
	return nil
}

func (k *peek) varInt() int {
	if k.status != PeekFound {
		return 0
	}
	v, n := varInt(k.have[:min(len(k.have), k.left)])
	switch {
	case n < 0 || n == 0 && len(k.have) >= k.left:
		k.status = PeekUndecidable
		return 0
	case n == 0:
		k.status = PeekNeedMore
		return 0
	}
	k.take(n)
	return int(v)
}
