package trie

// terminal is where filters of one pattern end. One plain subscription is held in
// place; anything else is a chain of sets, one for each tail.
//
// Invariant: sets is nil while single, no set is empty, and one plain
// subscription alone is never in a set.
type terminal struct {
	one    Ref // valid while single
	tail   Tail
	single bool
	sets   *set
}

func (t *terminal) empty() bool { return !t.single && t.sets == nil }

// add reports whether r was not there yet.
func (t *terminal) add(f Filter, g Group, r Ref) bool {
	if t.empty() && g.Kind == GroupNone {
		t.one, t.tail, t.single = r, f.Tail, true
		return true
	}
	if t.single {
		if t.holds(f.Tail, g, r) {
			return false
		}
		s := &set{tail: t.tail}
		s.plain.add(t.one)
		*t = terminal{sets: s}
	}
	s := *t.of(f.Tail)
	if s == nil {
		s = &set{next: t.sets, tail: f.Tail}
		t.sets = s
	}
	return s.add(f, g, r)
}

// remove reports whether r was there.
func (t *terminal) remove(tail Tail, g Group, r Ref) bool {
	if t.single {
		if !t.holds(tail, g, r) {
			return false
		}
		*t = terminal{}
		return true
	}
	at := t.of(tail)
	s := *at
	if s == nil || !s.remove(g, r) {
		return false
	}
	if s.empty() {
		*at = s.next
	}
	if s := t.sets; s != nil && s.next == nil && s.lone() {
		*t = terminal{one: s.plain.list[0], tail: s.tail, single: true}
	}
	return true
}

// replace reports whether old was there, and by how many the refs have grown: 0,
// or -1 if r was there too.
func (t *terminal) replace(tail Tail, g Group, old, r Ref) (grown int64, ok bool) {
	if t.single {
		if !t.holds(tail, g, old) {
			return 0, false
		}
		t.one = r
		return 0, true
	}
	s := *t.of(tail)
	if s == nil {
		return 0, false
	}
	refs := s.refs(g)
	if refs == nil {
		return 0, false
	}
	i := refs.find(old)
	switch {
	case i < 0:
		return 0, false
	case old == r:
		return 0, true
	case refs.find(r) >= 0:
		return -1, t.remove(tail, g, old)
	}
	refs.replace(i, r)
	return 0, true
}

// holds reports whether the single subscription is the one described.
func (t *terminal) holds(tail Tail, g Group, r Ref) bool {
	return t.tail == tail && g.Kind == GroupNone && t.one == r
}

// of returns the link to the set of tail, or to the end of the chain.
func (t *terminal) of(tail Tail) **set {
	at := &t.sets
	for *at != nil && (*at).tail != tail {
		at = &(*at).next
	}
	return at
}

// collect adds to m what a subject reaches that ends here, or has levels more.
func (t *terminal) collect(more bool, guarded uint32, m *Matches) {
	if t.single {
		if t.tail.accepts(more) && t.one.Opens&guarded == 0 {
			m.Plain = append(m.Plain, t.one)
		}
		return
	}
	for s := t.sets; s != nil; s = s.next {
		if s.tail.accepts(more) {
			s.collect(guarded, m)
		}
	}
}
