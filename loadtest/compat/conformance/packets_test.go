package conformance

import (
	"encoding/binary"
	"strings"
)

// Packets are strings of bytes, written by hand.

func u16(n int) string { return string(binary.BigEndian.AppendUint16(nil, uint16(n))) }
func u32(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }

// str is a string or binary data with its length.
func str(s string) string { return u16(len(s)) + s }

// varint is a variable byte integer of as few bytes as it takes.
func varint(n int) string { return string(binary.AppendUvarint(nil, uint64(n))) }

func packet(first byte, body ...string) string {
	all := strings.Join(body, "")
	return string([]byte{first}) + varint(len(all)) + all
}

// properties is the section of these, for 5.0 alone.
func (v version) properties(all ...string) string {
	if v == v311 {
		return ""
	}
	text := strings.Join(all, "")
	return varint(len(text)) + text
}

// Property identifiers.
const (
	payloadFormat         = 0x01
	messageExpiry         = 0x02
	contentType           = 0x03
	responseTopic         = 0x08
	correlationData       = 0x09
	subscriptionID        = 0x0b
	sessionExpiry         = 0x11
	assignedID            = 0x12
	serverKeepAlive       = 0x13
	authMethod            = 0x15
	authData              = 0x16
	problemInfo           = 0x17
	willDelay             = 0x18
	responseInfo          = 0x19
	responseInformation   = 0x1a
	reasonString          = 0x1f
	receiveMaximum        = 0x21
	topicAliasMaximum     = 0x22
	topicAlias            = 0x23
	maximumQoS            = 0x24
	retainAvailable       = 0x25
	userProperty          = 0x26
	maximumPacketSize     = 0x27
	sharedSubAvailable    = 0x2a
	subscriptionIDsOnSale = 0x29
)

func byteProperty(id, value byte) string       { return string([]byte{id, value}) }
func shortProperty(id byte, n int) string      { return string([]byte{id}) + u16(n) }
func longProperty(id byte, n int) string       { return string([]byte{id}) + u32(n) }
func textProperty(id byte, s string) string    { return string([]byte{id}) + str(s) }
func userPropertyOf(name, value string) string { return "\x26" + str(name) + str(value) }
func subscriptionIDOf(n int) string            { return "\x0b" + varint(n) }

// connect is a CONNECT. Its zero value asks for a clean session under a name of
// its own, without keep alive.
type connect struct {
	id         string
	anonymous  bool // the identifier is empty
	resume     bool // Clean Session or Clean Start 0
	keepAlive  int
	properties string
	will       *will
	flags      byte   // in addition
	rest       string // behind what the fields above make
}

type will struct {
	topic, payload, properties string
	qos                        byte
	retain                     bool
}

// Connect flags.
const (
	cleanFlag      = 0x02
	willFlag       = 0x04
	willRetainFlag = 0x20
	passwordFlag   = 0x40
	userNameFlag   = 0x80
)

func (c connect) bytes(v version) string {
	flags := c.flags
	if !c.resume {
		flags |= cleanFlag
	}
	id := c.id
	if id == "" && !c.anonymous {
		id = unique("client")
	}
	body := str(id)
	if w := c.will; w != nil {
		flags |= willFlag | w.qos<<3
		if w.retain {
			flags |= willRetainFlag
		}
		body += v.properties(w.properties) + str(w.topic) + str(w.payload)
	}
	return rawConnect(v, "MQTT", v.level(), flags, c.keepAlive, v.properties(c.properties), body, c.rest)
}

func rawConnect(v version, name string, level, flags byte, keepAlive int, rest ...string) string {
	return packet(0x10, str(name), string([]byte{level, flags}), u16(keepAlive), strings.Join(rest, ""))
}

// message is a PUBLISH.
type message struct {
	topic, payload string
	qos            byte
	id             int // with QoS 1 and 2
	dup, retain    bool
	properties     string
}

func (m message) bytes(v version) string {
	first := 0x30 | m.qos<<1
	if m.dup {
		first |= 8
	}
	if m.retain {
		first |= 1
	}
	id := ""
	if m.qos > 0 {
		id = u16(m.id)
	}
	return packet(first, str(m.topic), id, v.properties(m.properties), m.payload)
}

// subscribe is a SUBSCRIBE of filters that each come with their options.
func (v version) subscribe(id int, filtersAndOptions ...string) string {
	return v.subscribeWith(id, "", filtersAndOptions...)
}

func (v version) subscribeWith(id int, properties string, filtersAndOptions ...string) string {
	body := u16(id) + v.properties(properties)
	for i := 0; i < len(filtersAndOptions); i += 2 {
		body += str(filtersAndOptions[i]) + filtersAndOptions[i+1]
	}
	return packet(0x82, body)
}

func (v version) unsubscribe(id int, filters ...string) string {
	body := u16(id) + v.properties()
	for _, f := range filters {
		body += str(f)
	}
	return packet(0xa2, body)
}

// ack is PUBACK (0x40), PUBREC (0x50), PUBREL (0x62) or PUBCOMP (0x70) in its
// short form.
func ack(first byte, id int) string { return packet(first, u16(id)) }

// nack is one with a reason code, which 5.0 has.
func nack(first byte, id int, code byte) string { return packet(first, u16(id), string([]byte{code})) }

const (
	puback  = 0x40
	pubrec  = 0x50
	pubrel  = 0x62
	pubcomp = 0x70

	pingreq  = "\xc0\x00"
	goodbye  = "\xe0\x00" // DISCONNECT
	pingresp = 0xd0
)
