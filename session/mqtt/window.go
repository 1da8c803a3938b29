package mqtt

import (
	"time"
)

// window is the messages of QoS 1 and 2 that one session has accepted and its
// client has not acknowledged to the end, in order: first those that have been
// sent on this connection, then those that wait (§4.3, §4.6, §4.9). It is a ring
// that grows.
//
//	head           sent            n
//	 | in flight … | queued …      |
//
// Packet identifiers follow from the place: that of the first entry and one
// more for each after it, so that an acknowledgement is found at once and a
// resumed session uses the same ones again. Invariants: 0 <= inflight <= sent
// <= n; the first entry is no hole.
type window struct {
	ring     []entry // a power of two
	origins  origins
	head     uint32
	n        int    // entries, holes included
	sent     int    // of them, from the first on
	inflight int    // of the sent ones, those that are no holes
	told     int    // entries, from the first on, that have been sent on some connection
	gaps     int    // holes right behind those, at least
	zeros    int    // messages of QoS 0, none of which has been sent
	firstID  uint16 // packet identifier of the first entry, never 0
}

// entry is one message, or what is left of one. 16 bytes. Without m it is one of
// QoS 2 that the client has received and not yet let go (entryReceived), or else
// a hole, where one has been acknowledged or dropped before those in front of it.
type entry struct {
	m      *kept
	cost   uint32
	origin uint16 // in window.origins
	qos    uint8
	flags  entryFlags
}

type entryFlags uint8

const (
	// entryDup: it may have reached a client before.
	entryDup entryFlags = 1 << iota
	// entryReceived: PUBREC has come; the identifier waits for PUBCOMP (§4.3.3).
	entryReceived
	// entryRetain: RETAIN is 1.
	entryRetain
)

func (e *entry) has(f entryFlags) bool { return e.flags&f != 0 }

func (e *entry) hole() bool { return e.m == nil && !e.has(entryReceived) }

const (
	firstRing = 8
	// packetIDRange is the number of packet identifiers.
	packetIDRange = 65535
	// longestSpan bounds how far a client that leaves an old message
	// unacknowledged may get ahead of it.
	longestSpan = 4096
)

// at returns entry number i, counted from the first.
func (w *window) at(i int) *entry { return &w.ring[(w.head+uint32(i))&uint32(len(w.ring)-1)] }

// push adds an entry at the end.
func (w *window) push(e entry) {
	if w.n == len(w.ring) {
		w.grow()
	}
	*w.at(w.n) = e
	w.n++
}

func (w *window) grow() {
	ring := make([]entry, max(firstRing, 2*len(w.ring)))
	for i := range w.n {
		ring[i] = *w.at(i)
	}
	w.ring, w.head = ring, 0
}

// id is the packet identifier of entry number i.
func (w *window) id(i int) uint16 {
	return uint16((int(w.firstID)-1+i)%packetIDRange) + 1
}

// find returns the number of the entry in flight with a packet identifier; -1:
// there is none.
func (w *window) find(id uint16) int {
	i := int(id) - int(w.firstID)
	if i < 0 {
		i += packetIDRange
	}
	if id == 0 || i >= w.sent || w.at(i).hole() {
		return -1
	}
	return i
}

// trim takes holes off the front.
func (w *window) trim() {
	for w.n > 0 && w.ring[w.head].hole() {
		w.firstID = w.id(1)
		w.head = (w.head + 1) & uint32(len(w.ring)-1)
		w.n--
		if w.sent > 0 {
			w.sent--
		}
		if w.told > 0 {
			w.told--
		} else if w.gaps > 0 {
			w.gaps--
		}
	}
}

// next takes the first entry that waits, which becomes one that has been sent.
func (w *window) next() (e *entry, id uint16) {
	e, id = w.at(w.sent), w.id(w.sent)
	w.sent++
	if w.sent > w.told {
		w.told = w.sent
		if w.gaps > 0 {
			w.gaps--
		}
	}
	return e, id
}

// oldest returns the number of the first message that no client has been sent;
// -1: there is none.
func (w *window) oldest() int {
	for w.told+w.gaps < w.n {
		if w.at(w.told+w.gaps).m != nil {
			return w.told + w.gaps
		}
		w.gaps++
	}
	return -1
}

// mostGaps is the number of holes that are not worth closing.
const mostGaps = 64

// closeGaps takes the holes out that oldest has passed, when they are many. The
// identifiers of what comes behind them change: nobody has heard of them.
func (w *window) closeGaps() {
	if w.gaps < mostGaps || w.gaps < w.n/2 {
		return
	}
	for i := w.told + w.gaps; i < w.n; i++ {
		*w.at(i - w.gaps) = *w.at(i)
		*w.at(i) = entry{}
	}
	w.n -= w.gaps
	w.gaps = 0
}

// rewind makes everything unsent, for another connection of the session. What
// had been sent is a duplicate from now on [MQTT-3.3.1-1].
func (w *window) rewind() {
	for i := range w.sent {
		w.at(i).flags |= entryDup
	}
	w.sent, w.inflight = 0, 0
}

// mayGoOn tells whether the next message may be sent to a client that takes
// most unacknowledged ones.
func (w *window) mayGoOn(most int) bool {
	return w.sent < w.n && w.inflight < most && w.sent < max(longestSpan, most)
}

// deadline is when the message expires; 0: never.
func (e *entry) deadline() time.Duration {
	if e.m.extra == nil {
		return 0
	}
	return e.m.extra.deadline
}

// secondsLeft is the Message Expiry Interval of a message that has waited,
// without meaning for one that has none; not ok when it has expired. What a client may have with
// QoS 2 does not expire any more: the client waits for the end of the exchange.
func (e *entry) secondsLeft(now time.Duration) (left uint32, ok bool) {
	deadline := e.deadline()
	switch {
	case deadline == 0:
		return 0, true
	case deadline < now && e.qos == 2 && e.has(entryDup):
		return 1, true
	}
	return uint32((deadline-now+time.Second-1)/time.Second) + e.m.extra.beyond, deadline >= now
}

// windows are those of a lane that are not in use. Most sessions have none most
// of the time.
type windows struct{ free []*window }

const (
	freeWindows = 256
	// largestFree is the ring size up to which a window is kept, in entries.
	largestFree = 1024
)

func (p *windows) get(firstID uint16) *window {
	last := len(p.free) - 1
	if last < 0 {
		return &window{firstID: firstID}
	}
	w := p.free[last]
	p.free[last] = nil
	p.free = p.free[:last]
	w.firstID = firstID
	return w
}

// put takes back an empty window.
func (p *windows) put(w *window) {
	if len(w.ring) <= largestFree && len(p.free) < freeWindows {
		w.origins.clear()
		*w = window{ring: w.ring, origins: w.origins}
		p.free = append(p.free, w)
	}
}
