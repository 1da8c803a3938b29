package server

import (
	"context"

	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/monitor"
	"github.com/isthmus-mq/isthmus/session/nats"
	"github.com/isthmus-mq/isthmus/system"
	"github.com/isthmus-mq/isthmus/translate"
)

// register says which services answer on which subjects.
func (s *Server) register() {
	for subject, answer := range s.monitor.Requests() {
		s.requests.Handle(nats.RequestRoot+subject, func(ctx context.Context, q *system.Request, say func(system.Answer)) {
			r := monitor.Request{Subject: q.Subject, Body: q.Payload, User: q.User}
			if text, ok := answer(ctx, r); ok {
				say(system.Answer{Payload: text})
			}
		})
	}
	system.NewRetained(s.engine.OnLane).Register(s.requests)
	explainer := &explain.Service{
		Hub:    s.hub,
		OnLane: s.engine.OnLane,
		Border: border{s.hub.Names(), s.mqtt, s.requests},

		Publisher: s.publisher,
	}
	if mount := &s.nats.Mount; mount.Varies() {
		explainer.MountOf = func(user string) (translate.Mountpoint, bool) {
			return mount.Fill(&translate.MountValues{Username: user})
		}
	}
	s.requests.Handle(explain.Subject, explainer.Serve)
}
