package mqtt

import "bytes"

// SubscribeOptions is the byte behind each filter of a SUBSCRIBE (§3.8.3.1).
// Before 5.0 it holds the QoS and nothing else.
type SubscribeOptions byte

// QoS returns the maximum QoS that the client asks for.
func (o SubscribeOptions) QoS() byte { return byte(o & 0x03) }

// NoLocal reports whether the client's own messages are to be left out.
func (o SubscribeOptions) NoLocal() bool { return o&0x04 != 0 }

// RetainAsPublished reports whether messages keep their RETAIN flag.
func (o SubscribeOptions) RetainAsPublished() bool { return o&0x08 != 0 }

// RetainHandling returns when retained messages are sent: 0 always, 1 if the
// subscription is new, 2 never.
func (o SubscribeOptions) RetainHandling() byte { return byte(o >> 4 & 0x03) }

// NewSubscribeOptions packs the options of a subscription.
func NewSubscribeOptions(qos byte, noLocal, retainAsPublished bool, retainHandling byte) SubscribeOptions {
	o := SubscribeOptions(qos | retainHandling<<4)
	if noLocal {
		o |= 0x04
	}
	if retainAsPublished {
		o |= 0x08
	}
	return o
}

// check applies [MQTT-3.8.3-5] and the protocol errors of §3.8.3.1; before 5.0,
// 3.1.1 [MQTT-3.8.3-4].
func (o SubscribeOptions) check(v Version, filter []byte) *Error {
	switch {
	case v != V5 && o > 2:
		return errOptionsV3
	case o&0xC0 != 0:
		return errOptions
	case o.QoS() == 3:
		return errSubscribeQoS3
	case o.RetainHandling() == 3:
		return errRetainHandling
	case o.NoLocal() && bytes.HasPrefix(filter, sharePrefix):
		return errNoLocalShared
	}
	return nil
}

// checkFilter applies what leaves no filter that could be answered: an empty one,
// and in 5.0 a shared one without its parts. Wildcards in wrong places are left to
// the caller, who answers filter by filter.
func checkFilter(v Version, filter []byte) *Error {
	if len(filter) == 0 {
		return errFilterEmpty
	}
	if v == V5 && bytes.HasPrefix(filter, sharePrefix) {
		if _, _, _, ok := ParseShared(filter); !ok {
			return errSharedFilter
		}
	}
	return nil
}

// subscribe decodes a SUBSCRIBE (§3.8).
func (d *Decoder) subscribe(body []byte, p *Packet) *Error {
	c := cursor{rest: body, strict: d.limits.StrictUTF8}
	d.identify(&c, p)
	p.Payload = c.rest
	for len(c.rest) > 0 {
		filter := c.text()
		options := SubscribeOptions(c.uint8())
		if c.fault == nil {
			if e := options.check(d.version, filter); e != nil {
				return e
			}
			if e := checkFilter(d.version, filter); e != nil {
				return e
			}
		}
		p.FilterCount++
	}
	if c.fault == nil && p.FilterCount == 0 {
		return errNoFilters
	}
	return c.fault
}

// unsubscribe decodes an UNSUBSCRIBE (§3.10).
func (d *Decoder) unsubscribe(body []byte, p *Packet) *Error {
	c := cursor{rest: body, strict: d.limits.StrictUTF8}
	d.identify(&c, p)
	p.Payload = c.rest
	for len(c.rest) > 0 {
		filter := c.text()
		if c.fault == nil {
			if e := checkFilter(d.version, filter); e != nil {
				return e
			}
		}
		p.FilterCount++
	}
	if c.fault == nil && p.FilterCount == 0 {
		return errNoFiltersUnsub
	}
	return c.fault
}

// identify reads what SUBSCRIBE, UNSUBSCRIBE and their answers begin with.
func (d *Decoder) identify(c *cursor, p *Packet) {
	p.ID = c.packetID()
	if d.version == V5 {
		c.properties(p.Type, d.limits, &p.Properties)
	}
}

// FilterIter walks the filters of a SUBSCRIBE or UNSUBSCRIBE in wire order.
type FilterIter struct {
	rest    []byte
	options int // bytes of options behind a filter
}

// Filters starts a walk over p's filters, of which only a SUBSCRIBE and an
// UNSUBSCRIBE have any. The walk may outlive the use of p, not the bytes.
func (p *Packet) Filters() FilterIter {
	switch p.Type {
	case TypeSubscribe:
		return FilterIter{p.Payload, 1}
	case TypeUnsubscribe:
		return FilterIter{p.Payload, 0}
	}
	return FilterIter{}
}

// Next returns the next filter; ok is false at the end. The options of an
// UNSUBSCRIBE are zero.
func (it *FilterIter) Next() (filter []byte, options SubscribeOptions, ok bool) {
	if len(it.rest) < 2 {
		return nil, 0, false
	}
	end := stringSize(it.rest, 0)
	filter = it.rest[2:end:end]
	if it.options != 0 {
		options = SubscribeOptions(it.rest[end])
	}
	it.rest = it.rest[end+it.options:]
	return filter, options, true
}

// Subscription is one entry of a SUBSCRIBE to encode.
type Subscription struct {
	Filter  []byte
	Options SubscribeOptions
}

// AppendSubscribe appends a SUBSCRIBE; properties count in 5.0 only.
func AppendSubscribe(dst []byte, v Version, id uint16, properties []byte, list []Subscription) []byte {
	size := 0
	for i := range list {
		size += 2 + len(list[i].Filter) + 1
	}
	dst = appendIdentified(dst, TypeSubscribe, v, id, properties, size)
	for i := range list {
		dst = append(AppendString(dst, list[i].Filter), byte(list[i].Options))
	}
	return dst
}

// AppendUnsubscribe appends an UNSUBSCRIBE; properties count in 5.0 only.
func AppendUnsubscribe(dst []byte, v Version, id uint16, properties []byte, filters [][]byte) []byte {
	size := 0
	for _, f := range filters {
		size += 2 + len(f)
	}
	dst = appendIdentified(dst, TypeUnsubscribe, v, id, properties, size)
	for _, f := range filters {
		dst = AppendString(dst, f)
	}
	return dst
}

// appendIdentified appends a packet of type t up to its payload of the given
// size.
func appendIdentified(dst []byte, t Type, v Version, id uint16, properties []byte, payload int) []byte {
	size := 2 + payload
	if v == V5 {
		size += sectionSize(properties)
	}
	dst = appendHeader(dst, byte(t)<<4|fixedFlags(t), size)
	dst = append(dst, byte(id>>8), byte(id))
	if v == V5 {
		dst = appendSection(dst, properties)
	}
	return dst
}
