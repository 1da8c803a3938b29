package reason

import "sync/atomic"

// Counters counts how often each reason applied. A Counters has one writer
// (its lane) and any number of readers.
type Counters struct{ n [Count]atomic.Uint64 }

// Add counts n occurrences of id. Only the owner may call it.
func (c *Counters) Add(id ID, n uint64) {
	p := &c.n[id]
	p.Store(p.Load() + n)
}

// Of returns the count of id; any goroutine may call it.
func (c *Counters) Of(id ID) uint64 { return c.n[id].Load() }

// Shared is a Counters for places that have no lane: acceptors and the door.
type Shared struct{ n [Count]atomic.Uint64 }

// Add counts n occurrences of id; any goroutine may call it.
func (c *Shared) Add(id ID, n uint64) { c.n[id].Add(n) }

// Of returns the count of id; any goroutine may call it.
func (c *Shared) Of(id ID) uint64 { return c.n[id].Load() }
