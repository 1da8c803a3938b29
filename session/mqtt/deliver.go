package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/trie"
)

// Deliver renders m as a PUBLISH of QoS 0. RETAIN is 0, as for everything that
// is delivered live [MQTT-3.3.1-12]. Further matching subscriptions of the
// session are served by the same copy.
func (b *subscription) Deliver(m *message.Message, r *hub.Route, _ []trie.Ref) reason.ID {
	s := b.session
	if s.closing {
		return reason.ReceiverClosing
	}
	l := s.lane
	var properties []byte
	if s.version == codec.V5 {
		properties = l.hub.Properties(m)
	}
	size := codec.PublishSize(s.version, 0, len(r.Topic), len(properties), len(m.Payload))
	if s.maxPacket != 0 && size > int(s.maxPacket) {
		return reason.ClientPacketLimit // as if sent [MQTT-3.1.2-25]
	}
	if size > codec.MaxPacketSize {
		return reason.ClientPacketLimit
	}
	if len(m.Payload) >= session.ShareAt {
		out := s.out.Reserve(size - len(m.Payload))
		s.out.Commit(codec.AppendPublishHeader(out, s.version, 0, r.Topic, 0, properties, len(m.Payload)))
		l.payloads.Share(s.out, l.hub.Serial(), m.Payload)
		return reason.None
	}
	s.out.Commit(codec.AppendPublish(s.out.Reserve(size), s.version, 0, r.Topic, 0, properties, m.Payload))
	return reason.None
}
