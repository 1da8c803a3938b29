package trie

import "sync/atomic"

// Watch is the set of shards that matter for one subject, kept beside a cached
// route: its Generation is that of the subject without hashing the subject again.
// The zero value is not usable.
type Watch struct {
	exact, two, one, root *atomic.Uint64 // generations of shards
}

// Watch returns the watch of subject. It keeps nothing of subject.
func (t *Trie) Watch(subject []byte) Watch {
	s := view(subject)
	first, second := cuts(s)
	p := t.shardsOf(s, hashOf(s), first, second)
	return p.watch()
}

// shards are those whose filters may match a subject.
type shards struct {
	exact          *exactShard
	two, one, root *wildShard
}

// shardsOf returns them for a subject that has been hashed and cut.
func (t *Trie) shardsOf(s string, hash uint64, first, second int) shards {
	p := shards{exact: t.exactOf(hash), one: t.wildOf(s[:first]), root: &t.root}
	p.two = p.one
	if second >= 0 {
		p.two = t.wildOf(s[:second])
	}
	return p
}

func (p *shards) watch() Watch {
	return Watch{p.exact.generation, p.two.generation, p.one.generation, p.root.generation}
}

// Generation returns the generation of the watched subject; see Trie.Generation.
//
// Generations only grow, so the sum is what it was only if none has changed, also
// when the counters are not read at one instant.
func (w Watch) Generation() uint64 {
	return w.exact.Load() + w.two.Load() + w.one.Load() + w.root.Load()
}

// Generation returns a number that changes with every change of what subject
// matches, before the Add, Remove or Replace that made it returns. Changes of
// unrelated filters alter it only if they share a shard with the subject.
func (t *Trie) Generation(subject []byte) uint64 {
	return t.Watch(subject).Generation()
}

// Changes counts all changes. While it stands still, so does the Generation of
// every subject: one load instead of one check for each cached route.
func (t *Trie) Changes() uint64 { return t.changes.Load() }
