package mqtt

import (
	"bytes"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/translate"
)

// publish handles PUBLISH (§3.3) of every QoS.
func (s *Session) publish(p *codec.Packet) {
	l := s.lane
	switch {
	case len(p.Payload) > l.opts.MaxPayload:
		s.end(reason.PacketTooLarge)
		return
	case p.QoS > l.opts.MaxQoS:
		s.end(reason.QoSNotSupported) // [MQTT-3.2.2-11]
		return
	case p.Retain && !l.opts.Retain:
		if s.version == codec.V5 {
			s.end(reason.RetainNotSupported) // [MQTT-3.2.2-14]
			return
		}
		l.hub.Reasons.Add(reason.RetainIgnored, 1)
		p.Retain = false
	}
	topic, properties := p.Topic, p.Properties.Raw
	if p.Properties.Has(codec.PropTopicAlias) {
		var why reason.ID
		if topic, why = s.heardAlias(p); why != reason.None {
			s.end(why)
			return
		}
		l.bare = codec.AppendPropertiesWithout(l.bare[:0], properties, topicAlias)
		properties = l.bare
	}
	if p.QoS > 0 && l.hub.Held(&s.pub) >= int(l.opts.ReceiveMaximum) {
		s.end(reason.ReceiveMaximumExceeded) // before 5.0 it is not read then
		return
	}
	if p.QoS == 2 && !s.receive(p) {
		return
	}
	token := uint64(0)
	if p.QoS > 0 {
		token = uint64(p.QoS)<<16 | uint64(p.ID)
	}
	m := &l.msg
	m.Begin(message.FromMQTT, nil, nil, p.Payload)
	m.Properties, m.QoS, m.Retain = properties, p.QoS, p.Retain
	if p.Same {
		m.Subject = s.pub.LastSubject()
	}
	if m.Subject == nil {
		if why := l.address(m, topic, p.Properties.ResponseTopic, p.Properties.CorrelationData); why != reason.None {
			s.pub.Forget()
			l.hub.Reasons.Add(why, 1)
			if token != 0 {
				s.await(p, l.hub.Refuse(&s.pub, token, why))
			}
			return
		}
	}
	s.await(p, l.hub.Publish(&s.pub, m, token).Deferred)
	if l.opts.RequestTopics && below(topic, answerRoot) {
		s.pub.Forget() // the topic says more than the subject
	}
}

// publishStream handles a PUBLISH that repeats the one before it (QoS 0, no
// properties), and those like it that follow at once, together. It returns what
// is left of in, which stands behind the first one, whole.
func (s *Session) publishStream(p *codec.Packet, whole, in []byte) (left []byte) {
	l := s.lane
	subject := s.pub.LastSubject()
	if subject == nil || p.Retain || len(p.Payload) >= session.ShareAt {
		s.publish(p)
		return in
	}
	m := &l.msg
	m.Begin(message.FromMQTT, subject, nil, p.Payload)
	if n := s.decoder.Repeats(whole, p, in); n > 0 {
		m.Repeat(1+n, len(whole), whole[len(whole)-len(p.Payload):cap(whole)])
		in = in[n*len(whole):]
	}
	l.hub.Publish(&s.pub, m, 0)
	return in
}

// Published is the hub's answer to a publish of QoS 1 or 2; token holds QoS
// and packet identifier. A session that had no room for the message makes it a
// failure, whoever else got it; that nobody is there to get it is no failure.
func (s *Session) Published(token uint64, o hub.Outcome) {
	code := codec.CodeSuccess
	switch {
	case o.Refused:
		code = codec.ReasonCode(reason.Of(o.Why).MQTT5)
	case o.Full > 0:
		code = codec.CodeQuotaExceeded
	case o.Matched+o.Stored == 0:
		code = codec.CodeNoMatchingSubscribers
	}
	qos, id, st := byte(token>>16), uint16(token), s.state
	if qos == 2 && st.unanswered.remove(id) && st.unanswered.len() == 0 {
		st.unanswered = nil
	}
	switch {
	case st.conn == s && !s.closing:
		s.acknowledge(qos, id, code, o.Why)
	case qos == 2 && st.conn != nil && !st.conn.closing:
		// The client has come back, and the identifier is still this publish's.
		st.conn.acknowledge(qos, id, code, o.Why)
	case qos == 2 && code.Failed() && s.version == codec.V5:
		st.release(id) // the client will send it again, as a new one
	}
}

// await notes that the answer to a publish waits for the store.
func (s *Session) await(p *codec.Packet, deferred bool) {
	if !deferred || p.QoS != 2 {
		return
	}
	if s.state.unanswered == nil {
		s.state.unanswered = new(packetIDs)
	}
	s.state.unanswered.add(p.ID)
}

// acknowledge answers a PUBLISH. Before 5.0 there are no codes: the answer
// says only that the publish need not be sent again. why is that of a failure.
func (s *Session) acknowledge(qos byte, id uint16, code codec.ReasonCode, why reason.ID) {
	words := s.because(why, 6)
	switch qos {
	case 1:
		s.out.Commit(codec.AppendPuback(s.out.Reserve(16+len(words)), s.version, id, code, words))
	case 2:
		if code.Failed() && s.version == codec.V5 {
			s.state.release(id) // [MQTT-4.3.3-9]
		}
		s.out.Commit(codec.AppendPubrec(s.out.Reserve(16+len(words)), s.version, id, code, words))
	}
}

