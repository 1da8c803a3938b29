package trie

import "sync/atomic"

// Matches is the result of a match and the scratch for the next one. The zero
// value is ready. It belongs to one goroutine. Everything in it, members of
// groups included, is valid until the next Match with it; the strings stay valid
// for ever. It grows to the largest result and stays there.
type Matches struct {
	Plain  []Ref        // a subscriber with several matching filters is there once for each
	Groups []GroupMatch // one for each group and filter

	members []Ref   // what GroupMatch.Members alias
	stack   []visit // of the walk; empty and cleared between walks
}

// GroupMatch is one group that subscribed to one matching filter. Members is
// never empty, and aliases the Matches it is in.
type GroupMatch struct {
	Kind    GroupKind
	Name    string
	Filter  Filter
	Members []Ref
	// Turn is 0 when the group of this filter gets its first member, and the
	// caller's to use while it has any: for whose turn it is. Any goroutine.
	Turn *atomic.Uint64
}

// Reset empties m and keeps its memory. Match calls it.
func (m *Matches) Reset() {
	clear(m.Groups)
	m.Plain, m.Groups, m.members = m.Plain[:0], m.Groups[:0], m.members[:0]
}

// Match collects into m what subject reaches, and returns the generation of the
// subject from before it looked: while Generation(subject) equals it, m is what
// Match would find. Bit k of guarded skips each Ref whose Opens has bit k; a group
// without remaining members is left out.
//
// The shards are read one after the other: a subscription that is there
// throughout is always found, of two that change meanwhile either may be seen.
// Order is unspecified, and the same for the same history.
func (t *Trie) Match(subject []byte, guarded uint32, m *Matches) (generation uint64) {
	_, generation = t.Look(subject, Hash(subject), guarded, m)
	return generation
}

// Look is Match for a subject whose Hash is known already. It returns the watch
// of the subject, too.
func (t *Trie) Look(subject []byte, hash uint64, guarded uint32, m *Matches) (w Watch, generation uint64) {
	m.Reset()
	s := view(subject)
	first, second := cuts(s)
	p := t.shardsOf(s, hash, first, second)
	w = p.watch()
	generation = w.Generation()

	p.exact.match(hash, s, guarded, m)
	if second >= 0 {
		p.two.match(s[:second], s[second:], guarded, m)
	}
	if s != "" {
		p.one.match(s[:first], s[first:], guarded, m)
		p.root.match("*", s[first:], guarded, m)
	}
	// Only tails end at the prefix "", so of the rest nothing but its being
	// empty is ever looked at.
	p.root.match("", s, guarded, m)
	return w, generation
}

// collect appends the refs that the guard allows to dst.
func collect(dst, refs []Ref, guarded uint32) []Ref {
	if guarded == 0 {
		return append(dst, refs...)
	}
	for _, r := range refs {
		if r.Opens&guarded == 0 {
			dst = append(dst, r)
		}
	}
	return dst
}
