package hub

import (
	"time"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
)

// retaining is a lane's dealings with the store of retained messages. Publish
// needs the store's answer before it returns, so a store that gives it later needs
// a Publish that does so, too.
type retaining struct {
	lane  *Lane
	why   reason.ID     // the store's answer to the message at hand
	timer Timer         // for Sweep
	at    time.Duration // that it is set for; 0: it is not
	patch []byte        // properties of the message being replayed
}

// Retained is RetainedDone's.
func (r *retaining) Retained(_ uint64, why reason.ID) { r.why = why }

// retain stores, replaces or (with an empty payload) deletes what is retained
// under the subject of m, as m asks for (§3.3.1.3).
func (l *Lane) retain(m *message.Message, o *Outcome) {
	store, r := l.hub.retained, &l.retaining
	if l.hub.noRetained {
		l.Reasons.Add(reason.RetainIgnored, 1)
		m.Retain = false
		return
	}
	if len(m.Payload) == 0 {
		store.Delete(l, m.Subject, r, 0)
		return
	}
	deadline := time.Duration(0) // what the server itself says stays
	seconds, _, expires := translate.Expiry(l.Properties(m))
	if life := l.hub.Lifetime(seconds, expires); (life != 0 || expires) && !Reserved(m.Subject) {
		deadline = max(l.Now()+life, 1)
	}
	store.Set(l, m, deadline, r, 0)
	if r.why != reason.None {
		o.full(r.why)
		return
	}
	if deadline != 0 {
		r.lane = l
		r.sweepAt(deadline)
	}
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
	if kept.Deadline == 0 {
		return
	}
	r := &l.retaining
	if m.Origin == message.FromMQTT {
		r.patch = append(r.patch[:0], m.Properties...)
		m.Properties = r.patch
	}
	section := l.Properties(m)
	if seconds, at, ok := translate.Expiry(section); ok {
		left := uint32((kept.Deadline - l.Now() + time.Second - 1) / time.Second)
		beyond := seconds - uint32(l.hub.Lifetime(seconds, true)/time.Second)
		translate.PutExpiry(section, at, left+beyond)
	}
}
