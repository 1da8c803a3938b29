package mqtt

import (
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// state is the Session State (§4.1) of one client identifier: what may outlive
// a connection. It lives on the home lane of the identifier and never leaves it.
//
//	                 CONNECT                     end of the connection,
//	           (Clean Start or new)               expiry > 0
//	(nothing) ──────────────────────▶ connected ───────────────▶ offline
//	    ▲                              │  ▲ │                      │ │
//	    │ end of the connection,       │  │ └── takeover: another  │ │
//	    │ expiry = 0; Clean Start      │  │     connection ◀───┐   │ │
//	    └──────────────────────────────┘  │          (Clean Start 0) │
//	    ▲                                 └── CONNECT, Clean Start 0 │
//	    └── expiry passed, or CONNECT with Clean Start 1 ────────────┘
type state struct {
	lane     *Lane
	conn     *Session // nil while offline
	clientID string
	subs     session.Subscriptions[*subscription]
	quota    hub.Quota
	flight   *window    // nil while nothing is queued or unacknowledged
	released *packetIDs // publishes of QoS 2 to us that wait for PUBREL; nil while none
	// unanswered are those of released whose PUBREC waits for the store; nil: none.
	unanswered *packetIDs
	absence    *absence      // nil while connected
	client     *hub.Client   // who was connected last; nil: nobody is told of it
	replay     *replay       // retained messages that are still to be sent; nil: none
	retainedAt time.Duration // until when the retained messages that it was sent count (retainedWait)
	expiry     uint32        // Session Expiry Interval in seconds
	owner      uint32
	nextID     uint16 // packet identifier for the next window
	ended      bool
}

// neverExpires is the Session Expiry Interval without an end (§3.1.2.11.2).
const neverExpires = 0xFFFFFFFF

func (l *Lane) newState(clientID string) *state {
	st := &state{lane: l, clientID: clientID, owner: l.hub.NewOwner(), nextID: 1}
	st.quota.Init(&l.opts.Quota, st.owner)
	l.states[clientID] = st
	return st
}

// setExpiry changes the Session Expiry Interval, and keeps count of the
// sessions that have one.
func (st *state) setExpiry(seconds uint32) {
	switch persistent := &st.lane.opts.persistent; {
	case st.expiry == 0 && seconds > 0:
		persistent.Add(1)
	case st.expiry > 0 && seconds == 0:
		persistent.Add(-1)
	}
	st.expiry = seconds
}

// attach gives the session another connection. What was sent and not
// acknowledged on the one before is going to be sent again.
func (st *state) attach(s *Session) {
	if a := st.absence; a != nil {
		st.lane.hub.Hub().Clients().Back()
		st.lane.hub.Disarm(&a.timer) // a will is forgotten: in time [MQTT-3.1.3-9]
		st.absence = nil
		st.mark(false)
	}
	st.conn, s.state = s, st
	s.pub.Owner = st.owner
	if st.flight != nil {
		st.flight.rewind()
	}
}

// detach is the end of the connection. The will, unless nil, is published when
// its delay or the session is over, whichever comes first (§3.1.3.2.2).
// leaving: all connections are about to end, so nobody else is to be burdened.
func (st *state) detach(w *will, leaving bool) {
	st.conn = nil
	if st.expiry == 0 {
		st.end(w, leaving)
		return
	}
	st.leave(w)
	st.mark(true)
	if !leaving {
		st.redispatch(true)
	}
}

// mark tells publishers whether the client is connected.
func (st *state) mark(offline bool) {
	st.subs.Each(func(b *subscription) {
		flags := b.ref.Flags &^ hub.FlagOffline
		if offline {
			flags |= hub.FlagOffline
		}
		b.ref = st.lane.hub.Resubscribe(b.what(), b.ref, flags)
	})
}

// end forgets the session. Its messages go to other members of their groups,
// unless all are leaving, or are counted as dropped. The will, unless nil, is
// published.
func (st *state) end(w *will, leaving bool) {
	l := st.lane
	st.conn, st.ended = nil, true
	if l.states[st.clientID] == st {
		delete(l.states, st.clientID)
	}
	if a := st.absence; a != nil {
		l.hub.Hub().Clients().Back()
		l.hub.Disarm(&a.timer)
		w = a.will
		st.absence = nil
	}
	if store := l.opts.Store; store != nil {
		store.End(st.clientID)
	}
	st.setExpiry(0)
	st.subs.Each(func(b *subscription) { l.hub.Unsubscribe(b.what(), b.ref) })
	st.subs = session.Subscriptions[*subscription]{}
	st.endReplay()
	if st.client != nil {
		l.hub.Happened(hub.ClientEvent{Kind: hub.SessionEnded, Client: st.client})
	}
	if !leaving {
		st.redispatch(false)
	}
	st.drop(reason.SessionEnded)
	st.released, st.unanswered = nil, nil
	if w != nil {
		w.publish(l, st.owner)
	}
}

// drop forgets all messages for a reason.
func (st *state) drop(why reason.ID) {
	w := st.flight
	if w == nil {
		return
	}
	for i := range w.n {
		e := w.at(i)
		if e.m != nil {
			st.lose(e, why)
		}
		st.forget(e)
	}
	st.trim()
}

// forget makes a hole of an entry and gives back what it held.
func (st *state) forget(e *entry) {
	if l := st.lane; e.m != nil {
		l.hub.Release(&st.quota, int(e.cost))
		l.keeping.release(e.m)
		if e.qos == 0 {
			st.flight.zeros--
		}
	}
	*e = entry{}
}

// makeRoom drops what has waited longest until the quota holds, or everything
// that is left is on its way to the client.
func (st *state) makeRoom() {
	w := st.flight
	for st.quota.Over() {
		i := w.oldest()
		if i < 0 {
			break
		}
		st.lose(w.at(i), reason.QueueFull)
		st.done(i)
	}
	if st.store() == nil {
		w.closeGaps() // a store knows messages by their identifiers
	}
	st.trim()
}

// trim takes holes off the window, and the window off a session that has no
// use for it.
func (st *state) trim() {
	w := st.flight
	w.trim()
	if w.n == 0 {
		st.nextID = w.firstID
		st.flight = nil
		st.lane.windows.put(w)
	}
}

// pump sends what may be sent now. One message at least is always on its way,
// so that its acknowledgement calls pump again; beyond that, messages wait here
// rather than in the outbox, where they would count against a slow client.
func (st *state) pump() {
	s, w := st.conn, st.flight
	if s == nil || s.closing || w == nil {
		return
	}
	for w.mayGoOn(int(s.receiveMaximum)) && (w.inflight == 0 || s.out.Len() < pumpUntil) {
		e, id := w.next()
		if e.hole() {
			continue
		}
		if e.m == nil {
			s.sendPubrel(id)
			w.inflight++
			continue
		}
		why := s.send(e, id)
		if why != reason.None {
			st.lose(e, why)
		}
		if why != reason.None || e.qos == 0 {
			st.done(w.sent - 1)
			w.trim() // or dropped ones alone would fill the window
			continue
		}
		w.inflight++
	}
	st.trim()
}

// pumpUntil is the number of bytes in an outbox at which messages wait for
// acknowledgements rather than for the socket.
const pumpUntil = 256 << 10
