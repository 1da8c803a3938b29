package hub

import (
	"time"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
)

// retaining is a lane's dealings with the store of retained messages.
type retaining struct {
	lane     *Lane
	token    uint64 // of the call at hand, or the last one
	answered bool   // the store has answered it
	why      reason.ID
	timer    Timer         // for Sweep
	at       time.Duration // that it is set for; 0: it is not
	patch    []byte        // properties of the message being replayed
	block    []byte        // its headers
	// left is what is left of its Message Expiry Interval, if it has one, in seconds.
	left    uint32
	expires bool
}

// Retained is RetainedDone's.
func (r *retaining) Retained(token uint64, why reason.ID) {
	if token == r.token && !r.answered {
		r.answered, r.why = true, why
		return
	}
	r.lane.storeAnswered(token, why)
}

// begin prepares for the answer to the next call of the store.
func (r *retaining) begin(l *Lane) (token uint64) {
	r.lane, r.answered, r.why = l, false, reason.None
	r.token++
	return r.token
}

// end tells what the store has answered; later: nothing yet.
func (r *retaining) end() (why reason.ID, later bool) {
	if r.answered {
		return r.why, false
	}
	r.answered = true
	d := &r.lane.deferred
	d.waiting = append(d.waiting, &unanswered{token: r.token})
	return reason.None, true
}

// retain stores, replaces or (with an empty payload) deletes what is retained
// under the subject of m, as m asks for (§3.3.1.3).
func (l *Lane) retain(m *message.Message, o *Outcome) {
	why, later := l.Retain(m)
	o.Deferred = later
	switch why {
	case reason.None:
	case reason.RetainIgnored:
		m.Retain = false
	default:
		o.full(why)
	}
}

// Retain does so without publishing m, and tells why not. later: the store has not
// answered yet; WhenStored.
func (l *Lane) Retain(m *message.Message) (why reason.ID, later bool) {
	store, r := l.hub.retained, &l.retaining
	if l.hub.noRetained {
		l.Reasons.Add(reason.RetainIgnored, 1)
		return reason.RetainIgnored, false
	}
	token := r.begin(l)
	if len(m.Payload) == 0 {
		store.Delete(l, m.Subject, r, token)
		return r.end()
	}
	deadline := time.Duration(0) // what the server itself says stays
	seconds, _, expires := translate.Expiry(l.Properties(m))
	if life := l.hub.Lifetime(seconds, expires); (life != 0 || expires) && !Reserved(m.Subject) {
		deadline = max(l.Now()+life, 1)
	}
	store.Set(l, m, deadline, r, token)
	why, later = r.end()
	if why == reason.None && deadline != 0 {
		r.sweepAt(deadline)
	}
	return why, later
}

// sweepAt sees to it that the lane sweeps then, unless it does so sooner.
func (r *retaining) sweepAt(at time.Duration) {
	if r.at == 0 || at < r.at {
		r.at = at
		r.lane.Arm(&r.timer, r, max(at-r.lane.Now(), 0))
	}
}

// Timer sweeps.
func (r *retaining) Timer() {
	l := r.lane
	r.at = 0
	if again := l.hub.retained.Sweep(l); again != 0 {
		r.sweepAt(max(again, l.Now()+sweepPause))
	}
}

// sweepPause is the least time between two pieces of a sweep.
const sweepPause = 10 * time.Millisecond

// Replay makes m the message that has been read from the store, with what is left
// of its time to live. It is valid until the next message is delivered on this
// lane.
func (l *Lane) Replay(kept *RetainedMessage, m *message.Message) {
	l.serial++
	*m = kept.Message
	m.Retain = true
	r := &l.retaining
	r.expires = false
	if kept.Deadline == 0 {
		return
	}
	if m.Origin == message.FromMQTT {
		r.patch = append(r.patch[:0], m.Properties...)
		m.Properties = r.patch
	}
	section := l.Properties(m)
	if seconds, at, ok := translate.Expiry(section); ok {
		left := uint32((kept.Deadline - l.Now() + time.Second - 1) / time.Second)
		beyond := seconds - uint32(l.hub.Lifetime(seconds, true)/time.Second)
		r.left, r.expires = left+beyond, true
		translate.PutExpiry(section, at, r.left)
	}
}

// ReplayHeaders is the header block of what Replay made last, as NATS clients get
// it: valid until the next call.
func (l *Lane) ReplayHeaders(m *message.Message) []byte {
	r := &l.retaining
	r.block = l.hub.crossing.AppendReplay(r.block[:0], l.Headers(m), r.left, r.expires)
	return r.block
}

// Withheld tells whether NATS clients get nothing under a canonical subject, and
// why, where that is to be counted.
func (h *Hub) Withheld(subject []byte) (withheld bool, why reason.ID) {
	switch {
	case Reserved(subject) && under(subject, statisticsRoot):
		return true, reason.None // nobody was to have it
	case len(subject) > h.maxSubject+len(h.mount.Prefix()):
		return true, reason.TopicTooLong
	}
	return false, reason.None
}
