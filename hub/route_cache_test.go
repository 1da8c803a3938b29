package hub

import (
	"fmt"
	"testing"

	"github.com/isthmus-mq/isthmus/trie"
)

// cached looks a subject up as Lane.route does, and tells whether it was there.
func cached(c *routeCache, subject string) bool {
	name := []byte(subject)
	hash := trie.Hash(name)
	if r := c.get(hash, name); r != nil {
		return string(r.Subject) == subject
	}
	if c.again(hash) {
		c.put(&Route{Subject: name, hash: hash})
	}
	return false
}

func (c *routeCache) count() (n int) {
	for i := range c.sets {
		for _, r := range c.sets[i].routes {
			if r != nil {
				n++
			}
		}
	}
	return n
}

// Subjects that come again are found from some time on, also when very many
// others take turns with them; those that come once take no place.
func TestRouteCacheKeepsWhatComesAgain(t *testing.T) {
	var c routeCache
	c.init(DefaultCachedRoutes)
	once := 0
	for round := range 40 {
		hits := 0
		for i := range 4000 {
			if cached(&c, fmt.Sprintf("again.%d", i)) {
				hits++
			}
			cached(&c, fmt.Sprintf("once.%d", once))
			once++
		}
		if round == 39 && hits < 3900 {
			t.Errorf("%d of 4000 are found after %d rounds", hits, round)
		}
	}
	if n := c.count(); n > 4000+once/1000 {
		t.Errorf("%d routes are kept, 4000 names came again and %d came once", n, once)
	}
}

// The bound holds, and replacing an entry does not duplicate it.
func TestRouteCacheIsBounded(t *testing.T) {
	for _, bound := range []int{1, 3, 8, 1000} {
		var c routeCache
		c.init(bound)
		for range 2 {
			for i := range 5000 {
				name := fmt.Appendf(nil, "s.%d", i)
				c.put(&Route{Subject: name, hash: trie.Hash(name)})
			}
		}
		if n := c.count(); n > max(bound, cacheWays) {
			t.Errorf("bound %d: %d routes", bound, n)
		}
	}
	var c routeCache
	c.init(100)
	first, second := &Route{Subject: []byte("a"), hash: 1}, &Route{Subject: []byte("a"), hash: 1}
	c.put(first)
	c.put(second)
	if c.get(1, []byte("a")) != second || c.count() != 1 {
		t.Error("the new route is not in the place of the old one")
	}
}
