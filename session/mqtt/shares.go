package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
)

// redispatch gives messages from groups to other members (§4.8.2). While the
// session lives on without a connection, only to members that are connected:
// otherwise it keeps them for its client. What a client may have of QoS 2 stays
// with it, or is dropped with its session [MQTT-4.8.2-4,-5].
func (st *state) redispatch(online bool) {
	w, l := st.flight, st.lane
	if w == nil || len(w.origins.list) == 0 {
		return
	}
	for i := range w.n {
		e := w.at(i)
		from := w.origins.of(e.origin)
		if e.m == nil || from.share.Name == "" {
			continue
		}
		sent := e.has(entryDup) || i < w.sent
		if sent && e.qos == 2 {
			continue
		}
		m := &l.again
		switch l.recall(e, m) {
		case reason.None:
			sender := hub.Sender{}
			if e.m.extra != nil {
				sender = e.m.extra.from
			}
			if !l.hub.Redispatch(from.share, sender, m, sent, online) {
				continue
			}
		case reason.MessageExpired:
			st.lose(e, reason.MessageExpired)
		default:
			continue
		}
		if i < w.sent {
			w.inflight--
		}
		st.done(i)
	}
	st.trim()
}

// recall makes a message again of what was kept: as if an MQTT client had
// published it, with what is left of its time to live. It lives in the lane's
// scratch.
func (l *Lane) recall(e *entry, m *message.Message) reason.ID {
	k := e.m
	h := l.hub.Hub()
	subject, ok := h.Names().AppendSubject(l.subject[:0], k.topic())
	if !ok {
		return reason.TopicNotASubject
	}
	l.subject = subject
	m.Begin(message.FromMQTT, subject, nil, k.payload())
	m.QoS, m.Retain = e.qos, e.has(entryRetain)
	section := k.section()
	left, ok := e.secondsLeft(l.hub.Now())
	if !ok {
		return reason.MessageExpired
	}
	if k.tellsExpiry() {
		l.patched = append(l.patched[:0], section...)
		section = l.patched
		translate.PutExpiry(section, k.extra.expiryAt, left)
	}
	m.Properties = section
	var p codec.Properties
	if len(section) > 0 && codec.DecodeProperties(section, codec.TypePublish, &p) == nil && len(p.ResponseTopic) > 0 {
		m.Reply = l.replySubject(p.ResponseTopic, p.CorrelationData)
	}
	return reason.None
}
