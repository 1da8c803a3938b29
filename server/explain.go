package server

import (
	"context"
	"strconv"
	"strings"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
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

// publisher is explain.Service's.
func (s *Server) publisher(ctx context.Context, client string) (from hub.Sender, ok bool, err error) {
	cid, _ := strconv.ParseUint(client[strings.LastIndexByte(client, '-')+1:], 10, 64)
	ctx, found := context.WithCancel(ctx)
	defer found()
	err = s.engine.Survey(ctx, nil, func(some []session.Facts) {
		for i := range some {
			switch f := &some[i]; {
			case f.Protocol == "mqtt" && f.Name == client:
				from, ok = f.Sender, true
				found()
				return
			case f.Protocol == "nats" && f.ID == cid:
				from, ok = f.Sender, true // unless a client identifier reads so
			}
		}
	})
	if ok {
		err = nil
	}
	return from, ok, err
}
