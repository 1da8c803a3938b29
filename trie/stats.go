package trie

// Stats is the size of the index.
type Stats struct {
	Subscriptions int // refs, each counted once for every filter and group
	Exact         int // filters that match one subject
	Prefixes      int // tries of other filters
	Nodes         int // nodes of these tries
	LargestShard  int // subscriptions in the fullest shard
}

// Len returns the number of subscriptions.
func (t *Trie) Len() int {
	n := t.root.subscriptions.Load()
	for i := range t.exact {
		n += t.exact[i].subscriptions.Load() + t.wild[i].subscriptions.Load()
	}
	return int(n)
}

// Stats measures the index. It locks one shard after the other, so while others
// change the index the numbers need not fit together.
func (t *Trie) Stats() Stats {
	var st Stats
	for i := range t.exact {
		e := &t.exact[i]
		e.mu.RLock()
		st.Exact += len(e.names.entries)
		st.count(&e.shard)
		e.mu.RUnlock()
		st.countWild(&t.wild[i])
	}
	st.countWild(&t.root)
	return st
}

func (st *Stats) countWild(s *wildShard) {
	s.mu.RLock()
	st.Prefixes += s.prefixes.len()
	st.Nodes += s.nodes
	st.count(&s.shard)
	s.mu.RUnlock()
}

func (st *Stats) count(s *shard) {
	n := int(s.subscriptions.Load())
	st.Subscriptions += n
	st.LargestShard = max(st.LargestShard, n)
}
