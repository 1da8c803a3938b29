package hub

import (
	"sync/atomic"

	"github.com/isthmus-mq/isthmus/translate"
)

// Index describes the index of subscriptions and what is remembered of it.
type Index struct {
	Subscriptions     int
	Inserted, Removed uint64 // subscriptions, since the start
	// Routed counts messages that were routed, those of the server included, and
	// Looked how often the index was asked for it: all others had a route already.
	Routed, Looked uint64
}

// indexed are a lane's counts. The lane writes, anybody reads.
type indexed struct{ inserted, removed, looked, announced atomic.Uint64 }

// Index sums what the lanes have counted; any goroutine may ask.
func (h *Hub) Index() Index {
	x := Index{Subscriptions: h.Subscriptions(), Routed: h.Traffic().In}
	for _, l := range h.lanes {
		x.Inserted += l.indexed.inserted.Load()
		x.Removed += l.indexed.removed.Load()
		x.Looked += l.indexed.looked.Load()
		x.Routed += l.indexed.announced.Load()
	}
	x.Looked = min(x.Looked, x.Routed) // what is in the middle of a turn may not be counted yet
	return x
}

// Fanout sums up cached routes: how many there are, and how many subscriptions
// and groups they lead to.
type Fanout struct{ Routes, Most, Sum int }

// surveyed is how many sets of cached routes one call looks at: a few tens of
// microseconds.
const surveyed = 256

// Survey adds a part of the lane's cached routes to f, beginning with from; 0 is
// the first. It returns where to go on, 0 at the end.
func (l *Lane) Survey(from int, f *Fanout) (next int) {
	sets := l.routes.sets
	if from >= len(sets) {
		return 0
	}
	end := min(from+surveyed, len(sets))
	for i := from; i < end; i++ {
		for _, r := range sets[i].routes {
			if r != nil {
				n := r.plain + len(r.groups)
				f.Routes, f.Sum, f.Most = f.Routes+1, f.Sum+n, max(f.Most, n)
			}
		}
	}
	if end == len(sets) {
		return 0
	}
	return end
}

// Reaches tells whether a subscription is for what is published under a canonical
// subject. Whose it is, its group, and whether the subject has a topic are left
// aside. Any goroutine may ask.
func (h *Hub) Reaches(subject []byte, what *Subscription) bool {
	return !emptyToken(subject) && what.Opens&translate.GuardedLevels(subject, h.mount) == 0 &&
		what.Filter.Matches(string(subject))
}
