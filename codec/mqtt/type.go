package mqtt

// Type is the packet type in the high four bits of the fixed header (§2.1.2).
// Zero is no type: a [Packet] with it says that more input is needed.
type Type byte

// The packet types of table 2-1.
const (
	TypeConnect     Type = 1
	TypeConnack     Type = 2
	TypePublish     Type = 3
	TypePuback      Type = 4
	TypePubrec      Type = 5
	TypePubrel      Type = 6
	TypePubcomp     Type = 7
	TypeSubscribe   Type = 8
	TypeSuback      Type = 9
	TypeUnsubscribe Type = 10
	TypeUnsuback    Type = 11
	TypePingreq     Type = 12
	TypePingresp    Type = 13
	TypeDisconnect  Type = 14
	TypeAuth        Type = 15

	// TypeWill is never on the wire: it names the will's property section
	// (§3.1.3.2) where a property section is said to belong to a packet type.
	TypeWill Type = 16
)

var typeNames = [...]string{
	"RESERVED", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
	"SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH", "WILL",
}

// String returns the name the standard gives the type.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return typeNames[0]
}

// typeSet has bit t set for every type t that it holds.
type typeSet uint32

func types(list ...Type) (set typeSet) {
	for _, t := range list {
		set |= 1 << t
	}
	return set
}

func (s typeSet) has(t Type) bool { return s>>t&1 != 0 }

// Version is the protocol level of CONNECT (§3.1.2.2). Zero is: not known yet.
type Version byte

// The protocol levels in use.
const (
	V31  Version = 3 // MQTT 3.1, protocol name "MQIsdp"
	V311 Version = 4
	V5   Version = 5
)

// Role names the sender of the bytes that are read.
type Role byte

const (
	FromClient Role = iota // what a server reads
	FromServer             // what a client reads
)

// senders holds the packet types each role may send; a server's DISCONNECT and
// everybody's AUTH exist in 5.0 only (§2.1.2).
var senders = [2]typeSet{
	FromClient: types(TypeConnect, TypePublish, TypePuback, TypePubrec, TypePubrel, TypePubcomp,
		TypeSubscribe, TypeUnsubscribe, TypePingreq, TypeDisconnect, TypeAuth),
	FromServer: types(TypeConnack, TypePublish, TypePuback, TypePubrec, TypePubrel, TypePubcomp,
		TypeSuback, TypeUnsuback, TypePingresp, TypeDisconnect, TypeAuth),
}
