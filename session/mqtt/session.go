package mqtt

import (
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// Session is one connection of an MQTT client, whose Session State may outlive
// it (state.go). All methods run on its lane, which is the home of its client
// identifier.
type Session struct {
	lane     *Lane
	conn     session.Conn
	out      *session.Outbox
	state    *state // nil before CONNECT; another's once it was taken over
	decoder  codec.Decoder
	pub      hub.Publisher
	will     *will             // nil: none, or published, or discarded
	aliases  *aliases          // nil: none yet
	throttle *session.Throttle // nil: it may send as fast as it can
	about    *about            // nil: there is nothing but what the state knows
	heard    time.Duration     // when the last packet came

	delivered      hub.Tally
	since          session.Moment
	maxPacket      uint32 // what the client takes; 0 = no limit
	receiveMaximum uint16 // unacknowledged messages at most, to the client
	keepAlive      uint16 // seconds; 0 = off
	version        codec.Version
	connected      bool
	closing        bool
	why            reason.ID // for which it is closing, if the session wants it
}

// NewSession returns the session of a connection that has just come to its
// lane.
func (l *Lane) NewSession(conn session.Conn) *Session {
	s := &Session{lane: l, conn: conn, out: conn.Out(), throttle: l.opts.Rates.NewThrottle()}
	s.decoder.Init(codec.FromClient, &l.opts.connectLimits)
	s.pub.Acks = s
	return s
}

// heldPause is for how long a client before 5.0 is not read while too many of its
// publishes wait for the store.
const heldPause = 10 * time.Millisecond

// Open waits for the client, which speaks first, but not for ever.
func (s *Session) Open() {
	s.heard = s.conn.Now()
	s.since = session.MomentOf(s.heard)
	s.conn.Arm(s.lane.opts.ConnectTimeout)
}

// Input takes packets off the stream.
func (s *Session) Input(in []byte) {
	s.heard = s.conn.Now()
	p := &s.lane.packet
	for !s.closing {
		if s.throttle != nil {
			if wait := s.throttle.Wait(s.heard); wait > 0 {
				s.lane.hub.Reasons.Add(reason.RatePaused, 1)
				s.conn.Hold(in, wait)
				return
			}
		}
		if s.version != codec.V5 && s.lane.hub.Held(&s.pub) >= int(s.lane.opts.ReceiveMaximum) {
			s.conn.Hold(in, heldPause) // there is no Receive Maximum to keep it to
			return
		}
		n, err := s.decoder.Next(in, p)
		if err != nil {
			s.refuse(err.(*codec.Error).Code)
			return
		}
		whole := in[:n]
		in = in[n:]
		if s.throttle != nil {
			s.throttle.Bytes(n)
		}
		switch p.Type {
		case codec.TypePublish:
			if s.throttle != nil {
				s.throttle.Message()
				s.publish(p)
			} else if p.Same {
				in = s.publishStream(p, whole, in)
			} else {
				s.publish(p)
			}
		case 0:
			return
		case codec.TypePingreq:
			s.out.Commit(codec.AppendPingresp(s.out.Reserve(2)))
		case codec.TypeSubscribe:
			s.subscribe(p)
		case codec.TypeUnsubscribe:
			s.unsubscribe(p)
		case codec.TypePubrel:
			s.pubrel(p.ID)
		case codec.TypePubrec:
			s.pubrec(p)
		case codec.TypePuback:
			s.puback(p)
		case codec.TypePubcomp:
			s.pubcomp(p.ID)
		case codec.TypeConnect:
			s.connect(p)
		case codec.TypeDisconnect:
			s.disconnect(p)
		case codec.TypeAuth:
			s.end(reason.ProtocolError)
		}
	}
}

// Timer is the connect time limit, then the keep alive (§3.1.2.10).
func (s *Session) Timer() {
	if !s.connected {
		s.end(reason.ConnectTimeout)
		return
	}
	if left := s.heard + s.patience() - s.conn.Now(); left > 0 {
		s.conn.Arm(left)
		return
	}
	s.end(reason.KeepAliveTimeout)
}

// patience is one and a half times the keep alive.
func (s *Session) patience() time.Duration {
	return time.Duration(s.keepAlive) * time.Second * 3 / 2
}

// End tells a 5.0 client why, and closes.
func (s *Session) End(why reason.ID) { s.end(why) }

// Closed ends the connection's part in the session. The will is published
// unless the client took its leave, or came back within the will's delay.
func (s *Session) Closed(why reason.ID) {
	s.closing = true
	if s.connected {
		s.lane.hub.Hub().Clients().Leave()
	}
	s.left(why)
	w, st := s.will, s.state
	s.will = nil
	if why == reason.ClientDisconnect {
		w = nil
	}
	switch {
	case st == nil:
	case st.conn == s:
		st.detach(w, why == reason.Shutdown)
	case w != nil && (w.delay == 0 || st.ended):
		w.publish(s.lane, s.pub.Owner)
	}
	s.decoder.Release()
	s.pub.Forget()
}

// refuse ends the connection for a fault in what the client sent.
func (s *Session) refuse(code codec.ReasonCode) {
	s.endWith(reasonOf(code), code)
}

// end ends the connection for a reason of the table.
func (s *Session) end(why reason.ID) {
	s.endWith(why, codec.ReasonCode(reason.Of(why).MQTT5))
}

// endWith ends the connection: with CONNACK before it was accepted and with
// DISCONNECT afterwards, where the version has the words (§4.13).
func (s *Session) endWith(why reason.ID, code codec.ReasonCode) {
	if s.closing {
		return
	}
	s.closing, s.why = true, why
	l := s.lane
	switch {
	case code == 0:
	case !s.connected:
		if v := s.decoder.Version(); v != 0 && code.Allowed(codec.TypeConnack, codec.FromServer) {
			l.parting = l.opts.appendRefusal(l.parting[:0], v, why, code, s.largest())
			s.out.Write(l.parting)
		}
	case s.version == codec.V5:
		l.parting = l.opts.appendDisconnect(l.parting[:0], why, code, s.largest())
		s.out.Write(l.parting)
	}
	s.conn.Close(why)
}

// reasonOf names a fault that the codec found.
func reasonOf(code codec.ReasonCode) reason.ID {
	switch code {
	case codec.CodeMalformedPacket:
		return reason.MalformedPacket
	case codec.CodePacketTooLarge:
		return reason.PacketTooLarge
	case codec.CodeUnsupportedProtocolVersion:
		return reason.UnsupportedVersion
	case codec.CodeClientIdentifierNotValid:
		return reason.ClientIDNotValid
	case codec.CodeTopicNameInvalid:
		return reason.TopicNameInvalid
	case codec.CodeTopicAliasInvalid:
		return reason.TopicAliasInvalid
	case codec.CodeQuotaExceeded:
		return reason.QuotaExceeded
	}
	return reason.ProtocolError
}
