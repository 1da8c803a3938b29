package mqtt

import (
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// replay is what a session owes of retained messages (§3.3.1.3). While the client
// is away it waits in the session.
type replay struct {
	session.Replay[*subscription]
	state *state
	timer hub.Timer // when the rate lets it go on
}

// replayAhead bounds the retained messages of QoS 1 and 2 that wait in the window:
// there they would take the room of live ones.
const replayAhead = 64

// owe puts a subscription's retained messages on the list, from the beginning.
func (st *state) owe(b *subscription) {
	if n, _ := st.lane.hub.Hub().Retained().Used(); n == 0 || b.shared != nil || b.requests() {
		return
	}
	if st.replay == nil {
		st.replay = &replay{state: st}
	}
	st.replay.Owe(b)
}

// noLonger takes a subscription off the list.
func (st *state) noLonger(b *subscription) {
	if r := st.replay; r != nil {
		r.NoLonger(b)
		if r.Done() {
			st.endReplay()
		}
	}
}

// endReplay forgets what is owed.
func (st *state) endReplay() {
	if r := st.replay; r != nil {
		st.lane.hub.Disarm(&r.timer)
		st.replay = nil
	}
}

// Timer goes on when the rate allows it.
func (r *replay) Timer() { r.state.goOn() }

// retainedWait is how long the client waits for its next retained message, by
// the rate (Policy.RetainedRate). It is sent a second's worth at once.
func (st *state) retainedWait() time.Duration {
	rate := st.lane.opts.RetainedRate
	if rate == 0 {
		return 0
	}
	now := st.lane.hub.Now()
	st.retainedAt = max(st.retainedAt, now-time.Second)
	return max(st.retainedAt+time.Second/time.Duration(rate)-now, 0)
}

// retainedSent counts one for the rate.
func (st *state) retainedSent() {
	if rate := st.lane.opts.RetainedRate; rate != 0 {
		st.retainedAt += time.Second / time.Duration(rate)
	}
}

// goOn sends retained messages until enough waits: for the socket, in which
// case Drained goes on, for acknowledgements, where complete does, or for the
// rate.
func (st *state) goOn() {
	s, r := st.conn, st.replay
	if r == nil || s == nil || s.closing {
		return
	}
	r.GoOn(st.lane.hub, s.conn, &st.lane.kept, st)
	if r.Done() {
		st.endReplay()
	}
}

// Wants is session.Replayed's.
func (b *subscription) Wants() (hub.Subscription, uint32) { return b.what(), b.ref.Opens }

// Room is session.Replayer's.
func (st *state) Room() bool {
	if st.flight != nil && st.flight.n >= replayAhead {
		return false
	}
	if wait := st.retainedWait(); wait > 0 {
		st.lane.hub.Arm(&st.replay.timer, st.replay, wait)
		return false
	}
	return true
}

// Replay is session.Replayer's: it sends a retained message, or accepts it for
// delivery with QoS 1 or 2.
func (st *state) Replay(b *subscription, kept *hub.RetainedMessage) bool {
	l := st.lane
	m := &l.again
	l.hub.Replay(kept, m)
	topic, ok := l.hub.Hub().Names().AppendTopic(l.topic[:0], m.Subject)
	if l.topic = topic; !ok {
		l.hub.Reasons.Add(reason.SubjectNotATopic, 1)
		return true
	}
	route := &l.replayed
	route.Topic = topic
	c := hub.Copy{QoS: min(m.QoS, hub.Granted(b.ref.Flags))}
	if c.QoS > 0 {
		if why := l.hub.Reserve(&st.quota, hub.Cost(m)); why != reason.None {
			if st.flight != nil {
				return false
			}
			l.hub.Reasons.Add(why, 1) // nothing that is acknowledged would make room
			return true
		}
	}
	st.retainedSent()
	if why := b.deliver(m, route, &c, true); why != reason.None {
		l.hub.Reasons.Add(why, 1)
	}
	return true
}

// Drained goes on with what was cut into pieces.
func (s *Session) Drained() {
	if st := s.state; st != nil && st.conn == s {
		st.goOn()
	}
}

// retainHandling tells whether a SUBSCRIBE is to be answered with retained
// messages (§3.8.3.1); before 5.0 always.
func retainHandling(options codec.SubscribeOptions, isNew bool) bool {
	switch options.RetainHandling() {
	case 0:
		return true
	case 1:
		return isNew
	}
	return false
}
