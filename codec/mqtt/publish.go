package mqtt

// memoMax is the largest prefix that a decoder remembers, in bytes.
const memoMax = 256

// publish decodes a PUBLISH (§3.3).
func (d *Decoder) publish(body []byte, p *Packet) *Error {
	p.QoS = p.Flags >> 1 & 3
	p.Dup = p.Flags&0x08 != 0
	p.Retain = p.Flags&0x01 != 0
	d.memo = d.memo[:0]
	if len(body) < 2 {
		return errTruncated
	}
	at := 2 + int(body[0])<<8 + int(body[1])
	if at > len(body) {
		return errTruncated
	}
	p.Topic = body[2:at:at]
	if !plainTopic(p.Topic) {
		if e := checkTopic(p.Topic, d.limits.StrictUTF8); e != nil {
			return e
		}
	}
	if p.QoS > 0 {
		if at+2 > len(body) {
			return errTruncated
		}
		p.ID = uint16(body[at])<<8 | uint16(body[at+1])
		if p.ID == 0 {
			return errPacketID
		}
		at += 2
	}
	if d.version == V5 {
		if at < len(body) && body[at] == 0 {
			at++
		} else {
			c := cursor{rest: body[at:]}
			c.properties(TypePublish, d.limits, &p.Properties)
			if c.fault != nil {
				return c.fault
			}
			if d.role == FromClient && p.Properties.Has(PropSubscriptionID) {
				return errClientSubID
			}
			at = len(body) - len(c.rest)
		}
	}
	p.Payload = body[at:]
	if len(p.Topic) == 0 {
		return d.emptyTopic(p)
	}
	if p.QoS == 0 && p.Properties.Present == 0 && at < memoMax {
		d.memo = append(append(d.memo, p.Flags|byte(TypePublish)<<4), body[:at]...)
	}
	return nil
}

// emptyTopic applies §3.3.2.1: only a topic alias may stand for the name.
func (d *Decoder) emptyTopic(p *Packet) *Error {
	switch {
	case d.version != V5:
		return errTopicEmpty
	case !p.Properties.Has(PropTopicAlias):
		return errNoAlias
	}
	return nil
}

// remembered reports whether body starts with what the previous PUBLISH started
// with behind its fixed header, and decodes it if so. The memo holds that
// PUBLISH's first byte, then all of it from the topic up to the payload; it is
// empty unless that PUBLISH was QoS 0 and without properties.
func (d *Decoder) remembered(first byte, body []byte, p *Packet) bool {
	at := len(d.memo) - 1
	if at < 0 || at > len(body) || d.memo[0] != first || string(d.memo[1:]) != string(body[:at]) {
		return false
	}
	end := 2 + int(body[0])<<8 + int(body[1])
	p.begin(first, body[2:end:end], body[at:])
	p.Retain = first&0x01 != 0
	p.Same = true
	return true
}

// Repeats tells how many of the packets that in begins with, which is what
// follows the packet that Next has just read from last, are whole and differ
// from that one in the payload at most. It must have been Same. The caller may
// skip any number of them; each has the length of last.
func (d *Decoder) Repeats(last []byte, p *Packet, in []byte) (count int) {
	if d.state != stateStart {
		return 0 // last is not the whole packet
	}
	head := len(last) - len(p.Payload)
	for len(in) >= len(last) && string(in[:head]) == string(last[:head]) {
		in = in[len(last):]
		count++
	}
	return count
}

// PublishFlags returns the low four bits of a PUBLISH's first byte (§3.3.1).
func PublishFlags(qos byte, dup, retain bool) byte {
	flags := qos << 1
	if dup {
		flags |= 0x08
	}
	if retain {
		flags |= 0x01
	}
	return flags
}

// PublishSize returns the bytes of a whole PUBLISH: what a receiver compares
// with its Maximum Packet Size. The sizes are those of topic, property section
// (5.0 only) and payload.
func PublishSize(v Version, qos byte, topic, properties, payload int) int {
	size := publishRemaining(v, qos, topic, properties, payload)
	return 1 + VarIntSize(uint32(size)) + size
}

func publishRemaining(v Version, qos byte, topic, properties, payload int) int {
	size := 2 + topic + payload
	if qos > 0 {
		size += 2
	}
	if v == V5 {
		size += VarIntSize(uint32(properties)) + properties
	}
	return size
}

// AppendPublishHeader appends a PUBLISH up to its payload, whose size is given.
// flags are those of [PublishFlags]; id counts with QoS 1 and 2 only, properties
// (a section without its length) in 5.0 only.
func AppendPublishHeader(dst []byte, v Version, flags byte, topic []byte, id uint16, properties []byte, payload int) []byte {
	qos := flags >> 1 & 3
	dst = appendHeader(dst, byte(TypePublish)<<4|flags, publishRemaining(v, qos, len(topic), len(properties), payload))
	dst = AppendString(dst, topic)
	if qos > 0 {
		dst = append(dst, byte(id>>8), byte(id))
	}
	if v == V5 {
		dst = appendSection(dst, properties)
	}
	return dst
}

// AppendPublish appends a whole PUBLISH; see [AppendPublishHeader].
func AppendPublish(dst []byte, v Version, flags byte, topic []byte, id uint16, properties, payload []byte) []byte {
	return append(AppendPublishHeader(dst, v, flags, topic, id, properties, len(payload)), payload...)
}
