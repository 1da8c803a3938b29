package trie

import (
	"strings"
	"sync"
	"sync/atomic"
)

// shard is what both kinds of shards share.
type shard struct {
	mu sync.RWMutex // protects what the kind adds
	// generation grows under mu, so a reader that loads it before it takes the
	// lock cannot hold a newer generation than the state it then reads.
	// It is Trie.generations'.
	generation *atomic.Uint64
	// subscriptions is changed under mu; a reader that finds 0 need not lock.
	subscriptions atomic.Int64
}

// changed notes a change that made the shard grow by n subscriptions.
func (s *shard) changed(n int64) {
	s.subscriptions.Add(n)
	s.generation.Add(1)
}

// exactShard holds filters that match one subject each. The hash that its methods
// take is that of the name.
type exactShard struct {
	shard
	names names
	_     [64]byte // two shards never share a cache line
}

func (s *exactShard) add(hash uint64, f Filter, g Group, r Ref) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.names.make(slotHash(hash), f.Pattern).add(f, g, r) {
		return false
	}
	s.changed(1)
	return true
}

func (s *exactShard) remove(hash uint64, f Filter, g Group, r Ref) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	end := s.names.get(slotHash(hash), f.Pattern)
	if end == nil || !end.remove(f.Tail, g, r) {
		return false
	}
	if end.empty() {
		s.names.drop(slotHash(hash), f.Pattern)
	}
	s.changed(-1)
	return true
}

func (s *exactShard) replace(hash uint64, f Filter, g Group, old, r Ref) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	end := s.names.get(slotHash(hash), f.Pattern)
	if end == nil {
		return false
	}
	grown, ok := end.replace(f.Tail, g, old, r)
	if !ok {
		return false
	}
	s.changed(grown)
	return true
}

func (s *exactShard) match(hash uint64, name string, guarded uint32, m *Matches) {
	if s.subscriptions.Load() == 0 {
		return
	}
	s.mu.RLock()
	if end := s.names.get(slotHash(hash), name); end != nil {
		end.collect(false, guarded, m)
	}
	s.mu.RUnlock()
}

// wildShard holds all other filters, by the prefix that Trie.place gives them.
type wildShard struct {
	shard
	prefixes table[*node]
	nodes    int
	_        [64]byte
}

func (s *wildShard) add(prefix, rest string, f Filter, g Group, r Ref) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	top, ok := s.prefixes.get(prefix)
	if !ok {
		s.prefixes.put(strings.Clone(prefix), leaf(rest, f, g, r))
		s.nodes++
		s.changed(1)
		return true
	}
	grown, ok := top.add(rest, f, g, r)
	if !ok {
		return false
	}
	s.nodes += grown
	s.changed(1)
	return true
}

func (s *wildShard) remove(prefix, rest string, f Filter, g Group, r Ref) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	top, ok := s.prefixes.get(prefix)
	if !ok {
		return false
	}
	shrunk, ok := top.remove(rest, f.Tail, g, r)
	if !ok {
		return false
	}
	if top.vacant() {
		s.prefixes.drop(prefix)
		shrunk++
	}
	s.nodes -= shrunk
	s.changed(-1)
	return true
}

func (s *wildShard) replace(prefix, rest string, f Filter, g Group, old, r Ref) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	top, ok := s.prefixes.get(prefix)
	if !ok {
		return false
	}
	at, _ := top.find(rest)
	if at == nil {
		return false
	}
	grown, ok := at.end.replace(f.Tail, g, old, r)
	if !ok {
		return false
	}
	s.changed(grown)
	return true
}

func (s *wildShard) match(prefix, path string, guarded uint32, m *Matches) {
	if s.subscriptions.Load() == 0 {
		return
	}
	s.mu.RLock()
	if top, ok := s.prefixes.get(prefix); ok {
		top.match(path, guarded, m)
	}
	s.mu.RUnlock()
}
