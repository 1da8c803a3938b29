package mqtt

import (
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/reason"
)

// connect handles CONNECT (§3.1). The codec has checked that it is the first
// packet and the only one.
func (s *Session) connect(p *codec.Packet) {
	l, c := s.lane, &p.Connect
	s.version = c.Version
	s.maxPacket = p.Properties.MaximumPacketSize
	if p.Properties.Has(codec.PropRequestProblemInfo) && !p.Properties.RequestProblemInfo {
		s.putAbout().terse = true
	}
	why := l.opts.admits(c)
	if p.Properties.Has(codec.PropAuthMethod) {
		why = reason.BadAuthenticationMethod
	}
	if c.HasWill && len(c.Will.Payload) > l.opts.MaxPayload {
		why = reason.PacketTooLarge
	}
	if why != reason.None {
		s.end(why)
		return
	}
	expiry := l.opts.sessionExpiry(p)
	old := l.states[string(c.ClientID)]
	if expiry > 0 && (old == nil || old.expiry == 0) && l.opts.persistent.Load() >= int64(l.opts.MaxSessions) {
		s.end(reason.MaxSessions)
		return
	}
	id := string(c.ClientID)
	if id == "" {
		id = l.makeClientID()
	}
	s.keepAlive = l.opts.keepAlive(c.KeepAlive)
	// One that was to end with its connection does not outlive a takeover either
	// (§3.1.2.11.2; 3.1.1: [MQTT-3.1.2-6]).
	present := old != nil && old.expiry > 0 && !c.CleanStart
	l.connack = s.appendConnack(l.connack[:0], p, present, id, expiry)
	if len(l.connack) > s.largest() {
		s.end(reason.AnswerTooLarge) // [MQTT-3.1.2-24]
		return
	}
	s.take(old, present, id)
	s.state.setExpiry(expiry)
	s.state.storeExpiry()
	if c.HasWill {
		s.will = newWill(s, c)
	}
	s.receiveMaximum = uint16(l.opts.MaxInflight)
	if p.Properties.Has(codec.PropReceiveMaximum) {
		s.receiveMaximum = min(s.receiveMaximum, p.Properties.ReceiveMaximum)
	}
	s.mayTell(min(p.Properties.TopicAliasMaximum, l.opts.MaxTopicAlias))
	s.connected = true
	s.decoder.SetLimits(&l.opts.Limits)
	s.conn.Arm(s.patience())
	s.out.Write(l.connack)
	s.state.pump()
	s.state.goOn()
	s.introduce(c)
	s.entered(c)
}

// take gives s its session: the one that is present, which the client goes on with,
// or a new one of the given client identifier in place of any old one
// [MQTT-3.1.2-4]. A connection that has it must go [MQTT-3.1.4-3].
func (s *Session) take(old *state, present bool, id string) {
	if old != nil && old.conn != nil {
		old.conn.End(reason.Takeover)
		old.conn.takenOver()
	}
	switch {
	case present:
		old.attach(s)
		return
	case old != nil:
		old.end(nil, false)
	}
	s.lane.newState(id).attach(s)
}

// sessionExpiry is the Session Expiry Interval that a client is granted, in
// seconds. Before 5.0, Clean Session 0 asks for as long as there is.
func (o *Options) sessionExpiry(p *codec.Packet) uint32 {
	asked := p.Properties.SessionExpiry
	if p.Connect.Version != codec.V5 && !p.Connect.CleanStart {
		asked = neverExpires
	}
	return o.capExpiry(asked)
}

// capExpiry applies the server's maximum; without one a session may last for
// ever.
func (o *Options) capExpiry(asked uint32) uint32 {
	most := (o.MaxSessionExpiry + time.Second - 1) / time.Second
	if most == 0 || most >= neverExpires {
		return asked
	}
	return min(asked, uint32(most))
}

// appendConnack accepts. Properties say where the client gets something else than
// it asked for, or than the standard takes for granted.
func (s *Session) appendConnack(dst []byte, p *codec.Packet, present bool, id string, expiry uint32) []byte {
	var room [256]byte
	properties := room[:0]
	if s.version == codec.V5 {
		if expiry != p.Properties.SessionExpiry {
			properties = codec.AppendUint32Property(properties, codec.PropSessionExpiry, expiry)
		}
		properties = codec.AppendUint16Property(properties, codec.PropReceiveMaximum, s.lane.opts.ReceiveMaximum)
		properties = codec.AppendUint32Property(properties, codec.PropMaximumPacketSize, s.lane.opts.Limits.MaxPacket)
		if len(p.Connect.ClientID) == 0 {
			properties = codec.AppendStringProperty(properties, codec.PropAssignedClientID, id)
		}
		if s.keepAlive != p.Connect.KeepAlive {
			properties = codec.AppendUint16Property(properties, codec.PropServerKeepAlive, s.keepAlive)
		}
		properties = s.lane.opts.append(properties)
		if p.Properties.RequestResponseInfo { // otherwise not [MQTT-3.1.2-28]
			more := s.lane.opts.appendResponseInformation(properties, id)
			if with := codec.AppendConnack(dst, s.version, present, codec.CodeSuccess, more); len(with)-len(dst) <= s.largest() {
				return with
			}
		}
	}
	return codec.AppendConnack(dst, s.version, present, codec.CodeSuccess, properties)
}

// answer sends the packet that has been appended to what was reserved before,
// unless the client does not take packets of that size [MQTT-3.1.2-24]: then there
// is no answer that it would take, and the connection ends.
func (s *Session) answer(before, with []byte) bool {
	if len(with)-len(before) > s.largest() {
		s.out.Commit(before)
		s.end(reason.AnswerTooLarge)
		return false
	}
	s.out.Commit(with)
	return true
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
		if xxhash.Sum64(b)%lanes == uint64(l.hub.Index()) && l.states[string(b)] == nil {
			return string(b)
		}
	}
}

// disconnect handles DISCONNECT (§3.14), which may change how long the session
// is kept. That is an error when it was not to be kept at all (§3.14.2.2.2).
func (s *Session) disconnect(p *codec.Packet) {
	switch {
	case p.Properties.SessionExpiry != 0 && s.state.expiry == 0:
		s.end(reason.ProtocolError)
		return
	case p.Properties.Has(codec.PropSessionExpiry):
		s.state.setExpiry(s.lane.opts.capExpiry(p.Properties.SessionExpiry))
		s.state.storeExpiry()
	}
	s.closing, s.why = true, reason.ClientDisconnectWithWill
	if p.ReasonCode == codec.CodeSuccess {
		s.will = nil // [MQTT-3.14.4-3]
		s.why = reason.ClientDisconnect
	}
	s.conn.Close(s.why)
}
