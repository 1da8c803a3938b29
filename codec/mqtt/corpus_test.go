package mqtt

import (
	"bytes"
	"fmt"
)

// sample is a stream of packets as one role would send it, from the first byte
// of the connection on.
type sample struct {
	name    string
	role    Role
	version Version
	stream  []byte
}

var versions = []Version{V31, V311, V5}

// corpus holds every packet type, version and role, and every property.
func corpus() (list []sample) {
	for _, v := range versions {
		list = append(list,
			sample{fmt.Sprint("client v", v), FromClient, v, clientStream(v)},
			sample{fmt.Sprint("server v", v), FromServer, v, serverStream(v)})
	}
	return append(list,
		sample{"empty will and id", FromClient, V5, AppendConnect(nil, &Connect{Version: V5, HasWill: true, Will: Will{Topic: []byte("w")}}, nil)},
		sample{"no property", FromServer, V5, AppendConnack(nil, V5, true, CodeSuccess, nil)},
		sample{"refused", FromServer, V5, AppendConnack(nil, V5, false, CodeServerMoved, AppendStringProperty(nil, PropServerReference, "b:1883"))},
		sample{"refused v4", FromServer, V311, AppendConnack(nil, V311, false, 5, nil)},
		sample{"auth first", FromServer, V5, AppendAuth(nil, CodeContinueAuthentication, authProperties())})
}

func userProperties() []byte {
	b := AppendUserProperty(nil, "key", "value")
	b = AppendUserProperty(b, "", "")
	return AppendUserProperty(b, "key", "größer ✓")
}

func authProperties() []byte {
	b := AppendStringProperty(nil, PropAuthMethod, "SCRAM-SHA-256")
	return AppendBinaryProperty(b, PropAuthData, []byte{0, 1, 0xFF})
}

func messageProperties() []byte {
	b := AppendByteProperty(userProperties(), PropPayloadFormat, 1)
	b = AppendUint32Property(b, PropMessageExpiry, 3600)
	b = AppendStringProperty(b, PropContentType, "text/plain")
	b = AppendStringProperty(b, PropResponseTopic, "re/ply")
	return AppendBinaryProperty(b, PropCorrelationData, "\x00\xFFid")
}

func connectProperties() []byte {
	b := AppendUint32Property(authProperties(), PropSessionExpiry, 0xFFFFFFFF)
	b = AppendUint16Property(b, PropReceiveMaximum, 20)
	b = AppendUint32Property(b, PropMaximumPacketSize, 1<<20)
	b = AppendUint16Property(b, PropTopicAliasMaximum, 10)
	b = AppendByteProperty(b, PropRequestResponseInfo, 1)
	b = AppendByteProperty(b, PropRequestProblemInfo, 0)
	return append(b, userProperties()...)
}

func connackProperties() []byte {
	b := AppendUint32Property(authProperties(), PropSessionExpiry, 7200)
	b = AppendUint16Property(b, PropReceiveMaximum, 20)
	b = AppendByteProperty(b, PropMaximumQoS, 1)
	b = AppendBoolProperty(b, PropRetainAvailable, true)
	b = AppendUint32Property(b, PropMaximumPacketSize, 1<<20)
	b = AppendStringProperty(b, PropAssignedClientID, "auto-1")
	b = AppendUint16Property(b, PropTopicAliasMaximum, 10)
	b = AppendStringProperty(b, PropReasonString, "why")
	b = append(b, userProperties()...)
	b = AppendBoolProperty(b, PropWildcardAvailable, true)
	b = AppendBoolProperty(b, PropSubscriptionIDAvailable, false)
	b = AppendBoolProperty(b, PropSharedAvailable, true)
	b = AppendUint16Property(b, PropServerKeepAlive, 60)
	b = AppendStringProperty(b, PropResponseInformation, "re/")
	return AppendStringProperty(b, PropServerReference, "a:1883 b:1883")
}

func ackProperties() []byte {
	return append(AppendStringProperty(nil, PropReasonString, "why"), userProperties()...)
}

