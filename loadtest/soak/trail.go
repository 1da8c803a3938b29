package soak

import (
	"fmt"
	"strings"
	"sync"
)

// trailLength is how many of its last events a client remembers: enough to see
// what led to a fault, little enough for hundreds of clients.
const trailLength = 512

// Event is something that a client did or saw.
type Event struct {
	At     Tick
	What   string // a constant or something short
	Stamp  Stamp  // of a message; Number -1: none
	Detail int    // packet id, connection, ...
}

// Trail is the ring of one client's last events.
type Trail struct {
	Name  string
	clock *Clock

	mu   sync.Mutex
	ring []Event
	next int
}

// NewTrail returns an empty one.
func NewTrail(name string, clock *Clock) *Trail { return &Trail{Name: name, clock: clock} }

// Note adds an event without a message, Message one with.
func (t *Trail) Note(what string, detail int) { t.Message(what, Stamp{Number: -1}, detail) }

func (t *Trail) Message(what string, s Stamp, detail int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := Event{At: t.clock.Next(), What: what, Stamp: s, Detail: detail}
	if len(t.ring) < trailLength {
		t.ring = append(t.ring, e)
		return
	}
	t.ring[t.next] = e
	t.next = (t.next + 1) % trailLength
}

// Dump writes what concerns one message, everything without one, and the last
// events whatever they are.
func (t *Trail) Dump(about *Stamp, last int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := append(append([]Event(nil), t.ring[t.next:]...), t.ring[:t.next]...)
	var b strings.Builder
	fmt.Fprintf(&b, "  %s, %d events:\n", t.Name, len(all))
	for i, e := range all {
		if i < len(all)-last && e.Stamp.Number >= 0 && (about == nil || e.Stamp != *about) {
			continue
		}
		fmt.Fprintf(&b, "    %8d %-14s", e.At, e.What)
		if e.Stamp.Number >= 0 {
			fmt.Fprintf(&b, " %v", e.Stamp)
		}
		if e.Detail != 0 {
			fmt.Fprintf(&b, " (%d)", e.Detail)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