// receive notes a QoS 2 publish and tells whether it is a new one. One that
// has been received before is acknowledged again and not delivered again
// (§4.3.3); a 5.0 client that takes an identifier in use for another message
// is told so.
func (s *Session) receive(p *codec.Packet) bool {
	id, st := p.ID, s.state
	if st.released == nil {
		st.released = new(packetIDs)
	}
	switch {
	case st.unanswered.has(id):
		s.lane.hub.Reasons.Add(reason.PacketIDInUse, 1)
		return false // the answer is on its way
	case st.released.has(id):
		s.lane.hub.Reasons.Add(reason.PacketIDInUse, 1)
		if s.version == codec.V5 && !p.Dup {
			words := s.because(reason.PacketIDInUse, 6)
			s.out.Commit(codec.AppendPubrec(s.out.Reserve(16+len(words)), s.version, id, codec.CodePacketIdentifierInUse, words))
		} else {
			s.acknowledge(2, id, codec.CodeSuccess, reason.None)
		}
		return false
	case st.released.len() >= int(s.lane.opts.ReceiveMaximum):
		s.end(reason.ReceiveMaximumExceeded)
		return false
	}
	st.released.add(id)
	if store := st.store(); store != nil {
		store.Take(st.clientID, id)
	}
	return true
}

// release ends a QoS 2 publish of the client; false: there is none.
func (st *state) release(id uint16) bool {
	if !st.released.remove(id) {
		return false
	}
	if store := st.store(); store != nil {
		store.Release(st.clientID, id)
	}
	return true
}

// pubrel completes a QoS 2 publish.
func (s *Session) pubrel(id uint16) {
	st, code, why := s.state, codec.CodeSuccess, reason.None
	if !st.release(id) {
		code, why = codec.CodePacketIdentifierNotFound, reason.AckNotInFlight
		s.lane.hub.Reasons.Add(why, 1)
	} else if st.released.len() == 0 {
		st.released = nil
	}
	words := s.because(why, 6)
	s.out.Commit(codec.AppendPubcomp(s.out.Reserve(16+len(words)), s.version, id, code, words))
}

// AppendAddress appends the canonical subject of a topic, or tells why no client may
// publish there.
func (o *Options) AppendAddress(dst []byte, names translate.Names, topic []byte) ([]byte, reason.ID) {
	if below(topic, statisticsTopic) || below(topic, gatewayTopic) {
		return dst, reason.ReservedTopic
	}
	switch {
	case len(topic) > o.MaxTopicLength:
		return dst, reason.TopicLengthExceeded
	case o.tooDeep(topic):
		return dst, reason.TooManyLevels
	}
	subject, ok := names.AppendSubject(dst, topic)
	if !ok {
		return dst, reason.TopicNotASubject
	}
	if hub.Reserved(subject) {
		return dst, reason.ReservedTopic
	}
	return subject, reason.None
}

// address translates the names of a publish into m, in the lane's scratch.
func (l *Lane) address(m *message.Message, topic, responseTopic, correlation []byte) reason.ID {
	if l.opts.RequestTopics && below(topic, answerRoot) {
		return l.addressAnswer(m, topic)
	}
	subject, why := l.opts.AppendAddress(l.subject[:0], l.hub.Hub().Names(), topic)
	if why != reason.None {
		return why
	}
	l.subject, m.Subject = subject, subject
	if len(responseTopic) > 0 {
		m.Reply = l.replySubject(responseTopic, correlation)
	}
	return reason.None
}

// replySubject is where a NATS client sends its answer: the subject of the
// Response Topic, or, when there is more to bring back than the payload or a
// mounted client could not name it, a gateway reply. MQTT receivers get the
// properties as they are. nil when there is no such subject.
func (l *Lane) replySubject(responseTopic, correlation []byte) []byte {
	h := l.hub.Hub()
	names, mount := h.Names(), h.Mountpoint()
	var ok bool
	if l.reply, ok = names.AppendReply(l.reply[:0], responseTopic); !ok {
		return nil
	}
	if _, named := mount.Strip(l.reply); named && !mount.Varies() && len(correlation) == 0 {
		return l.reply
	}
	l.gateway = l.hub.AppendGatewayReply(l.gateway[:0], responseTopic, correlation)
	return l.gateway
}

var topicAlias = codec.PropertiesOf(codec.PropTopicAlias)

func below(topic, root []byte) bool {
	rest, ok := bytes.CutPrefix(topic, root)
	return ok && (len(rest) == 0 || rest[0] == '/')
}

var (
	// statisticsTopic is where the server's own statistics are.
	statisticsTopic = []byte("$SYS")
	// gatewayTopic is where gateway replies would be if they were topics.
	gatewayTopic = []byte("_ISTHMUS")
)
