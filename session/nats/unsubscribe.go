package nats

import (
	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/session"
)

// unsub handles UNSUB (§6): max counts the messages delivered since SUB. A sid
// that is not in use is no error. A client that drains still gets what others have
// seen acknowledged before.
func (s *Session) unsub(f *codec.Frame) {
	s.lane.hub.CatchUp()
	var gone *subscription
	if b := s.subs.Get(f.SID); b != nil {
		b.max = uint64(f.Max)
		if b.max == 0 || b.delivered >= b.max {
			s.unsubscribe(b)
			gone = b
		} else {
			b.ref = s.lane.hub.Resubscribe(b.what(), b.ref, hub.FlagCounted)
		}
	}
	s.ok()
	if e, ok := s.unsubscribed(gone); ok {
		s.lane.hub.Happened(e)
	}
}

func (s *Session) unsubscribe(b *subscription) {
	s.forget(b)
	s.subs.Remove(b)
	if o := s.own; o != nil && o.replay != nil {
		o.replay.NoLonger(b)
	}
}

// forget takes a subscription out of the lane.
func (s *Session) forget(b *subscription) {
	s.lane.hub.Unsubscribe(b.what(), b.ref)
}

func (s *Session) unsubscribeAll() {
	s.subs.Each(s.forget)
	s.subs = session.Subscriptions[*subscription]{}
	s.replayed()
}
