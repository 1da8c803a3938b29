package mqtt

// Connect is what only a CONNECT holds (§3.1). Its properties are in
// [Packet.Properties].
type Connect struct {
	Version    Version
	CleanStart bool   // clean session before 5.0
	KeepAlive  uint16 // seconds, 0: off
	ClientID   []byte // may be empty

	HasUsername bool
	HasPassword bool
	Username    []byte
	Password    []byte

	HasWill bool
	Will    Will
}

// Will is the will message of a CONNECT (§3.1.2.5).
type Will struct {
	Topic, Payload []byte
	QoS            byte
	Retain         bool
	Properties     Properties
}

// The bits of the connect flags (§3.1.2.3).
const (
	connectReserved   = 0x01
	connectCleanStart = 0x02
	connectWill       = 0x04
	connectWillQoS    = 0x18
	connectWillRetain = 0x20
	connectPassword   = 0x40
	connectUsername   = 0x80
)

// connect decodes a CONNECT. Once name and level are read d.version is set: on a
// fault it is the version to answer in, zero when the packet ended before.
func (d *Decoder) connect(body []byte, head int, p *Packet) *Error {
	c := cursor{rest: body, strict: d.limits.StrictUTF8}
	name, level := c.binary(), c.uint8()
	if c.fault != nil {
		return c.fault
	}
	version, fault := protocol(name, level)
	d.version = version
	if fault != nil {
		return fault
	}
	if version == V5 && head != 1+VarIntSize(uint32(len(body))) {
		return errVarIntLong
	}
	p.Connect = Connect{Version: version}
	conn := &p.Connect
	flags := c.uint8()
	if c.fault == nil {
		if e := checkConnectFlags(flags, version); e != nil {
			return e
		}
	}
	conn.CleanStart = flags&connectCleanStart != 0
	conn.KeepAlive = c.uint16()
	if version == V5 {
		c.properties(TypeConnect, d.limits, &p.Properties)
	}
	conn.ClientID = c.text()
	if flags&connectWill != 0 {
		d.will(flags, &c, conn)
	}
	// 3.1 §3.1: the remaining length takes precedence over these two flags.
	lenient := version == V31
	if flags&connectUsername != 0 && !(lenient && len(c.rest) == 0) {
		conn.HasUsername = true
		conn.Username = c.text()
	}
	if flags&connectPassword != 0 && !(lenient && len(c.rest) == 0) {
		conn.HasPassword = true
		conn.Password = c.binary()
	}
	if e := c.end(); e != nil {
		return e
	}
	if len(conn.ClientID) == 0 {
		switch {
		case version == V31:
			return errClientID31
		case version == V311 && !conn.CleanStart:
			return errClientID
		}
	}
	return nil
}

func (d *Decoder) will(flags byte, c *cursor, conn *Connect) {
	conn.HasWill = true
	w := &conn.Will
	w.QoS = flags & connectWillQoS >> 3
	w.Retain = flags&connectWillRetain != 0
	if conn.Version == V5 {
		c.properties(TypeWill, d.limits, &w.Properties)
	}
	w.Topic = c.text()
	if c.fault == nil && (len(w.Topic) == 0 || wildcards(w.Topic)) {
		c.fail(errWillTopic)
	}
	w.Payload = c.binary()
}

// protocol returns the version that name and level ask for. Together with a
// fault it is the version to answer in: bit 7 of the level is the mark of a
// bridge and does not count.
func protocol(name []byte, level byte) (Version, *Error) {
	answer := V5
	if level&0x7F < 5 {
		answer = V311
	}
	switch string(name) {
	case "MQTT":
		if level == 4 || level == 5 {
			return Version(level), nil
		}
	case "MQIsdp":
		if level == 3 {
			return V31, nil
		}
	default:
		return answer, errProtocolName
	}
	return answer, errProtocolLevel
}

// checkConnectFlags applies §3.1.2.3. 3.1 says nothing of what is not used.
func checkConnectFlags(flags byte, version Version) *Error {
	if flags&connectWill != 0 && flags&connectWillQoS == connectWillQoS {
		return errWillQoS3
	}
	if version != V5 && flags&(connectUsername|connectPassword) == connectPassword {
		return errPassword
	}
	if version == V31 {
		return nil
	}
	switch {
	case flags&connectReserved != 0:
		return errConnectFlag
	case flags&connectWill != 0:
		return nil
	case flags&connectWillQoS != 0:
		return errWillQoS
	case flags&connectWillRetain != 0:
		return errWillRetain
	}
	return nil
}

// AppendConnect appends a CONNECT. The properties of the packet are given as a
// section, those of the will are c.Will.Properties.Raw; both count in 5.0 only.
func AppendConnect(dst []byte, c *Connect, properties []byte) []byte {
	name := "MQTT"
	if c.Version == V31 {
		name = "MQIsdp"
	}
	size := 2 + len(name) + 1 + 1 + 2 + 2 + len(c.ClientID)
	flags := byte(0)
	if c.CleanStart {
		flags |= connectCleanStart
	}
	if c.Version == V5 {
		size += sectionSize(properties)
	}
	if w := &c.Will; c.HasWill {
		flags |= connectWill | w.QoS<<3
		if w.Retain {
			flags |= connectWillRetain
		}
		if c.Version == V5 {
			size += sectionSize(w.Properties.Raw)
		}
		size += 2 + len(w.Topic) + 2 + len(w.Payload)
	}
	if c.HasUsername {
		flags |= connectUsername
		size += 2 + len(c.Username)
	}
	if c.HasPassword {
		flags |= connectPassword
		size += 2 + len(c.Password)
	}

	dst = appendHeader(dst, byte(TypeConnect)<<4, size)
	dst = AppendString(dst, name)
	dst = append(dst, byte(c.Version), flags, byte(c.KeepAlive>>8), byte(c.KeepAlive))
	if c.Version == V5 {
		dst = appendSection(dst, properties)
	}
	dst = AppendString(dst, c.ClientID)
	if c.HasWill {
		if c.Version == V5 {
			dst = appendSection(dst, c.Will.Properties.Raw)
		}
		dst = AppendString(AppendString(dst, c.Will.Topic), c.Will.Payload)
	}
	if c.HasUsername {
		dst = AppendString(dst, c.Username)
	}
	if c.HasPassword {
		dst = AppendString(dst, c.Password)
	}
	return dst
}
