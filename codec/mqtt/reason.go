package mqtt

// ReasonCode is the reason code of 5.0 (§2.4). In a [Packet] of an earlier
// version it holds the CONNACK return code as it stands on the wire.
type ReasonCode byte

// The reason codes of table 2-6.
const (
	CodeSuccess                     ReasonCode = 0x00 // also: normal disconnection, granted QoS 0
	CodeGrantedQoS1                 ReasonCode = 0x01
	CodeGrantedQoS2                 ReasonCode = 0x02
	CodeDisconnectWithWill          ReasonCode = 0x04
	CodeNoMatchingSubscribers       ReasonCode = 0x10
	CodeNoSubscriptionExisted       ReasonCode = 0x11
	CodeContinueAuthentication      ReasonCode = 0x18
	CodeReauthenticate              ReasonCode = 0x19
	CodeUnspecifiedError            ReasonCode = 0x80
	CodeMalformedPacket             ReasonCode = 0x81
	CodeProtocolError               ReasonCode = 0x82
	CodeImplementationSpecific      ReasonCode = 0x83
	CodeUnsupportedProtocolVersion  ReasonCode = 0x84
	CodeClientIdentifierNotValid    ReasonCode = 0x85
	CodeBadUserNameOrPassword       ReasonCode = 0x86
	CodeNotAuthorized               ReasonCode = 0x87
	CodeServerUnavailable           ReasonCode = 0x88
	CodeServerBusy                  ReasonCode = 0x89
	CodeBanned                      ReasonCode = 0x8A
	CodeServerShuttingDown          ReasonCode = 0x8B
	CodeBadAuthenticationMethod     ReasonCode = 0x8C
	CodeKeepAliveTimeout            ReasonCode = 0x8D
	CodeSessionTakenOver            ReasonCode = 0x8E
	CodeTopicFilterInvalid          ReasonCode = 0x8F
	CodeTopicNameInvalid            ReasonCode = 0x90
	CodePacketIdentifierInUse       ReasonCode = 0x91
	CodePacketIdentifierNotFound    ReasonCode = 0x92
	CodeReceiveMaximumExceeded      ReasonCode = 0x93
	CodeTopicAliasInvalid           ReasonCode = 0x94
	CodePacketTooLarge              ReasonCode = 0x95
	CodeMessageRateTooHigh          ReasonCode = 0x96
	CodeQuotaExceeded               ReasonCode = 0x97
	CodeAdministrativeAction        ReasonCode = 0x98
	CodePayloadFormatInvalid        ReasonCode = 0x99
	CodeRetainNotSupported          ReasonCode = 0x9A
	CodeQoSNotSupported             ReasonCode = 0x9B
	CodeUseAnotherServer            ReasonCode = 0x9C
	CodeServerMoved                 ReasonCode = 0x9D
	CodeSharedNotSupported          ReasonCode = 0x9E
	CodeConnectionRateExceeded      ReasonCode = 0x9F
	CodeMaximumConnectTime          ReasonCode = 0xA0
	CodeSubscriptionIDsNotSupported ReasonCode = 0xA1
	CodeWildcardsNotSupported       ReasonCode = 0xA2
)

// codeInfo is one row of table 2-6: the name, and the packets in which each
// role may send the code.
type codeInfo struct {
	name    string
	senders [2]typeSet
}

// Sets of packets that recur in the table.
const (
	inConnack     = 1 << TypeConnack
	inPuback      = 1<<TypePuback | 1<<TypePubrec
	inPubrel      = 1<<TypePubrel | 1<<TypePubcomp
	inSuback      = 1 << TypeSuback
	inUnsuback    = 1 << TypeUnsuback
	inDisconnect  = 1 << TypeDisconnect
	inAuth        = 1 << TypeAuth
	inSubscribing = inSuback | inUnsuback
)

