package mqtt

import (
	"slices"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

// replay is the retained messages that a session owes its client (§3.3.1.3):
// subscription by subscription, in the order in which they were made. It goes on
// as the client takes and acknowledges them, a piece at a time, so that very
// many hold nobody up. While the client is away it waits in the session.
type replay struct {
	state *state
	timer hub.Timer        // when the rate lets it go on
	subs  []*subscription  // whose messages are to come; never empty
	scan  hub.RetainedScan // that of subs[0]; nil: not begun
	found bool             // it may have found what has not been read
	done  bool             // and will find no more
	late  []byte           // a subject that was read and found no room; nil: none
}

const (
	// replayStep is how many names one step of a scan finds at most.
	replayStep = 64
	// replaySteps bounds the work of one turn for a scan that finds little.
	replaySteps = 8
	// replayPiece is the output in bytes after which others get their turn.
	replayPiece = 64 << 10
	// replayAhead bounds the retained messages of QoS 1 and 2 that wait in the
	// window: there they would take the room of live ones.
	replayAhead = 64
)

// owe puts a subscription's retained messages on the list, from the beginning.
func (st *state) owe(b *subscription) {
	if n, _ := st.lane.hub.Hub().Retained().Used(); n == 0 || b.shared != nil {
		return
	}
	st.noLonger(b)
	if st.replay == nil {
		st.replay = &replay{state: st}
	}
	st.replay.subs = append(st.replay.subs, b)
}

// noLonger takes a subscription off the list.
func (st *state) noLonger(b *subscription) {
	r := st.replay
	if r == nil {
		return
	}
	at := slices.Index(r.subs, b)
	if at < 0 {
		return
	}
	r.subs = slices.Delete(r.subs, at, at+1)
	if at == 0 {
		r.scan, r.found, r.late = nil, false, nil
	}
	if len(r.subs) == 0 {
		st.endReplay()
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
	s := st.conn
	if s == nil || s.closing {
		return
	}
	for steps := 0; st.replay != nil; {
		switch r := st.replay; {
		case s.out.Len() >= replayPiece || steps == replaySteps:
			s.conn.AwaitDrain()
			return
		case st.flight != nil && st.flight.n >= replayAhead:
			return
		case !r.found && r.late == nil:
			steps++
			st.findRetained()
		default:
			if wait := st.retainedWait(); wait > 0 {
				st.lane.hub.Arm(&r.timer, r, wait)
				return
			}
			if !st.sendRetained() {
				return
			}
		}
	}
}

// findRetained takes the next step of a scan, or turns to the next subscription.
func (st *state) findRetained() {
	r, l, b := st.replay, st.lane, st.replay.subs[0]
	switch {
	case r.scan == nil:
		r.scan, r.done = l.hub.Hub().Retained().Scan(l.hub, b.what().Filter, b.ref.Opens), false
	case r.done:
		st.noLonger(b)
		return
	}
	var n int
	n, r.done = r.scan.Find(l.hub, replayStep)
	r.found = n > 0
}

// sendRetained sends one retained message, or accepts it for delivery with QoS 1
// or 2; false: there is no room now. A message that has waited for room is read
// again: another one may have been sent live since.
func (st *state) sendRetained() bool {
	r, l, b := st.replay, st.lane, st.replay.subs[0]
	kept := &l.kept
	switch {
	case r.late != nil:
		subject := r.late
		r.late = nil
		if !l.hub.Hub().Retained().Get(l.hub, subject, kept) {
			return true
		}
	case !r.scan.Read(l.hub, kept):
		r.found = false
		return true
	}
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
				r.late = m.Subject
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
