package mqtt

// Properties is one decoded property section. A field means something only if
// [Properties.Has] says that the property was there; otherwise it is zero, not
// the default of the standard. All slices point into Raw.
type Properties struct {
	// Raw is the section without its length, as it was on the wire; nil if
	// empty.
	Raw []byte

	Present PropertySet
	Users   uint32 // number of User Properties

	SessionExpiry       uint32 // seconds
	MessageExpiry       uint32 // seconds
	WillDelay           uint32 // seconds
	MaximumPacketSize   uint32 // bytes
	SubscriptionID      uint32 // the first one; SubscriptionIDs walks all
	ReceiveMaximum      uint16
	TopicAliasMaximum   uint16
	TopicAlias          uint16
	ServerKeepAlive     uint16 // seconds
	PayloadFormat       byte   // 0 or 1
	MaximumQoS          byte   // 0 or 1
	RequestProblemInfo  bool
	RequestResponseInfo bool

	RetainAvailable         bool
	WildcardAvailable       bool
	SubscriptionIDAvailable bool
	SharedAvailable         bool

	ContentType         []byte
	ResponseTopic       []byte
	CorrelationData     []byte
	AuthMethod          []byte
	AuthData            []byte
	ReasonString        []byte
	ServerReference     []byte
	AssignedClientID    []byte
	ResponseInformation []byte
}

// Has reports whether the property was in the section.
func (p *Properties) Has(id PropertyID) bool { return p.Present.Has(id) }

// reset empties p.
func (p *Properties) reset() {
	if p.Present != 0 || p.Raw != nil {
		*p = Properties{}
	}
}

// DecodeProperties decodes a property section (without its length) of a packet
// of type t into p, whose slices then point into raw. It checks all that the
// standard says of the section whoever sent it; [TypeWill] stands for the will's.
func DecodeProperties(raw []byte, t Type, p *Properties) error {
	p.reset()
	if len(raw) == 0 {
		return nil
	}
	if e := p.decode(raw, t, &unlimited); e != nil {
		return e
	}
	return nil
}

// decode is DecodeProperties with limits. After a fault p is unspecified.
func (p *Properties) decode(raw []byte, t Type, limits *Limits) *Error {
	p.reset()
	p.Raw = raw
	c := cursor{rest: raw, strict: limits.StrictUTF8}
	for len(c.rest) > 0 {
		id := PropertyID(c.uint8())
		row := id.info()
		if row.kind == kindNone {
			return errPropertyUnknown
		}
		if !row.in.has(t) {
			return errPropertyPacket
		}
		if p.Present.Has(id) && id != PropUserProperty && (id != PropSubscriptionID || t != TypePublish) {
			return errPropertyTwice
		}
		p.value(id, row.kind, &c)
		p.Present |= 1 << id
		if p.Users > limits.MaxUserProperties && limits.MaxUserProperties != 0 {
			return errUserProperties
		}
	}
	if c.fault != nil {
		return c.fault
	}
	if p.Has(PropAuthData) && !p.Has(PropAuthMethod) {
		return errAuthData
	}
	return nil
}

// value reads the value of one property; faults stay in c.
func (p *Properties) value(id PropertyID, k kind, c *cursor) {
	switch k {
	case kindByte:
		p.setByte(id, c)
	case kindUint16:
		p.setUint16(id, c)
	case kindUint32:
		p.setUint32(id, c)
	case kindVarInt:
		p.setVarInt(c)
	case kindPair:
		c.text()
		c.text()
		p.Users++
	default:
		p.setBytes(id, k, c)
	}
}

// setByte reads a property that is 0 or 1, as all of one byte are.
func (p *Properties) setByte(id PropertyID, c *cursor) {
	v := c.uint8()
	if v > 1 {
		c.fail(errPropertyBool)
		return
	}
	switch id {
	case PropPayloadFormat:
		p.PayloadFormat = v
	case PropMaximumQoS:
		p.MaximumQoS = v
	case PropRequestProblemInfo:
		p.RequestProblemInfo = v == 1
	case PropRequestResponseInfo:
		p.RequestResponseInfo = v == 1
	case PropRetainAvailable:
		p.RetainAvailable = v == 1
	case PropWildcardAvailable:
		p.WildcardAvailable = v == 1
	case PropSubscriptionIDAvailable:
		p.SubscriptionIDAvailable = v == 1
	case PropSharedAvailable:
		p.SharedAvailable = v == 1
	}
}

func (p *Properties) setUint16(id PropertyID, c *cursor) {
	v := c.uint16()
	switch id {
	case PropServerKeepAlive:
		p.ServerKeepAlive = v
	case PropTopicAliasMaximum:
		p.TopicAliasMaximum = v
	case PropReceiveMaximum:
		p.ReceiveMaximum = v
		if v == 0 {
			c.fail(errPropertyZero)
		}
	case PropTopicAlias:
		p.TopicAlias = v
		if v == 0 {
			c.fail(errTopicAlias)
		}
	}
}

func (p *Properties) setUint32(id PropertyID, c *cursor) {
	v := c.uint32()
	switch id {
	case PropSessionExpiry:
		p.SessionExpiry = v
	case PropMessageExpiry:
		p.MessageExpiry = v
	case PropWillDelay:
		p.WillDelay = v
	case PropMaximumPacketSize:
		p.MaximumPacketSize = v
		if v == 0 {
			c.fail(errPropertyZero)
		}
	}
}

// setVarInt reads a Subscription Identifier, the one property of this kind.
func (p *Properties) setVarInt(c *cursor) {
	v := c.varInt()
	if v == 0 {
		c.fail(errPropertyZero)
		return
	}
	if !p.Has(PropSubscriptionID) {
		p.SubscriptionID = v
	}
}

func (p *Properties) setBytes(id PropertyID, k kind, c *cursor) {
	var b []byte
	if k == kindString {
		b = c.text()
	} else {
		b = c.binary()
	}
	switch id {
	case PropContentType:
		p.ContentType = b
	case PropCorrelationData:
		p.CorrelationData = b
	case PropAuthMethod:
		p.AuthMethod = b
	case PropAuthData:
		p.AuthData = b
	case PropReasonString:
		p.ReasonString = b
	case PropServerReference:
		p.ServerReference = b
	case PropAssignedClientID:
		p.AssignedClientID = b
	case PropResponseInformation:
		p.ResponseInformation = b
	case PropResponseTopic:
		p.ResponseTopic = b
		if c.fault == nil && (len(b) == 0 || wildcards(b)) {
			c.fail(errResponseTopic)
		}
	}
}