// appendMessages appends what both roles send.
func appendMessages(b []byte, v Version) []byte {
	b = AppendPublish(b, v, 0, []byte("a"), 0, nil, nil)
	for _, payload := range []string{"same", "", "same again"} {
		b = AppendPublish(b, v, 0, []byte("sensors/room/temperature"), 0, nil, []byte(payload))
	}
	b = AppendPublish(b, v, PublishFlags(0, false, true), []byte("sensors/room/temperature"), 0, nil, []byte("kept"))
	b = AppendPublish(b, v, 0, []byte("straße/€"), 0, nil, bytes.Repeat([]byte("x"), 200))
	b = AppendPublish(b, v, PublishFlags(1, true, false), []byte("/"), 1, messageProperties(), []byte("one"))
	b = AppendPublish(b, v, PublishFlags(2, false, true), []byte("$x/y"), 65535, messageProperties(), []byte("two"))
	b = AppendPuback(b, v, 2, CodeSuccess, nil)
	b = AppendPuback(b, v, 2, CodeSuccess, ackProperties())
	b = AppendPuback(b, v, 2, CodeQuotaExceeded, nil)
	b = AppendPubrec(b, v, 2, CodeNotAuthorized, ackProperties())
	b = AppendPubrel(b, v, 2, CodeSuccess, nil)
	b = AppendPubrel(b, v, 2, CodePacketIdentifierNotFound, nil)
	return AppendPubcomp(b, v, 2, CodePacketIdentifierNotFound, ackProperties())
}

func clientStream(v Version) []byte {
	c := Connect{
		Version: v, CleanStart: true, KeepAlive: 60, ClientID: []byte("device-1"),
		HasUsername: true, Username: []byte("user"), HasPassword: true, Password: []byte{0, 1, 2},
		HasWill: true,
		Will: Will{
			Topic: []byte("will/topic"), Payload: []byte("gone"), QoS: 2, Retain: true,
			Properties: Properties{Raw: AppendUint32Property(messageProperties(), PropWillDelay, 5)},
		},
	}
	b := AppendConnect(nil, &c, connectProperties())
	b = appendMessages(b, v)
	if v == V5 {
		b = AppendPublish(b, v, 0, []byte("aliased"), 0, AppendUint16Property(nil, PropTopicAlias, 1), []byte("x"))
		b = AppendPublish(b, v, 0, nil, 0, AppendUint16Property(nil, PropTopicAlias, 1), []byte("x"))
		b = AppendSubscribe(b, v, 3, AppendVarIntProperty(userProperties(), PropSubscriptionID, MaxSubscriptionID), []Subscription{
			{[]byte("$share/g/a/#"), NewSubscribeOptions(2, false, true, 2)}, {[]byte("a+"), NewSubscribeOptions(1, true, false, 1)}})
		b = AppendAuth(b, CodeReauthenticate, authProperties())
	}
	b = AppendSubscribe(b, v, 3, nil, []Subscription{{[]byte("a/#"), 1}, {[]byte("/"), 0}, {[]byte("+"), 2}})
	b = AppendUnsubscribe(b, v, 4, userProperties(), [][]byte{[]byte("a/#"), []byte("/")})
	b = AppendPingreq(b)
	b = AppendDisconnect(b, v, CodeSuccess, nil)
	if v == V5 {
		b = AppendDisconnect(b, v, CodeDisconnectWithWill, nil)
		b = AppendDisconnect(b, v, CodeUnspecifiedError, AppendUint32Property(ackProperties(), PropSessionExpiry, 10))
	}
	return b
}

func serverStream(v Version) []byte {
	b := AppendConnack(nil, v, true, CodeSuccess, connackProperties())
	b = appendMessages(b, v)
	b = AppendSuback(b, v, 3, ackProperties(), []byte{0, 1, 2, 0x80})
	b = AppendUnsuback(b, v, 3, ackProperties(), []byte{0, 0x11})
	b = AppendPingresp(b)
	if v == V5 {
		ids := AppendVarIntProperty(AppendVarIntProperty(messageProperties(), PropSubscriptionID, 1), PropSubscriptionID, 300)
		b = AppendPublish(b, v, 0, []byte("a"), 0, ids, []byte("x"))
		b = AppendPuback(b, v, 5, CodeNoMatchingSubscribers, nil)
		b = AppendAuth(b, CodeSuccess, authProperties())
		b = AppendAuth(b, CodeSuccess, nil)
		b = AppendDisconnect(b, v, CodeServerMoved, AppendStringProperty(ackProperties(), PropServerReference, "b:1883"))
	}
	return b
}

// start returns a decoder for a sample.
func (s *sample) start(limits *Limits) *Decoder {
	d := new(Decoder)
	d.Init(s.role, limits)
	if s.role == FromServer {
		d.SetVersion(s.version)
	}
	return d
}
