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
	why := l.opts.admits(c)
	if p.Properties.Has(codec.PropAuthMethod) {
		why = reason.BadAuthenticationMethod
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
	present := s.take(old, c)
	s.state.setExpiry(expiry)
	if c.HasWill {
		s.will = newWill(s, c)
	}
	s.keepAlive = l.opts.keepAlive(c.KeepAlive)
	s.maxPacket = p.Properties.MaximumPacketSize
	s.receiveMaximum = l.opts.MaxInflight
	if p.Properties.Has(codec.PropReceiveMaximum) {
		s.receiveMaximum = min(s.receiveMaximum, int(p.Properties.ReceiveMaximum))
	}
	s.mayTell(min(p.Properties.TopicAliasMaximum, l.opts.MaxTopicAlias))
	s.connected = true
	s.decoder.SetLimits(&l.opts.Limits)
	s.conn.Arm(s.patience())
	s.connack(p, present)
	s.state.pump()
	s.state.goOn()
	s.entered(c)
}

// take gives s its session: the one that there is, unless the client wants a
// clean start [MQTT-3.1.2-4] or that session was to end with its connection
// (§3.1.2.11.2; 3.1.1: [MQTT-3.1.2-6]), or a new one. A connection that has it
// must go [MQTT-3.1.4-3]. It reports whether the session is one that was there.
func (s *Session) take(old *state, c *codec.Connect) (present bool) {
	l := s.lane
	if old != nil {
		if old.conn != nil {
			old.conn.End(reason.Takeover)
			old.conn.takenOver()
		}
		if !c.CleanStart && old.expiry > 0 {
			old.attach(s)
			return true
		}
		old.end(nil, false)
	}
	id := string(c.ClientID)
	if id == "" {
		id = l.makeClientID()
	}
	l.newState(id).attach(s)
	return false
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

// connack accepts. Properties say where the client gets something else than it
// asked for, or than the standard takes for granted.
func (s *Session) connack(p *codec.Packet, present bool) {
	var room [256]byte
	properties := room[:0]
	if s.version == codec.V5 {
		if s.state.expiry != p.Properties.SessionExpiry {
			properties = codec.AppendUint32Property(properties, codec.PropSessionExpiry, s.state.expiry)
		}
		properties = codec.AppendUint16Property(properties, codec.PropReceiveMaximum, s.lane.opts.ReceiveMaximum)
		properties = codec.AppendUint32Property(properties, codec.PropMaximumPacketSize, s.lane.opts.Limits.MaxPacket)
		if len(p.Connect.ClientID) == 0 {
			properties = codec.AppendStringProperty(properties, codec.PropAssignedClientID, s.state.clientID)
		}
		if s.keepAlive != p.Connect.KeepAlive {
			properties = codec.AppendUint16Property(properties, codec.PropServerKeepAlive, s.keepAlive)
		}
		properties = s.lane.opts.append(properties)
	}
	s.out.Commit(codec.AppendConnack(s.out.Reserve(len(properties)+16), s.version, present, codec.CodeSuccess, properties))
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
	}
	s.closing, s.why = true, reason.ClientDisconnectWithWill
	if p.ReasonCode == codec.CodeSuccess {
		s.will = nil // [MQTT-3.14.4-3]
		s.why = reason.ClientDisconnect
	}
	s.conn.Close(s.why)
}
