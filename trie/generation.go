package trie

// Watch is the set of shards that matter for one subject, kept beside a cached
// route: its Generation is that of the subject without hashing the subject again.
// The zero value is not usable.
type Watch struct {
	exact          *exactShard
	two, one, root *wildShard
}

// Watch returns the watch of subject. It keeps nothing of subject.
func (t *Trie) Watch(subject []byte) Watch {
	s := view(subject)
	first, second := cuts(s)
	return t.watch(s, hashOf(s), first, second)
}

// watch is Watch for a subject that has been hashed and cut.
func (t *Trie) watch(s string, hash uint64, first, second int) Watch {
	w := Watch{exact: t.exactOf(hash), one: t.wildOf(s[:first]), root: &t.root}
	w.two = w.one
	if second >= 0 {
		w.two = t.wildOf(s[:second])
	}
	return w
}

// Generation returns the generation of the watched subject; see Trie.Generation.
//
// Generations only grow, so the sum is what it was only if none has changed, also
// when the counters are not read at one instant.
func (w Watch) Generation() uint64 {
	return w.exact.generation.Load() + w.two.generation.Load() +
		w.one.generation.Load() + w.root.generation.Load()
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
