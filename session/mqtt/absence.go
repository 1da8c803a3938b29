package mqtt

import (
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

// absence is what a session has only while its client is not connected.
type absence struct {
	timer   hub.Timer // the nearest of these:
	endsAt  time.Duration
	willAt  time.Duration // forever: there is no will
	purgeAt time.Duration // when a message expires; forever: none does
	will    *will         // waits for its delay
}

const forever = time.Duration(1<<63 - 1)

// leave begins an absence. A will without delay is published at once.
func (st *state) leave(w *will) {
	l := st.lane
	now := l.hub.Now()
	a := &absence{endsAt: forever, willAt: forever, purgeAt: forever}
	st.absence = a
	l.hub.Hub().Clients().Absent()
	if st.expiry != neverExpires {
		a.endsAt = now + time.Duration(st.expiry)*time.Second
	}
	if w != nil && w.delay == 0 {
		w.publish(l, st.owner)
	} else if w != nil {
		a.will, a.willAt = w, now+time.Duration(w.delay)*time.Second
	}
	st.purge(now) // and find out when to do so again
	st.arm()
}

// arm sets the timer to what comes next.
func (st *state) arm() {
	a, l := st.absence, st.lane
	if next := min(a.endsAt, a.willAt, a.purgeAt); next != forever {
		l.hub.Arm(&a.timer, st, next-l.hub.Now())
	}
}

// Timer ends the session, publishes the will or drops what has expired.
func (st *state) Timer() {
	a, now := st.absence, st.lane.hub.Now()
	if a.endsAt <= now {
		st.lane.hub.Hub().Clients().Expired()
		st.end(nil, false)
		return
	}
	if w := a.will; w != nil && a.willAt <= now {
		a.will, a.willAt = nil, forever
		w.publish(st.lane, st.owner)
	}
	if a.purgeAt <= now {
		st.purge(now)
	}
	st.arm()
}

// expire notes that a message of a session without a connection expires. Such
// messages are looked for once a second at most, so that they do not take the
// room of others.
func (st *state) expire(deadline time.Duration) {
	a := st.absence
	deadline = max(deadline, st.lane.hub.Now()+time.Second)
	if deadline < a.purgeAt {
		a.purgeAt = deadline
		st.arm()
	}
}

// purge drops the messages that have expired. One of QoS 2 that the client may
// have stays.
func (st *state) purge(now time.Duration) {
	a, w := st.absence, st.flight
	a.purgeAt = forever
	if w == nil {
		return
	}
	for i := range w.n {
		e := w.at(i)
		sent := i < w.sent || e.has(entryDup)
		if e.m == nil || e.deadline() == 0 || sent && e.qos == 2 {
			continue
		}
		if _, alive := e.secondsLeft(now); alive {
			a.purgeAt = min(a.purgeAt, max(e.deadline(), now+time.Second))
			continue
		}
		st.lose(e, reason.MessageExpired)
		if i < w.sent {
			w.inflight--
		}
		st.done(i)
	}
	st.trim()
}