// codes is table 2-6, with the directions of the tables 3-1 and 3-4 to 3-11.
var codes = [...]codeInfo{
	CodeSuccess: {"Success", [2]typeSet{
		inPuback | inPubrel | inDisconnect,
		inConnack | inPuback | inPubrel | inSubscribing | inAuth}},
	CodeGrantedQoS1:                 {"Granted QoS 1", [2]typeSet{0, inSuback}},
	CodeGrantedQoS2:                 {"Granted QoS 2", [2]typeSet{0, inSuback}},
	CodeDisconnectWithWill:          {"Disconnect with Will Message", [2]typeSet{inDisconnect, 0}},
	CodeNoMatchingSubscribers:       {"No matching subscribers", [2]typeSet{0, inPuback}},
	CodeNoSubscriptionExisted:       {"No subscription existed", [2]typeSet{0, inUnsuback}},
	CodeContinueAuthentication:      {"Continue authentication", [2]typeSet{inAuth, inAuth}},
	CodeReauthenticate:              {"Re-authenticate", [2]typeSet{inAuth, 0}},
	CodeUnspecifiedError:            {"Unspecified error", [2]typeSet{inPuback | inDisconnect, inConnack | inPuback | inSubscribing | inDisconnect}},
	CodeMalformedPacket:             {"Malformed Packet", [2]typeSet{inDisconnect, inConnack | inDisconnect}},
	CodeProtocolError:               {"Protocol Error", [2]typeSet{inDisconnect, inConnack | inDisconnect}},
	CodeImplementationSpecific:      {"Implementation specific error", [2]typeSet{inPuback | inDisconnect, inConnack | inPuback | inSubscribing | inDisconnect}},
	CodeUnsupportedProtocolVersion:  {"Unsupported Protocol Version", [2]typeSet{0, inConnack}},
	CodeClientIdentifierNotValid:    {"Client Identifier not valid", [2]typeSet{0, inConnack}},
	CodeBadUserNameOrPassword:       {"Bad User Name or Password", [2]typeSet{0, inConnack}},
	CodeNotAuthorized:               {"Not authorized", [2]typeSet{inPuback, inConnack | inPuback | inSubscribing | inDisconnect}},
	CodeServerUnavailable:           {"Server unavailable", [2]typeSet{0, inConnack}},
	CodeServerBusy:                  {"Server busy", [2]typeSet{0, inConnack | inDisconnect}},
	CodeBanned:                      {"Banned", [2]typeSet{0, inConnack}},
	CodeServerShuttingDown:          {"Server shutting down", [2]typeSet{0, inDisconnect}},
	CodeBadAuthenticationMethod:     {"Bad authentication method", [2]typeSet{0, inConnack | inDisconnect}},
	CodeKeepAliveTimeout:            {"Keep Alive timeout", [2]typeSet{0, inDisconnect}},
	CodeSessionTakenOver:            {"Session taken over", [2]typeSet{0, inDisconnect}},
	CodeTopicFilterInvalid:          {"Topic Filter invalid", [2]typeSet{0, inSubscribing | inDisconnect}},
	CodeTopicNameInvalid:            {"Topic Name invalid", [2]typeSet{inPuback | inDisconnect, inConnack | inPuback | inDisconnect}},
	CodePacketIdentifierInUse:       {"Packet Identifier in use", [2]typeSet{inPuback, inPuback | inSubscribing}},
	CodePacketIdentifierNotFound:    {"Packet Identifier not found", [2]typeSet{inPubrel, inPubrel}},
	CodeReceiveMaximumExceeded:      {"Receive Maximum exceeded", [2]typeSet{inDisconnect, inDisconnect}},
	CodeTopicAliasInvalid:           {"Topic Alias invalid", [2]typeSet{inDisconnect, inDisconnect}},
	CodePacketTooLarge:              {"Packet too large", [2]typeSet{inDisconnect, inConnack | inDisconnect}},
	CodeMessageRateTooHigh:          {"Message rate too high", [2]typeSet{inDisconnect, inDisconnect}},
	CodeQuotaExceeded:               {"Quota exceeded", [2]typeSet{inPuback | inDisconnect, inConnack | inPuback | inSuback | inDisconnect}},
	CodeAdministrativeAction:        {"Administrative action", [2]typeSet{inDisconnect, inDisconnect}},
	CodePayloadFormatInvalid:        {"Payload format invalid", [2]typeSet{inPuback | inDisconnect, inConnack | inPuback | inDisconnect}},
	CodeRetainNotSupported:          {"Retain not supported", [2]typeSet{0, inConnack | inDisconnect}},
	CodeQoSNotSupported:             {"QoS not supported", [2]typeSet{0, inConnack | inDisconnect}},
	CodeUseAnotherServer:            {"Use another server", [2]typeSet{0, inConnack | inDisconnect}},
	CodeServerMoved:                 {"Server moved", [2]typeSet{0, inConnack | inDisconnect}},
	CodeSharedNotSupported:          {"Shared Subscriptions not supported", [2]typeSet{0, inSuback | inDisconnect}},
	CodeConnectionRateExceeded:      {"Connection rate exceeded", [2]typeSet{0, inConnack | inDisconnect}},
	CodeMaximumConnectTime:          {"Maximum connect time", [2]typeSet{0, inDisconnect}},
	CodeSubscriptionIDsNotSupported: {"Subscription Identifiers not supported", [2]typeSet{0, inSuback | inDisconnect}},
	CodeWildcardsNotSupported:       {"Wildcard Subscriptions not supported", [2]typeSet{0, inSuback | inDisconnect}},
}

// Allowed reports whether the sender named by role may use the code in a packet
// of type t (5.0).
func (c ReasonCode) Allowed(t Type, role Role) bool {
	return int(c) < len(codes) && codes[c].senders[role].has(t)
}

// Failed reports whether the code tells of a failure (§2.4: 0x80 and above).
func (c ReasonCode) Failed() bool { return c >= 0x80 }

// String returns the standard's name of the code.
func (c ReasonCode) String() string {
	if int(c) < len(codes) && codes[c].name != "" {
		return codes[c].name
	}
	return "Unknown reason code"
}

// ReturnCode translates a CONNACK reason code to a return code of 3.1 and 3.1.1
// (3.1.1 table 3.1). ok is false where those versions have none: the server
// closes without a CONNACK.
func (c ReasonCode) ReturnCode() (code byte, ok bool) {
	switch c {
	case CodeSuccess:
		return 0, true
	case CodeUnsupportedProtocolVersion:
		return 1, true
	case CodeClientIdentifierNotValid:
		return 2, true
	case CodeServerUnavailable, CodeServerBusy, CodeServerShuttingDown, CodeUseAnotherServer,
		CodeServerMoved, CodeQuotaExceeded, CodeConnectionRateExceeded:
		return 3, true
	case CodeBadUserNameOrPassword, CodeBadAuthenticationMethod:
		return 4, true
	case CodeNotAuthorized, CodeBanned:
		return 5, true
	}
	return 0, false
}
