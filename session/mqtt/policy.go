package mqtt

import (
	"bytes"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/reason"
)

// Policy is what an operator may decide about MQTT beside the limits of
// Options. 5.0 clients hear of most of it in CONNACK (§3.2.2.3).
type Policy struct {
	// MaxQoS is the highest QoS that clients may publish with and are granted,
	// 0..2.
	MaxQoS uint8
	// What is on offer: retained messages, wildcards in filters, shared
	// subscriptions, subscription identifiers.
	Retain, Wildcards, Shared, SubscriptionIDs bool
	// ReceiveMaximum bounds the publishes of QoS 2 that one client has not
	// finished, 1..65535. Those of QoS 1 are acknowledged at once.
	ReceiveMaximum uint16
	// MaxTopicAlias bounds the topic aliases of one connection in each direction;
	// 0 = none.
	MaxTopicAlias uint16
	// MaxKeepAlive bounds the keep alive; 0 = no bound. A client that asks for
	// more, or for none, gets this: 5.0 clients are told.
	MaxKeepAlive time.Duration
	// MaxTopicLevels bounds the levels of topic names and filters; 0 = no bound.
	MaxTopicLevels int
	// MaxTopicLength bounds topic names and filters in bytes, 1..65535.
	MaxTopicLength int
	// MaxClientID bounds the client identifier in bytes.
	MaxClientID int
	// MaxUserProperties bounds the User Properties of one packet, and of one will;
	// 0 = no bound.
	MaxUserProperties int
	// StrictUTF8 refuses control characters and noncharacters in strings, as
	// §1.5.4 allows.
	StrictUTF8 bool
	// RetainedRate bounds the retained messages that one client is sent in a
	// second; 0 = no bound.
	RetainedRate int
	// ResponseInformation is what topics of responses begin with, for clients that
	// ask; clientIDMark in it is replaced. Empty: clients are told nothing.
	ResponseInformation string
	// ServerReference names other servers, host:port with blanks between, for
	// clients of 5.0 that are refused for want of room or sent away at the end.
	// Empty: there are none.
	ServerReference string
	// ReasonStrings tells 5.0 clients in words, too, why something is refused.
	ReasonStrings bool
	// RequestTopics lets clients before 5.0 answer requests, by topics below $request
	// and $response.
	RequestTopics bool
	// QueueQoS0 keeps messages of QoS 0, too, for sessions whose client is away.
	QueueQoS0 bool
}

// Defaults of Policy.
const (
	// DefaultMaxTopicAlias is about what devices use, and bounds what topics of
	// the greatest length can cost to 1 MiB a connection.
	DefaultMaxTopicAlias = 16
	// DefaultReceiveMaximum is far above what peers allow, since an unfinished
	// publish costs two bytes.
	DefaultReceiveMaximum = 1024
	// DefaultMaxTopicLevels is EMQX's.
	DefaultMaxTopicLevels = 128
	// DefaultMaxUserProperties bounds the work that one packet can ask for.
	DefaultMaxUserProperties = 1024
)

// DefaultPolicy offers all that there is.
func DefaultPolicy() Policy {
	return Policy{
		MaxQoS: 2,
		Retain: true, Wildcards: true, Shared: true, SubscriptionIDs: true,
		ReceiveMaximum: DefaultReceiveMaximum,
		MaxTopicAlias:  DefaultMaxTopicAlias,
		MaxTopicLevels: DefaultMaxTopicLevels,
		MaxTopicLength: codec.MaxString,
		MaxClientID:    codec.MaxString,

		MaxUserProperties: DefaultMaxUserProperties,
		StrictUTF8:        true,
	}
}

// keepAlive is what a client gets for what it asks, in seconds.
func (p *Policy) keepAlive(asked uint16) uint16 {
	most := uint16(min(p.MaxKeepAlive/time.Second, 65535))
	if most > 0 && (asked == 0 || asked > most) {
		return most
	}
	return asked
}

// tooDeep tells whether a topic or filter has more levels than it may.
func (p *Policy) tooDeep(topic []byte) bool {
	return p.MaxTopicLevels > 0 && len(topic) >= p.MaxTopicLevels &&
		bytes.Count(topic, slash) >= p.MaxTopicLevels
}

var slash = []byte("/")

// admits says why a CONNECT is refused.
func (p *Policy) admits(c *codec.Connect) reason.ID {
	switch {
	case len(c.ClientID) > p.MaxClientID:
		return reason.ClientIDNotValid
	case c.HasWill && c.Will.Retain && !p.Retain && c.Version == codec.V5:
		return reason.RetainNotSupported // [MQTT-3.2.2-13]
	case c.HasWill && c.Will.QoS > p.MaxQoS:
		return reason.QoSNotSupported // [MQTT-3.2.2-12]
	}
	return reason.None
}

// allows says why a filter is refused.
func (p *Policy) allows(filter []byte, shared bool, id uint32) reason.ID {
	switch {
	case shared && !p.Shared:
		return reason.SharedNotSupported
	case id != 0 && !p.SubscriptionIDs:
		return reason.SubscriptionIDNotSupported
	case !p.Wildcards && bytes.ContainsAny(filter, "+#"):
		return reason.WildcardNotSupported
	case len(filter) > p.MaxTopicLength, p.tooDeep(filter):
		return reason.TopicFilterInvalid
	}
	return reason.None
}

// append appends the properties of a CONNACK that say what is not on offer.
func (p *Policy) append(properties []byte) []byte {
	no := func(id codec.PropertyID, offered bool) {
		if !offered {
			properties = codec.AppendByteProperty(properties, id, 0)
		}
	}
	if p.MaxQoS < 2 {
		properties = codec.AppendByteProperty(properties, codec.PropMaximumQoS, p.MaxQoS)
	}
	no(codec.PropRetainAvailable, p.Retain)
	no(codec.PropWildcardAvailable, p.Wildcards)
	no(codec.PropSubscriptionIDAvailable, p.SubscriptionIDs)
	no(codec.PropSharedAvailable, p.Shared)
	if p.MaxTopicAlias > 0 {
		properties = codec.AppendUint16Property(properties, codec.PropTopicAliasMaximum, p.MaxTopicAlias)
	}
	return properties
}
