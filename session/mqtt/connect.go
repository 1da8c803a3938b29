package mqtt

import (
	"strconv"

	"github.com/cespare/xxhash/v2"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/reason"
)

// connect handles CONNECT (§3.1). The codec has checked that it is the first
// packet and the only one.
func (s *Session) connect(p *codec.Packet) {
	l, c := s.lane, &p.Connect
	s.version = c.Version
	switch {
	case p.Properties.Has(codec.PropAuthMethod):
		s.end(reason.BadAuthenticationMethod)
		return
	case c.HasWill && c.Will.Retain && s.version == codec.V5:
		s.end(reason.RetainNotSupported) // [MQTT-3.2.2-13]
		return
	}
	s.clientID = string(c.ClientID)
	if s.clientID == "" {
		s.clientID = l.makeClientID()
	}
	if old := l.clients[s.clientID]; old != nil {
		old.End(reason.Takeover) // [MQTT-3.1.4-3]
	}
	l.clients[s.clientID] = s
	if c.HasWill {
		s.will = newWill(s, c)
	}
	s.keepAlive = c.KeepAlive
	s.askedExpiry = p.Properties.SessionExpiry != 0
	s.maxPacket = p.Properties.MaximumPacketSize
	s.connected = true
	s.decoder.SetLimits(&l.opts.Limits)
	s.conn.Arm(s.patience())
	s.connack(p)
}

// connack accepts. Session Present is 0: sessions end with their connection,
// and a 5.0 client that asked for more is told so.
func (s *Session) connack(p *codec.Packet) {
	var room [256]byte
	properties := room[:0]
	if s.version == codec.V5 {
		if p.Properties.SessionExpiry != 0 {
			properties = codec.AppendUint32Property(properties, codec.PropSessionExpiry, 0)
		}
		properties = codec.AppendUint16Property(properties, codec.PropReceiveMaximum, receiveMaximum)
		properties = codec.AppendByteProperty(properties, codec.PropRetainAvailable, 0)
		properties = codec.AppendUint32Property(properties, codec.PropMaximumPacketSize, s.lane.opts.Limits.MaxPacket)
		if len(p.Connect.ClientID) == 0 {
			properties = codec.AppendStringProperty(properties, codec.PropAssignedClientID, s.clientID)
		}
		properties = codec.AppendByteProperty(properties, codec.PropSubscriptionIDAvailable, 0)
		properties = codec.AppendByteProperty(properties, codec.PropSharedAvailable, 0)
	}
	s.out.Commit(codec.AppendConnack(s.out.Reserve(len(properties)+16), s.version, false, codec.CodeSuccess, properties))
}

// makeClientID returns an identifier whose home is this lane, so that a client
// that comes back with it meets its session.
func (l *Lane) makeClientID() string {
	lanes := uint64(l.hub.Hub().Lanes())
	for {
		l.made++
		b := append([]byte("isthmus-"), strconv.FormatUint(l.hub.Random(), 36)...)
		b = append(b, '-')
		b = strconv.AppendUint(b, l.made, 36)
		if xxhash.Sum64(b)%lanes == uint64(l.hub.Index()) && l.clients[string(b)] == nil {
			return string(b)
		}
	}
}

// disconnect handles DISCONNECT (§3.14). A session expiry in it is an error
// when CONNECT asked for none (§3.14.2.2.2).
func (s *Session) disconnect(p *codec.Packet) {
	switch {
	case p.Properties.SessionExpiry != 0 && !s.askedExpiry:
		s.end(reason.ProtocolError)
	case p.ReasonCode == codec.CodeSuccess:
		s.closing = true
		s.will = nil // [MQTT-3.14.4-3]
		s.conn.Close(reason.ClientDisconnect)
	default:
		s.closing = true
		s.conn.Close(reason.ClientDisconnectWithWill)
	}
}
