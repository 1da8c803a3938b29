package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/reason"
)

// What a client answers to a delivery (§4.3):
//
//	QoS 1:  PUBLISH ──▶  ◀── PUBACK   (done)
//	QoS 2:  PUBLISH ──▶  ◀── PUBREC   (entryReceived)   PUBREL ──▶  ◀── PUBCOMP   (done)
//
// An answer that belongs to the other QoS, or comes too early, is a protocol
// error. One for an identifier that is not in flight is harmless, and counted.

// puback handles PUBACK (§3.4). A failure ends the delivery as well: nobody
// else gets the message [MQTT-4.8.2-6].
func (s *Session) puback(p *codec.Packet) {
	st := s.state
	i := st.inFlight(p.ID)
	switch {
	case i < 0:
	case st.flight.at(i).qos != 1:
		s.end(reason.ProtocolError)
	default:
		asker := st.flight.at(i).asker()
		st.complete(i)
		st.answer(asker, p.ReasonCode)
	}
}

// pubrec handles PUBREC (§3.5): the client has the message, which is forgotten,
// and its identifier waits for PUBCOMP. A failure ends the delivery
// [MQTT-4.3.3-4].
func (s *Session) pubrec(p *codec.Packet) {
	st := s.state
	i := st.inFlight(p.ID)
	if i < 0 {
		if !p.ReasonCode.Failed() {
			words := s.because(reason.AckNotInFlight, 6)
			s.out.Commit(codec.AppendPubrel(s.out.Reserve(16+len(words)), s.version, p.ID, codec.CodePacketIdentifierNotFound, words))
		}
		return
	}
	e := st.flight.at(i)
	asker := e.asker()
	switch {
	case e.qos != 2:
		s.end(reason.ProtocolError)
		return
	case p.ReasonCode.Failed():
		st.complete(i)
	default:
		flags := e.flags | entryReceived
		st.forget(e)
		e.qos, e.flags = 2, flags
		if store := st.store(); store != nil {
			store.Received(st.clientID, p.ID)
		}
		s.sendPubrel(p.ID)
	}
	st.answer(asker, p.ReasonCode)
}

// pubcomp handles PUBCOMP (§3.7).
func (s *Session) pubcomp(id uint16) {
	st := s.state
	i := st.inFlight(id)
	switch {
	case i < 0:
	case !st.flight.at(i).has(entryReceived):
		s.end(reason.ProtocolError)
	default:
		st.complete(i)
	}
}

func (s *Session) sendPubrel(id uint16) {
	s.out.Commit(codec.AppendPubrel(s.out.Reserve(8), s.version, id, codec.CodeSuccess, nil))
}

// inFlight finds a delivery by its packet identifier; -1, which is counted:
// there is none.
func (st *state) inFlight(id uint16) int {
	if w := st.flight; w != nil {
		if i := w.find(id); i >= 0 {
			return i
		}
	}
	st.lane.hub.Reasons.Add(reason.AckNotInFlight, 1)
	return -1
}

// complete ends delivery number i of the window and makes room for others.
func (st *state) complete(i int) {
	w := st.flight
	st.done(i)
	w.inflight--
	st.trim()
	st.pump()
	if st.replay != nil {
		st.goOn()
	}
}
