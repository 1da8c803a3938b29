package nats

import (
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// replay is the retained messages that subscriptions are answered with, where
// that is switched on.
type replay = session.Replay[*subscription]

// owe answers a SUB with what is retained; never one of a queue group, of which
// each message is for one member.
func (s *Session) owe(b *subscription) {
	l := s.lane
	if !l.opts.Retained || b.queue > 0 {
		return
	}
	if n, _ := l.hub.Hub().Retained().Used(); n == 0 {
		return
	}
	o := s.owned()
	if o.replay == nil {
		o.replay = new(replay)
	}
	o.replay.Owe(b)
	s.goOn()
}

func (s *Session) goOn() {
	if s.own == nil || s.own.replay == nil || s.closing {
		return
	}
	r := s.own.replay
	r.GoOn(s.lane.hub, s.conn, &s.lane.kept, s)
	if r.Done() {
		s.replayed()
	}
}

// replayed forgets what is owed.
func (s *Session) replayed() {
	if o := s.own; o != nil {
		if o.replay = nil; *o == (own{}) {
			s.own = nil
		}
	}
}

// Drained goes on with retained messages.
func (s *Session) Drained() { s.goOn() }

// Wants is session.Replayed's. Wildcards of NATS match everything.
func (b *subscription) Wants() (hub.Subscription, uint32) { return b.what(), 0 }

// Room is session.Replayer's: there is room until the connection ends.
func (s *Session) Room() bool { return !s.closing }

// Replay is session.Replayer's.
func (s *Session) Replay(b *subscription, kept *hub.RetainedMessage) bool {
	l := s.lane
	if withheld, why := l.hub.Hub().Withheld(kept.Subject); withheld {
		if why != reason.None {
			l.hub.Reasons.Add(why, 1)
		}
		return true
	}
	m := &l.replayed
	l.hub.Replay(kept, m)
	if s.headers {
		m.Headers = l.hub.ReplayHeaders(m)
		m.Origin, m.Properties = message.FromNATS, nil
	}
	if why := b.Deliver(m, nil, nil); why != reason.None {
		l.hub.Reasons.Add(why, 1)
	}
	return true
}
