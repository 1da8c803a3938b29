package session_test

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// propertyKind is the number of bytes of a number, or one of the others.
type propertyKind int

const (
	text propertyKind = 100 + iota
	pair
	varInt
)

type propertyRow struct {
	name string
	id   codec.PropertyID
	kind propertyKind
}

// properties are the names that transcripts use.
var properties = []propertyRow{
	{"payload-format", codec.PropPayloadFormat, 1},
	{"message-expiry", codec.PropMessageExpiry, 4},
	{"content-type", codec.PropContentType, text},
	{"response-topic", codec.PropResponseTopic, text},
	{"correlation", codec.PropCorrelationData, text},
	{"subscription-id", codec.PropSubscriptionID, varInt},
	{"session-expiry", codec.PropSessionExpiry, 4},
	{"server-keep-alive", codec.PropServerKeepAlive, 2},
	{"assigned-client-id", codec.PropAssignedClientID, text},
	{"auth-method", codec.PropAuthMethod, text},
	{"auth-data", codec.PropAuthData, text},
	{"request-problem", codec.PropRequestProblemInfo, 1},
	{"will-delay", codec.PropWillDelay, 4},
	{"request-response", codec.PropRequestResponseInfo, 1},
	{"reason-string", codec.PropReasonString, text},
	{"receive-maximum", codec.PropReceiveMaximum, 2},
	{"topic-alias-maximum", codec.PropTopicAliasMaximum, 2},
	{"topic-alias", codec.PropTopicAlias, 2},
	{"maximum-qos", codec.PropMaximumQoS, 1},
	{"retain-available", codec.PropRetainAvailable, 1},
	{"user", codec.PropUserProperty, pair},
	{"maximum-packet-size", codec.PropMaximumPacketSize, 4},
	{"wildcard-available", codec.PropWildcardAvailable, 1},
	{"subscription-id-available", codec.PropSubscriptionIDAvailable, 1},
	{"shared-available", codec.PropSharedAvailable, 1},
	{"response-information", codec.PropResponseInformation, text},
	{"server-reference", codec.PropServerReference, text},
}

func propertyByID(id codec.PropertyID) propertyRow {
	for _, row := range properties {
		if row.id == id {
			return row
		}
	}
	panic(fmt.Sprintf("property 0x%02X has no name here", byte(id)))
}

// speech is one packet of a client in words: "PUBLISH a/b hello qos=1 id=7".
// What is no name=value and no flag is positional.
type speech struct {
	verb       string
	positional []string
	values     map[string]string
	section    []byte // properties
	will       []byte // properties of the will
	err        error
}

var flags = map[string]bool{"clean": true, "retain": true, "dup": true, "will-retain": true}

func parseSpeech(line string) *speech {
	list := words(line)
	s := &speech{verb: list[0], values: map[string]string{}}
	for _, word := range list[1:] {
		name, value, assigned := strings.Cut(word, "=")
		switch {
		case flags[word]:
			s.values[word] = "1"
		case !assigned || s.verb == "SUBSCRIBE" && strings.Contains(name, ","):
			s.positional = append(s.positional, word)
		case strings.HasPrefix(name, "will:"):
			s.will = s.property(s.will, strings.TrimPrefix(name, "will:"), value)
		case s.isProperty(name):
			s.section = s.property(s.section, name, value)
		default:
			s.values[name] = value
		}
	}
	return s
}

func (s *speech) isProperty(name string) bool {
	for _, row := range properties {
		if row.name == name {
			return true
		}
	}
	return false
}

func (s *speech) property(dst []byte, name, value string) []byte {
	for _, row := range properties {
		if row.name != name {
			continue
		}
		switch row.kind {
		case text:
			return codec.AppendBinaryProperty(dst, row.id, s.bytes(value))
		case pair:
			key, value, _ := strings.Cut(value, "=>")
			return codec.AppendUserProperty(dst, s.bytes(key), s.bytes(value))
		case varInt:
			return codec.AppendVarIntProperty(dst, row.id, uint32(s.parse(value)))
		}
		n := s.parse(value)
		dst = append(dst, byte(row.id))
		for i := int(row.kind) - 1; i >= 0; i-- {
			dst = append(dst, byte(n>>(8*i)))
		}
		return dst
	}
	s.err = fmt.Errorf("no property %q", name)
	return dst
}

func (s *speech) bytes(escaped string) []byte {
	b, err := unescape(escaped)
	if err != nil {
		s.err = err
	}
	return b
}

func (s *speech) parse(number string) uint64 {
	n, err := strconv.ParseUint(number, 0, 64)
	if err != nil {
		s.err = err
	}
	return n
}

