package hub

import "github.com/isthmus-mq/isthmus/trie"

const (
	// cacheWays routes share a place, so that few names push each other out.
	cacheWays = 4
	// firstSets is what a cache begins with, in sets; it doubles when one is
	// full.
	firstSets = 64
	// glimpses bounds the names that are remembered to have been seen once.
	glimpses = 8192
)

// routeCache is a lane's memory of routes, by the hash of their subject: a table
// of sets of cacheWays, which grows to its bound and then replaces. A subject
// gets in when it comes again: those that never do, reply subjects above all,
// push nobody out and need no memory.
type routeCache struct {
	sets     []routeSet // a power of two
	most     int        // of sets
	glimpsed []uint16   // by hash; 0: none
	dice     uint32
}

// routeSet is one cache line.
type routeSet struct {
	tags   [cacheWays]uint32
	routes [cacheWays]*Route
	next   uint32 // counts replacements
	_      [12]byte
}

// init bounds the cache to about n routes, and at least one.
func (c *routeCache) init(n int) {
	c.most = 1
	for 2*c.most*cacheWays <= n {
		c.most *= 2
	}
	c.sets = make([]routeSet, min(firstSets, c.most))
	c.glimpsed = make([]uint16, glimpses)
	c.dice = 1
}

func (c *routeCache) set(hash uint64) *routeSet {
	return &c.sets[uint32(hash)&uint32(len(c.sets)-1)]
}

// get returns the route of subject, nil when it is not there.
func (c *routeCache) get(hash uint64, subject []byte) *Route {
	s, tag := c.set(hash), uint32(hash>>32)
	for i := range s.tags {
		if s.tags[i] == tag {
			if r := s.routes[i]; r != nil && string(r.Subject) == string(subject) {
				return r
			}
		}
	}
	return nil
}

// again tells whether a subject that is not there has been asked for before, as
// far as is known. A glimpse makes room for another one every second time only,
// or else two that take turns would never meet themselves.
func (c *routeCache) again(hash uint64) bool {
	at, tag := &c.glimpsed[hash>>16%glimpses], uint16(hash>>48)|1
	if *at == tag {
		return true
	}
	c.dice = c.dice*1664525 + 1013904223
	if *at == 0 || c.dice>>31 == 0 {
		*at = tag
	}
	return false
}

// put adds a route, in the place of an older one of the same subject.
func (c *routeCache) put(r *Route) {
	for {
		s, tag := c.set(r.hash), uint32(r.hash>>32)
		free := -1
		for i, have := range s.routes {
			switch {
			case have == nil:
				free = i
			case s.tags[i] == tag && string(have.Subject) == string(r.Subject):
				s.routes[i] = r
				return
			}
		}
		if free < 0 {
			if len(c.sets) < c.most {
				c.grow()
				continue
			}
			free = int(s.next % cacheWays)
			s.next++
		}
		s.tags[free], s.routes[free] = tag, r
		return
	}
}

func (c *routeCache) grow() {
	old := c.sets
	c.sets = make([]routeSet, 2*len(old))
	for i := range old {
		for _, r := range old[i].routes {
			if r != nil {
				c.put(r) // finds room: a set is split in two
			}
		}
	}
}

// brief is a lane's scratch for the route of a subject that is not worth a place
// in the cache. It holds until the next route is asked for.
type brief struct {
	route          Route
	subject, topic []byte
	lanes          [][]trie.Ref
}

// begin returns the route, without members.
func (b *brief) begin(subject []byte, lanes int) *Route {
	if b.lanes == nil {
		b.lanes = make([][]trie.Ref, lanes)
	}
	for i := range b.lanes {
		b.lanes[i] = b.lanes[i][:0]
	}
	b.subject = append(b.subject[:0], subject...)
	b.route = Route{Subject: b.subject, brief: true}
	return &b.route
}
