package mqtt

import (
	"bytes"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// will is a will message (§3.1.2.5), kept until the connection ends or, with a
// delay, until that is over or the session ends (§3.1.3.2.2).
type will struct {
	topic       []byte
	payload     []byte
	reply       []byte // Response Topic
	correlation []byte
	properties  []byte // as a PUBLISH has them
	delay       uint32 // seconds
	qos         byte
	retain      bool
}

var willDelay = codec.PropertiesOf(codec.PropWillDelay)

// newWill copies the will out of a CONNECT.
func newWill(s *Session, c *codec.Connect) *will {
	w := &will{
		topic:   bytes.Clone(c.Will.Topic),
		payload: bytes.Clone(c.Will.Payload),
		qos:     c.Will.QoS,
		retain:  c.Will.Retain,
	}
	if w.retain && !s.lane.opts.Retain { // before 5.0: there is no way to refuse
		s.lane.hub.Reasons.Add(reason.RetainIgnored, 1)
		w.retain = false
	}
	w.delay = c.Will.Properties.WillDelay
	if raw := c.Will.Properties.Raw; len(raw) > 0 {
		w.properties = codec.AppendPropertiesWithout(nil, raw, willDelay)
		w.reply = bytes.Clone(c.Will.Properties.ResponseTopic)
		w.correlation = bytes.Clone(c.Will.Properties.CorrelationData)
	}
	return w
}

// publish publishes the will on behalf of a client that is gone.
func (w *will) publish(l *Lane, owner uint32) {
	m := message.Message{
		Payload:    w.payload,
		Properties: w.properties,
		Origin:     message.FromMQTT,
		QoS:        w.qos,
		Retain:     w.retain,
	}
	if why := l.address(&m, w.topic, w.reply, w.correlation); why != reason.None {
		l.hub.Reasons.Add(why, 1)
		return
	}
	l.hub.Publish(&hub.Publisher{Owner: owner}, &m, 0)
}
