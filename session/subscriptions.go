package session

// inSlice is the number of subscriptions up to which a session gets by without
// a map.
const inSlice = 8

// Keyed is a subscription that its client names: by sid or by topic filter.
type Keyed interface {
	comparable
	Key() string
}

// Subscriptions are those of one session, by the client's name for them. The
// zero value is empty. Most sessions have one, so that is held in place.
type Subscriptions[S Keyed] struct {
	one  S        // the zero S: none, or there are more
	more *more[S] // instead of one, once there were two
}

type more[S Keyed] struct {
	few  []S
	many map[string]S // instead of few, once there were more than inSlice
}

// Len is their number.
func (t *Subscriptions[S]) Len() int {
	var none S
	switch {
	case t.one != none:
		return 1
	case t.more == nil:
		return 0
	case t.more.many != nil:
		return len(t.more.many)
	}
	return len(t.more.few)
}

// Get returns the one of that name, the zero S when there is none.
func (t *Subscriptions[S]) Get(key []byte) (s S) {
	var none S
	switch {
	case t.one != none:
		if t.one.Key() == string(key) {
			return t.one
		}
		return none
	case t.more == nil:
		return none
	case t.more.many != nil:
		return t.more.many[string(key)]
	}
	for _, have := range t.more.few {
		if have.Key() == string(key) {
			return have
		}
	}
	return none
}

// Add adds s, whose name is not taken.
func (t *Subscriptions[S]) Add(s S) {
	var none S
	switch m := t.more; {
	case m == nil && t.one == none:
		t.one = s
	case m == nil:
		t.more = &more[S]{few: []S{t.one, s}}
		t.one = none
	case m.many != nil:
		m.many[s.Key()] = s
	case len(m.few) < inSlice:
		m.few = append(m.few, s)
	default:
		m.many = make(map[string]S, 2*inSlice)
		for _, have := range m.few {
			m.many[have.Key()] = have
		}
		m.many[s.Key()] = s
		m.few = nil
	}
}

// Remove removes s, if it is there.
func (t *Subscriptions[S]) Remove(s S) {
	var none S
	m := t.more
	switch {
	case t.one == s:
		t.one = none
	case m == nil:
	case m.many != nil:
		if m.many[s.Key()] == s {
			delete(m.many, s.Key())
		}
	default:
		for i, have := range m.few {
			if have == s {
				last := len(m.few) - 1
				m.few[i] = m.few[last]
				m.few[last] = none
				m.few = m.few[:last]
				return
			}
		}
	}
}

// Each calls f for every one; f must not change the set.
func (t *Subscriptions[S]) Each(f func(S)) {
	var none S
	if t.one != none {
		f(t.one)
		return
	}
	if t.more == nil {
		return
	}
	for _, s := range t.more.few {
		f(s)
	}
	for _, s := range t.more.many {
		f(s)
	}
}
