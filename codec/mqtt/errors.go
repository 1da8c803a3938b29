package mqtt

// Error is a fault in what was read. All values are static: comparing pointers
// tells them apart, and returning one allocates nothing.
type Error struct {
	// Code is the answer: in CONNACK for a CONNECT (or [ReasonCode.ReturnCode]
	// before 5.0), in DISCONNECT for every later packet of 5.0; earlier
	// versions close silently.
	Code ReasonCode
	Text string
	Spec string // the statement broken: "MQTT-…" of 5.0, or a section
}

// Error returns the text with the statement that was broken.
func (e *Error) Error() string { return "mqtt: " + e.Text + " [" + e.Spec + "]" }

func malformed(text, spec string) *Error { return &Error{CodeMalformedPacket, text, spec} }
func violation(text, spec string) *Error { return &Error{CodeProtocolError, text, spec} }

// Framing and order of packets.
var (
	errTruncated       = malformed("field runs past the end of the packet", "§1.2 Malformed Packet")
	errTrailing        = malformed("bytes after the last field", "§1.2 Malformed Packet")
	errVarInt          = malformed("variable byte integer of more than four bytes", "§1.5.5")
	errVarIntLong      = malformed("variable byte integer not in its shortest form", "MQTT-1.5.5-1")
	errType            = malformed("reserved packet type", "§2.1.2")
	errFlags           = malformed("reserved fixed header flags", "MQTT-2.1.3-1")
	errDirection       = violation("packet type is not for this direction", "§2.1.2")
	errNotConnect      = violation("first packet is not CONNECT", "MQTT-3.1.0-1")
	errSecondConnect   = violation("second CONNECT", "MQTT-3.1.0-2")
	errNotConnack      = violation("first packet is neither CONNACK nor AUTH", "MQTT-3.2.0-1")
	errSecondConnack   = violation("second CONNACK", "MQTT-3.2.0-2")
	errPacketTooLarge  = &Error{CodePacketTooLarge, "packet larger than the limit", "MQTT-3.2.2-15"}
	errPacketID        = violation("packet identifier is zero", "MQTT-2.2.1-3")
	errReasonCode      = violation("reason code is not for this packet", "§2.4")
	errNoCodes         = malformed("no reason code", "MQTT-3.9.3-1")
	errReturnCode      = malformed("reserved return code", "3.1.1 §3.2.2.3")
	errSessionPresent  = violation("session present with an error code", "MQTT-3.2.2-6")
	errConnackReserved = malformed("reserved CONNACK flags", "§3.2.2.1")
)

// Strings.
var (
	errUTF8      = malformed("string is not UTF-8", "MQTT-1.5.4-1")
	errNUL       = malformed("string holds U+0000", "MQTT-1.5.4-2")
	errCharacter = malformed("string holds a control character or a noncharacter", "§1.5.4")
)

// CONNECT.
var (
	errProtocolName  = &Error{CodeUnsupportedProtocolVersion, "unknown protocol name", "MQTT-3.1.2-1"}
	errProtocolLevel = &Error{CodeUnsupportedProtocolVersion, "unknown protocol version", "MQTT-3.1.2-2"}
	errConnectFlag   = malformed("reserved connect flag", "MQTT-3.1.2-3")
	errWillQoS3      = malformed("will QoS 3", "MQTT-3.1.2-12")
	errWillQoS       = malformed("will QoS without a will", "MQTT-3.1.2-11")
	errWillRetain    = malformed("will retain without a will", "MQTT-3.1.2-13")
	errPassword      = malformed("password without user name", "3.1.1 MQTT-3.1.2-22")
	errClientID      = &Error{CodeClientIdentifierNotValid, "empty client identifier needs a clean session", "3.1.1 MQTT-3.1.3-7"}
	errClientID31    = &Error{CodeClientIdentifierNotValid, "empty client identifier", "3.1 §3.1"}
	errWillTopic     = &Error{CodeTopicNameInvalid, "will topic is empty or holds wildcards", "MQTT-4.7.0-1"}
)

// PUBLISH, SUBSCRIBE, UNSUBSCRIBE.
var (
	errQoS3           = malformed("QoS 3", "MQTT-3.3.1-4")
	errDupQoS0        = malformed("DUP with QoS 0", "MQTT-3.3.1-2")
	errTopicWildcard  = &Error{CodeTopicNameInvalid, "wildcard in a topic name", "MQTT-3.3.2-2"}
	errTopicEmpty     = &Error{CodeTopicNameInvalid, "empty topic name", "MQTT-4.7.3-1"}
	errNoAlias        = violation("empty topic name without a topic alias", "§3.3.2.1")
	errClientSubID    = violation("subscription identifier from a client", "MQTT-3.3.4-6")
	errNoFilters      = violation("no topic filter", "MQTT-3.8.3-2")
	errNoFiltersUnsub = violation("no topic filter", "MQTT-3.10.3-2")
	errFilterEmpty    = malformed("empty topic filter", "MQTT-4.7.3-1")
	errSharedFilter   = violation("shared filter without a group or a filter", "MQTT-4.8.2-2")
	errOptions        = malformed("reserved subscription options", "MQTT-3.8.3-5")
	errOptionsV3      = malformed("reserved bits or QoS 3 in a requested QoS", "3.1.1 MQTT-3.8.3-4")
	errSubscribeQoS3  = violation("requested QoS 3", "§3.8.3.1")
	errRetainHandling = violation("retain handling 3", "§3.8.3.1")
	errNoLocalShared  = violation("No Local on a shared subscription", "MQTT-3.8.3-4")
)

// Properties.
var (
	errPropertyUnknown = malformed("unknown property", "§2.2.2.2")
	errPropertyPacket  = malformed("property is not for this packet", "§2.2.2.2")
	errPropertyTwice   = violation("property given twice", "§2.2.2.2")
	errPropertyZero    = violation("property must not be zero", "§2.2.2.2")
	errPropertyBool    = violation("property must be 0 or 1", "§2.2.2.2")
	errTopicAlias      = &Error{CodeTopicAliasInvalid, "topic alias 0", "MQTT-3.3.2-8"}
	errResponseTopic   = violation("response topic is empty or holds wildcards", "MQTT-3.3.2-14")
	errAuthData        = violation("authentication data without a method", "§3.1.2.11.10")
	errAuthMethod      = violation("AUTH without a method", "§3.15.2.2.2")
	errServerExpiry    = violation("session expiry interval from a server", "MQTT-3.14.2-2")
	errClientReference = violation("server reference from a client", "§3.14.2.2.5")
	errUserProperties  = &Error{CodeQuotaExceeded, "more user properties than the limit", "§4.13"}
)
