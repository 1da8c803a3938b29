package server

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session/mqtt"
	"github.com/isthmus-mq/isthmus/session/nats"
	"github.com/isthmus-mq/isthmus/system"
	"github.com/isthmus-mq/isthmus/translate"
)

// border is explain.Border: the rules of both protocols for names of publishes.
type border struct {
	names    translate.Names
	mqtt     *mqtt.Options
	requests *system.Services
}

var _ explain.Border = border{}

func (b border) FromNATS(mount translate.Mountpoint, subject []byte) (canonical []byte, why reason.ID) {
	canonical = mount.Add(nil, subject)
	return canonical, nats.Publishable(subject, canonical)
}

func (b border) FromMQTT(topic []byte) (canonical []byte, why reason.ID) {
	if !codec.ValidTopic(topic) {
		return nil, reason.TopicNameInvalid
	}
	return b.mqtt.AppendAddress(nil, b.names, topic)
}

func (b border) Serves(subject []byte) bool { return b.requests.Serves(subject) }
