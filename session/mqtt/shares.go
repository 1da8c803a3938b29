package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// shareOf notes from which group a message came: 1 + its place in the
// window's shares; 0
// for one that came from none, or from one group too many to be told apart.
func (st *state) shareOf(b *subscription, c *hub.Copy) uint16 {
	if b.shared == nil {
		return 0
	}
	s := hub.Share{Name: b.shared.group, Filter: b.shared.filter, Joint: c.Joint}
	w := st.flight
	for i := range w.shares {
		if w.shares[i] == s {
			return uint16(i) + 1
		}
	}
	if len(w.shares) == maxShares {
		return 0
	}
	w.shares = append(w.shares, s)
	return uint16(len(w.shares))
}

// maxShares is what an entry of the window can number.
const maxShares = 1<<16 - 1

// redispatch gives messages from groups to other members (§4.8.2). While the
// session lives on without a connection, only to members that are connected:
// otherwise it keeps them for its client.
func (st *state) redispatch(online bool) {
	w, l := st.flight, st.lane
	if w == nil || len(w.shares) == 0 {
		return
	}
	for i := range w.n {
		e := w.at(i)
		if e.m == nil || e.share == 0 {
			continue
		}
		m := &l.again
		switch l.recall(e, m) {
		case reason.None:
			from := hub.Sender{}
			if e.m.extra != nil {
				from = e.m.extra.from
			}
			if !l.hub.Redispatch(w.shares[e.share-1], from, m, e.dup || i < w.sent, online) {
				continue
			}
		case reason.MessageExpired:
			l.hub.Reasons.Add(reason.MessageExpired, 1)
		default:
			continue
		}
		if i < w.sent {
			w.inflight--
		}
		st.forget(e)
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
	m.QoS = e.qos
	section := k.section()
	left, ok := e.secondsLeft(l.hub.Now())
	if !ok {
		return reason.MessageExpired
	}
	if e.deadline() != 0 {
		l.patched = append(l.patched[:0], section...)
		section = l.patched
		putExpiry(section, k.extra.expiryAt, left)
	}
	m.Properties = section
	var p codec.Properties
	if len(section) > 0 && codec.DecodeProperties(section, codec.TypePublish, &p) == nil && len(p.ResponseTopic) > 0 {
		m.Reply = l.replySubject(p.ResponseTopic, p.CorrelationData)
	}
	return reason.None
}