func (s *speech) at(i int) string {
	if i < len(s.positional) {
		return s.positional[i]
	}
	return ""
}

func (s *speech) number(name string) uint64 {
	if v, ok := s.values[name]; ok {
		return s.parse(v)
	}
	return 0
}

func (s *speech) has(name string) bool { _, ok := s.values[name]; return ok }

// speakMQTT encodes what a line of a transcript says.
func speakMQTT(v codec.Version, line string) ([]byte, error) {
	s := parseSpeech(line)
	b := s.encode(v)
	return b, s.err
}

func (s *speech) encode(v codec.Version) []byte {
	code := codec.ReasonCode(s.number("code"))
	switch s.verb {
	case "hex":
		b, err := hex.DecodeString(strings.Join(s.positional, ""))
		s.err = err
		return b
	case "CONNECT":
		return s.connect(v)
	case "PUBLISH":
		return s.publish(v)
	case "SUBSCRIBE":
		return s.subscribe(v)
	case "UNSUBSCRIBE":
		var list [][]byte
		for _, f := range s.positional[1:] {
			list = append(list, s.bytes(f))
		}
		return codec.AppendUnsubscribe(nil, v, uint16(s.parse(s.at(0))), s.section, list)
	case "PUBACK":
		return codec.AppendPuback(nil, v, uint16(s.parse(s.at(0))), code, s.section)
	case "PUBREC":
		return codec.AppendPubrec(nil, v, uint16(s.parse(s.at(0))), code, s.section)
	case "PUBREL":
		return codec.AppendPubrel(nil, v, uint16(s.parse(s.at(0))), code, s.section)
	case "PUBCOMP":
		return codec.AppendPubcomp(nil, v, uint16(s.parse(s.at(0))), code, s.section)
	case "PINGREQ":
		return codec.AppendPingreq(nil)
	case "DISCONNECT":
		return codec.AppendDisconnect(nil, v, code, s.section)
	case "AUTH":
		return codec.AppendAuth(nil, code, s.section)
	}
	s.err = fmt.Errorf("no packet %q", s.verb)
	return nil
}

func (s *speech) connect(v codec.Version) []byte {
	c := codec.Connect{
		Version:     v,
		ClientID:    s.bytes(s.at(0)),
		CleanStart:  s.has("clean"),
		KeepAlive:   uint16(s.number("keepalive")),
		HasUsername: s.has("username"),
		HasPassword: s.has("password"),
		Username:    s.bytes(s.values["username"]),
		Password:    s.bytes(s.values["password"]),
	}
	if s.has("will-topic") {
		c.HasWill = true
		c.Will = codec.Will{
			Topic:   s.bytes(s.values["will-topic"]),
			Payload: s.bytes(s.values["will-payload"]),
			QoS:     byte(s.number("will-qos")),
			Retain:  s.has("will-retain"),
		}
		c.Will.Properties.Raw = s.will
	}
	return codec.AppendConnect(nil, &c, s.section)
}

// publish encodes one PUBLISH, or one for each id of a range "id=1..1024".
func (s *speech) publish(v codec.Version) (b []byte) {
	flags := codec.PublishFlags(byte(s.number("qos")), s.has("dup"), s.has("retain"))
	from, to, ranged := strings.Cut(s.values["id"], "..")
	first, last := uint64(0), uint64(0)
	if from != "" {
		first = s.parse(from)
		last = first
	}
	if ranged {
		last = s.parse(to)
	}
	for id := first; id <= last; id++ {
		b = codec.AppendPublish(b, v, flags, s.bytes(s.at(0)), uint16(id), s.section, s.bytes(s.at(1)))
	}
	return b
}

// subscribe encodes filters with options behind commas: "a/#,qos=1,nolocal".
func (s *speech) subscribe(v codec.Version) []byte {
	var list []codec.Subscription
	for _, word := range s.positional[1:] {
		parts := strings.Split(word, ",")
		sub := codec.Subscription{Filter: s.bytes(parts[0])}
		for _, option := range parts[1:] {
			name, value, _ := strings.Cut(option, "=")
			switch name {
			case "qos":
				sub.Options |= codec.SubscribeOptions(s.parse(value))
			case "nolocal":
				sub.Options |= 0x04
			case "rap":
				sub.Options |= 0x08
			case "rh":
				sub.Options |= codec.SubscribeOptions(s.parse(value) << 4)
			case "bits":
				sub.Options = codec.SubscribeOptions(s.parse(value))
			default:
				s.err = fmt.Errorf("no option %q", name)
			}
		}
		list = append(list, sub)
	}
	return codec.AppendSubscribe(nil, v, uint16(s.parse(s.at(0))), s.section, list)
}
