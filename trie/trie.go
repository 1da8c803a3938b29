package trie

import (
	"math/bits"
	"sync/atomic"
)

// defaultShards keeps the chance that an unrelated change outdates a route near
// 3 % (two or three of 128), and costs 32 KiB.
const defaultShards = 128

// Trie is the index. Use New.
type Trie struct {
	mask    uint64 // number of shards of each kind, less one
	exact   []exactShard
	wild    []wildShard
	root    wildShard
	changes atomic.Uint64
	// generations are those of all shards, side by side: 2 KiB that stay in the cache,
	// for who looks at four of them for each message while others subscribe.
	generations []atomic.Uint64
}

// New returns an empty trie with as many shards of each kind as asked for,
// rounded up to a power of two; 0 means the default.
func New(shards int) *Trie {
	if shards <= 0 {
		shards = defaultShards
	}
	n := 1 << bits.Len(uint(shards-1))
	t := &Trie{
		mask:        uint64(n - 1),
		exact:       make([]exactShard, n),
		wild:        make([]wildShard, n),
		generations: make([]atomic.Uint64, 2*n+1),
	}
	for i := range n {
		t.exact[i].generation = &t.generations[i]
		t.wild[i].generation = &t.generations[n+i]
	}
	t.root.generation = &t.generations[2*n]
	return t
}

// Add indexes r under f and g. When it returns, every Match finds r. To add what
// is there already is the caller's mistake, and changes nothing.
func (t *Trie) Add(f Filter, g Group, r Ref) {
	g = g.normal()
	var changed bool
	if f.exact() {
		hash := hashOf(f.Pattern)
		changed = t.exactOf(hash).add(hash, f, g, r)
	} else {
		s, prefix, rest := t.place(f)
		changed = s.add(prefix, rest, f, g, r)
	}
	t.note(changed)
}

// Remove takes r, which must equal the Ref that was added in every field, out of
// f and g. It reports whether it was there. When it returns, no Match that starts
// finds r.
func (t *Trie) Remove(f Filter, g Group, r Ref) bool {
	g = g.normal()
	var changed bool
	if f.exact() {
		hash := hashOf(f.Pattern)
		changed = t.exactOf(hash).remove(hash, f, g, r)
	} else {
		s, prefix, rest := t.place(f)
		changed = s.remove(prefix, rest, f, g, r)
	}
	return t.note(changed)
}

// Replace puts r in the place of old in one step: no Match finds both or neither.
// It reports whether old was there; if not, nothing changes. If r was there as
// well, old is only removed.
func (t *Trie) Replace(f Filter, g Group, old, r Ref) bool {
	g = g.normal()
	var changed bool
	if f.exact() {
		hash := hashOf(f.Pattern)
		changed = t.exactOf(hash).replace(hash, f, g, old, r)
	} else {
		s, prefix, rest := t.place(f)
		changed = s.replace(prefix, rest, f, g, old, r)
	}
	return t.note(changed)
}

// note counts a change, after the shard has taken it.
func (t *Trie) note(changed bool) bool {
	if changed {
		t.changes.Add(1)
	}
	return changed
}

// exactOf returns the shard of the exact filter or subject with this hash.
func (t *Trie) exactOf(hash uint64) *exactShard { return &t.exact[hash&t.mask] }

// wildOf returns the shard of the filters with this literal prefix.
func (t *Trie) wildOf(prefix string) *wildShard { return &t.wild[hashOf(prefix)&t.mask] }

// place returns the shard of a filter that is not exact, the prefix that leads to
// its trie and the rest, in a label's notation, to be found there.
func (t *Trie) place(f Filter) (s *wildShard, prefix, rest string) {
	p := f.Pattern
	first, second := cuts(p)
	switch {
	case p == "" || p[:first] == "*":
		return &t.root, p[:first], p[first:]
	case second < 0 || p[first+1:second] == "*":
		return t.wildOf(p[:first]), p[:first], p[first:]
	}
	return t.wildOf(p[:second]), p[:second], p[second:]
}
