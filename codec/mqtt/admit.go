package mqtt

// admit judges a packet by its fixed header, before anything is kept of it:
// type, direction, order, flags and size.
func (d *Decoder) admit(first byte, head, size int) *Error {
	t := Type(first >> 4)
	if t == 0 {
		return errType
	}
	if e := d.order(t); e != nil {
		return e
	}
	if t == TypeAuth && d.version != V5 {
		return errType
	}
	if !senders[d.role].has(t) || t == TypeDisconnect && d.role == FromServer && d.version != V5 {
		return errDirection
	}
	if e := checkFlags(first, d.version); e != nil {
		return e
	}
	if d.version == V5 && head > 2 && head != 1+VarIntSize(uint32(size)) {
		return errVarIntLong
	}
	if head+size > int(d.maxPacket) {
		return errPacketTooLarge
	}
	return nil
}

// order applies [MQTT-3.1.0-1], [MQTT-3.1.0-2], [MQTT-3.2.0-1], [MQTT-3.2.0-2].
func (d *Decoder) order(t Type) *Error {
	switch {
	case d.role == FromClient && d.opened == (t == TypeConnect):
		if d.opened {
			return errSecondConnect
		}
		return errNotConnect
	case d.role == FromServer && d.opened && t == TypeConnack:
		return errSecondConnack
	case d.role == FromServer && !d.opened && t != TypeConnack && !(t == TypeAuth && d.version == V5):
		return errNotConnack
	}
	return nil
}

// decode reads everything behind the fixed header of head bytes.
func (d *Decoder) decode(first byte, head int, body []byte, p *Packet) (e *Error) {
	p.begin(first, nil, nil)
	switch p.Type {
	case TypePublish:
		return d.publish(body, p)
	case TypePuback, TypePubrec, TypePubrel, TypePubcomp:
		return d.ack(body, p)
	case TypeSubscribe:
		return d.subscribe(body, p)
	case TypeSuback:
		return d.suback(body, p)
	case TypeUnsubscribe:
		return d.unsubscribe(body, p)
	case TypeUnsuback:
		return d.unsuback(body, p)
	case TypeDisconnect:
		return d.disconnect(body, p)
	case TypeAuth:
		return d.auth(body, p)
	case TypeConnect:
		e = d.connect(body, head, p)
		d.opened = e == nil
	case TypeConnack:
		e = d.connack(body, p)
		d.opened = e == nil
	default: // PINGREQ, PINGRESP
		if len(body) > 0 {
			e = errTrailing
		}
	}
	return e
}
