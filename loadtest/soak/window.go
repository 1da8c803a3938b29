package soak

import "fmt"

// window is what an MQTT session owes: the copies of QoS 1 and 2 that it has
// received and that the server may not know to be acknowledged to the end. It
// outlives connections.
//
// It judges what arrives: never more than the client's Receive Maximum
// unacknowledged, no packet identifier twice among them, and after a resumption
// everything unacknowledged again, first, in its old order, with DUP and the
// same identifier. A copy of QoS 2 comes again as PUBLISH until its PUBREC was
// taken, and as PUBREL from then on (exact.go).
//
// A window is used by one goroutine at a time.
type window struct {
	// moves: this session's copies go to another member of its group when a
	// connection ends, and may come back; so nothing is demanded of resends.
	moves bool
	// moved are the copies that must have gone to others since: they do not come
	// again with their old identifiers.
	moved map[Stamp]uint16
	// taken is called with the index of each Reception whose PUBACK the server
	// has surely taken.
	taken func(log int)

	limit int              // Receive Maximum of this connection
	open  map[uint16]*owed // received on it, PUBACK or PUBCOMP not written
	now   []*owed          // received on it, in order
	old   []*owed          // of earlier connections, in order, not resent yet
	// resending: what comes with DUP continues what was in flight before.
	resending bool
}

// owed is one copy in flight.
type owed struct {
	stamp   Stamp
	id      uint16
	log     int  // index of the latest Reception
	written Tick // PUBACK or PUBCOMP was about to be written; Never: not
	exact   exact
}

// begin is called with each CONNACK, before anything arrives. left: since the
// connection before ended, other members were there.
func (w *window) begin(limit int, resumed, left bool) {
	w.limit, w.open = limit, make(map[uint16]*owed)
	w.old, w.now = append(w.now, w.old...), nil
	if w.moved = nil; w.moves && left && resumed {
		w.moved = make(map[Stamp]uint16)
		for _, o := range w.old {
			w.moved[o.stamp] = o.id
		}
	}
	if !resumed || w.moves {
		w.old = nil
	}
	w.resending = resumed
}

// arrive judges a copy that is not a repetition, and takes it; fault is empty if
// all is well.
func (w *window) arrive(stamp Stamp, id uint16, dup bool, log int) (o *owed, fault string) {
	fault = w.room(id)
	if was, moved := w.moved[stamp]; fault == "" && moved && was == id && dup {
		fault = "stayed with the session, although other members were there"
	}
	if fault == "" && !w.moves {
		fault = w.resent(stamp, id, dup)
	}
	o = &owed{stamp: stamp, id: id, log: log, written: Never}
	w.enter(o)
	return o, fault
}

// room tells whether another one may be in flight with that identifier.
func (w *window) room(id uint16) (fault string) {
	if held := w.open[id]; held != nil {
		return fmt.Sprintf("packet id %d is in use by %v", id, held.stamp)
	}
	if len(w.open) >= w.limit {
		return fmt.Sprintf("%d unacknowledged with Receive Maximum %d", len(w.open)+1, w.limit)
	}
	return ""
}

// enter puts what is in flight on this connection to the others.
func (w *window) enter(o *owed) {
	w.open[o.id] = o
	w.now = append(w.now, o)
}

// resent judges a copy as a resend, or as what comes when resending is over.
func (w *window) resent(stamp Stamp, id uint16, dup bool) (fault string) {
	for i, o := range w.old {
		if o.stamp != stamp {
			continue
		}
		fault = w.skip(i)
		w.old = w.old[1:]
		switch {
		case fault != "":
		case !dup:
			fault = "resent without DUP"
		case o.id != id:
			fault = fmt.Sprintf("resent with packet id %d, was %d", id, o.id)
		}
		return fault
	}
	if dup && !w.resending {
		return "DUP, but resending is over"
	}
	w.resending = dup
	return w.skip(len(w.old))
}

// skip passes the first n of what is still to be resent: their PUBACKs or PUBCOMPs
// must have been taken, or at least written.
func (w *window) skip(n int) (fault string) {
	for _, o := range w.old[:n] {
		if o.written == Never && fault == "" {
			fault = fmt.Sprintf("%v (packet id %d) was not acknowledged and has not been resent before this", o.stamp, o.id)
		}
		w.taken(o.log)
	}
	w.old = w.old[n:]
	return fault
}

// acknowledge is called before the next acknowledgement of o is written.
func (w *window) acknowledge(o *owed, at Tick) {
	if o.exact == arrived {
		o.exact = recorded
		return
	}
	o.written = at
	delete(w.open, o.id)
}

// settle is called when everything written before at has been taken.
func (w *window) settle(at Tick) {
	kept := w.now[:0]
	for _, o := range w.now {
		if o.written < at {
			w.taken(o.log)
		} else {
			kept = append(kept, o)
		}
	}
	clear(w.now[len(kept):])
	w.now = kept
}

// rest is called when everything has surely been resent: what has not been?
func (w *window) rest() (fault string) { return w.skip(len(w.old)) }
