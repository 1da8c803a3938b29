package soak

import "fmt"

// exact is how far a copy of QoS 2 is, as its receiver knows (§4.3.3). The client
// keeps that when its connection ends, so each copy is taken once.
type exact byte

const (
	notExact exact = iota // QoS 1
	arrived               // PUBREC is to be written
	recorded              // PUBREC was written
	released              // PUBREL has come; PUBCOMP is to be written, or was
)

// repeated takes a PUBLISH of QoS 2 that the client has already received on an
// earlier connection; nil: it is another one.
func (w *window) repeated(stamp Stamp, id uint16, dup bool) (o *owed, fault string) {
	for i, x := range w.old {
		if x.stamp != stamp || x.exact == notExact {
			continue
		}
		if fault = w.room(id); fault == "" {
			fault = w.skip(i)
		}
		w.old = w.old[1:]
		switch {
		case fault != "":
		case x.exact == released:
			fault = "sent again after PUBREL"
		case !dup:
			fault = "resent without DUP"
		case x.id != id:
			fault = fmt.Sprintf("resent with packet id %d, was %d", id, x.id)
		}
		x.id, x.exact, x.written = id, arrived, Never
		w.enter(x)
		return x, fault
	}
	return nil, ""
}

// release takes a PUBREL, on the connection of its PUBLISH or a later one.
func (w *window) release(id uint16) (o *owed, fault string) {
	if o = w.open[id]; o != nil {
		if o.exact != recorded {
			return o, fmt.Sprintf("PUBREL %d for %v, which waits for something else", id, o.stamp)
		}
		o.exact = released
		return o, ""
	}
	for i, x := range w.old {
		if x.id != id || x.exact == notExact {
			continue
		}
		if fault = w.room(id); fault == "" {
			fault = w.skip(i)
		}
		w.old = w.old[1:]
		if x.exact == arrived && fault == "" {
			fault = fmt.Sprintf("PUBREL %d for %v, of which no PUBREC was written", id, x.stamp)
		}
		x.exact, x.written = released, Never
		w.enter(x)
		return x, fault
	}
	return nil, fmt.Sprintf("PUBREL %d, which belongs to nothing", id)
}

// unfinished is how many exchanges of QoS 2 wait for a packet of either side.
func (w *window) unfinished() (n int) {
	for _, o := range w.open {
		if o.exact != notExact {
			n++
		}
	}
	for _, o := range w.old {
		if o.exact != notExact && o.written == Never {
			n++
		}
	}
	return n
}
