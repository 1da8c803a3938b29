package server

import (
	"context"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

// idlePoll is how often the grace looks whether there is anybody left.
const idlePoll = 50 * time.Millisecond

// leastLeaving is what is left for closing when the grace takes the whole
// duration; nats-server's.
const leastLeaving = time.Second

// LameDuck lets clients move to other servers: listeners close, NATS clients get
// an INFO that says so, and, after LameDuckGrace, connections are closed one by
// one until LameDuckDuration is over. It returns then, or when nobody is left, or
// when ctx is done. Shutdown has to follow.
func (s *Server) LameDuck(ctx context.Context) {
	s.draining.Store(true)
	s.engine.StopListening()
	s.nats.Announced.LameDuck()
	s.engine.Announce()
	if !s.grace(ctx) {
		return
	}
	s.engine.Leave(ctx, reason.LameDuck, max(s.opts.LameDuckDuration-s.opts.LameDuckGrace, leastLeaving))
}

// grace waits for LameDuckGrace; false: there is nobody left to close, or ctx is
// done.
func (s *Server) grace(ctx context.Context) bool {
	over := time.NewTimer(s.opts.LameDuckGrace)
	defer over.Stop()
	look := time.NewTicker(idlePoll)
	defer look.Stop()
	for s.Connections() > 0 {
		select {
		case <-over.C:
			return true
		case <-ctx.Done():
			return false
		case <-look.C:
		}
	}
	return false
}

// Advertise changes at run time where NATS clients are told that they reach this
// server and others like it (Options.ClientAdvertise): all are told anew.
func (s *Server) Advertise(addresses []string) error {
	if err := checkAdvertised(addresses); err != nil {
		return err
	}
	if s.nats.Announced.Advertise(addresses) {
		s.engine.Announce()
	}
	return nil
}
