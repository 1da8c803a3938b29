package mqtt

// UserPropertyIter walks the User Properties of a section in wire order.
type UserPropertyIter struct{ rest []byte }

// UserProperties starts a walk over p's User Properties.
func (p *Properties) UserProperties() UserPropertyIter {
	if p.Users == 0 {
		return UserPropertyIter{}
	}
	return UserPropertyIter{p.Raw}
}

// Next returns the next pair; ok is false at the end.
func (it *UserPropertyIter) Next() (key, value []byte, ok bool) {
	for {
		id, body, rest := splitProperty(it.rest)
		it.rest = rest
		if body == nil {
			return nil, nil, false
		}
		if id == PropUserProperty {
			n := 2 + int(body[0])<<8 + int(body[1])
			return body[2:n], body[n+2:], true
		}
	}
}

// SubscriptionIDIter walks the Subscription Identifiers of a section.
type SubscriptionIDIter struct{ rest []byte }

// SubscriptionIDs starts a walk over p's Subscription Identifiers: several may
// stand in a PUBLISH from a server (§3.3.2.3.8).
func (p *Properties) SubscriptionIDs() SubscriptionIDIter {
	if !p.Has(PropSubscriptionID) {
		return SubscriptionIDIter{}
	}
	return SubscriptionIDIter{p.Raw}
}

// Next returns the next identifier; ok is false at the end.
func (it *SubscriptionIDIter) Next() (id uint32, ok bool) {
	for {
		prop, body, rest := splitProperty(it.rest)
		it.rest = rest
		if body == nil {
			return 0, false
		}
		if prop == PropSubscriptionID {
			v, _ := varInt(body)
			return v, true
		}
	}
}

// MessageExpiry finds the Message Expiry Interval in the section of a PUBLISH
// that has been decoded: its seconds and where in the section they stand.
func MessageExpiry(section []byte) (seconds uint32, at int, ok bool) {
	for rest := section; ; {
		id, body, next := splitProperty(rest)
		if body == nil {
			return 0, 0, false
		}
		if id == PropMessageExpiry {
			at = len(section) - len(next) - len(body)
			return uint32(body[0])<<24 | uint32(body[1])<<16 | uint32(body[2])<<8 | uint32(body[3]), at, true
		}
		rest = next
	}
}

// splitProperty cuts the first property off raw: body is its value with any
// length prefixes. body and rest are nil if there is no well-formed one.
func splitProperty(raw []byte) (id PropertyID, body, rest []byte) {
	if len(raw) == 0 {
		return 0, nil, nil
	}
	id, raw = PropertyID(raw[0]), raw[1:]
	n := id.info().kind.size(raw)
	if n <= 0 || n > len(raw) {
		return 0, nil, nil
	}
	return id, raw[:n:n], raw[n:]
}

// size returns the length of the value of kind k at the start of b: more than
// len(b) if b ends before, 0 or less if there is no such value.
func (k kind) size(b []byte) int {
	switch k {
	case kindByte:
		return 1
	case kindUint16:
		return 2
	case kindUint32:
		return 4
	case kindVarInt:
		_, n := varInt(b)
		return n
	case kindString, kindBinary:
		return stringSize(b, 0)
	case kindPair:
		return stringSize(b, stringSize(b, 0))
	}
	return 0
}

// stringSize returns where the string or binary data at b[at:] ends: more than
// len(b) if it is not all there.
func stringSize(b []byte, at int) int {
	if at+2 > len(b) {
		return len(b) + 1
	}
	return at + 2 + int(b[at])<<8 + int(b[at+1])
}
