package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/reason"
)

// AppendRefusal appends the CONNACK for a client that is turned away at the
// door; nothing when its first bytes are no CONNECT.
func (o *Options) AppendRefusal(dst, first []byte, why reason.ID) []byte {
	_, v, status := codec.PeekClientID(first, o.connectLimits.MaxPacket)
	if status != codec.PeekFound {
		return dst
	}
	return o.appendRefusal(dst, v, why, codec.ReasonCode(reason.Of(why).MQTT5), o.takes(first))
}

// takes is the size in bytes of the largest packet that a client takes; that of
// a CONNACK without properties where its CONNECT is not there whole.
func (o *Options) takes(first []byte) int {
	var d codec.Decoder
	var p codec.Packet
	d.Init(codec.FromClient, &o.connectLimits)
	defer d.Release()
	switch _, err := d.Next(first, &p); {
	case err != nil || p.Type != codec.TypeConnect:
		return len(codec.AppendConnack(nil, codec.V5, false, codec.CodeServerBusy, nil))
	case p.Properties.MaximumPacketSize != 0:
		return int(p.Properties.MaximumPacketSize)
	}
	return codec.MaxPacketSize
}

// appendRefusal appends a CONNACK with a failure in the version's own words, of
// at most so many bytes; nothing where the version has none.
func (o *Options) appendRefusal(dst []byte, v codec.Version, why reason.ID, code codec.ReasonCode, most int) []byte {
	if v == codec.V5 {
		return o.appendWords(dst, why, code, most, func(dst []byte, code codec.ReasonCode, words []byte) []byte {
			return codec.AppendConnack(dst, v, false, code, words)
		})
	}
	if rc, ok := code.ReturnCode(); ok {
		return codec.AppendConnack(dst, v, false, codec.ReasonCode(rc), nil)
	}
	return dst
}

// appendDisconnect appends the DISCONNECT of a 5.0 client, of at most so many
// bytes.
func (o *Options) appendDisconnect(dst []byte, why reason.ID, code codec.ReasonCode, most int) []byte {
	return o.appendWords(dst, why, code, most, func(dst []byte, code codec.ReasonCode, words []byte) []byte {
		return codec.AppendDisconnect(dst, codec.V5, code, words)
	})
}

// appendWords appends a packet with as much of this as fits: the Server
// Reference, whose code takes the place of code, and the Reason String. Both
// are allowed in CONNACK and DISCONNECT whatever Request Problem Information
// says (§3.1.2.11.7).
func (o *Options) appendWords(dst []byte, why reason.ID, code codec.ReasonCode, most int,
	packet func(dst []byte, code codec.ReasonCode, words []byte) []byte) []byte {
	var words []byte
	if o.ServerReference != "" && elsewhere(why) {
		words = codec.AppendStringProperty(words, codec.PropServerReference, o.ServerReference)
		if with := packet(dst, codec.CodeUseAnotherServer, words); len(with)-len(dst) <= most {
			code = codec.CodeUseAnotherServer
		} else {
			words = nil
		}
	}
	if o.ReasonStrings {
		both := codec.AppendStringProperty(words, codec.PropReasonString, reason.Of(why).Help)
		if with := packet(dst, code, both); len(with)-len(dst) <= most {
			return with
		}
	}
	return packet(dst, code, words)
}

// elsewhere tells whether a client that is refused or sent away for a reason
// would be served by another server like this one (§4.11).
func elsewhere(why reason.ID) bool {
	switch why {
	case reason.MaxConnections, reason.MaxSessions, reason.ConnectionRateExceeded, reason.Shutdown, reason.LameDuck:
		return true
	}
	return false
}

// because is the property section of an acknowledgement that takes size bytes
// without it: a Reason String, where the client wants to hear it
// [MQTT-3.1.2-29] and it fits; nil for one that tells of no failure. It lives
// in the lane's scratch.
func (s *Session) because(why reason.ID, size int) []byte {
	l := s.lane
	if why == reason.None || !l.opts.ReasonStrings || s.terse() || s.version != codec.V5 {
		return nil
	}
	l.words = codec.AppendStringProperty(l.words[:0], codec.PropReasonString, reason.Of(why).Help)
	if size+sectionLength+len(l.words) > s.largest() {
		return nil
	}
	return l.words
}

// sectionLength is what a section adds to a packet beside its own bytes, at
// most: to the length of the section, and to that of the packet.
const sectionLength = 4
