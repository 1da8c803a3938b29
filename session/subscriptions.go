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
// zero value is empty.
type Subscriptions[S Keyed] struct {
	few  []S
	many map[string]S // instead of few, once there were more
}

// Len is their number.
func (t *Subscriptions[S]) Len() int {
	if t.many != nil {
		return len(t.many)
	}
	return len(t.few)
}

// Get returns the one of that name, the zero S when there is none.
func (t *Subscriptions[S]) Get(key []byte) (s S) {
	if t.many != nil {
		return t.many[string(key)]
	}
	for _, have := range t.few {
		if have.Key() == string(key) {
			return have
		}
	}
	return s
}

// Add adds s, whose name is not taken.
func (t *Subscriptions[S]) Add(s S) {
	switch {
	case t.many != nil:
		t.many[s.Key()] = s
	case len(t.few) < inSlice:
		t.few = append(t.few, s)
	default:
		t.many = make(map[string]S, 2*inSlice)
		for _, have := range t.few {
			t.many[have.Key()] = have
		}
		t.many[s.Key()] = s
		t.few = nil
	}
}

// Remove removes s, if it is there.
func (t *Subscriptions[S]) Remove(s S) {
	if t.many != nil {
		if t.many[s.Key()] == s {
			delete(t.many, s.Key())
		}
		return
	}
	for i, have := range t.few {
		if have == s {
			var none S
			last := len(t.few) - 1
			t.few[i] = t.few[last]
			t.few[last] = none
			t.few = t.few[:last]
			return
		}
	}
}

// Each calls f for every one; f must not change the set.
func (t *Subscriptions[S]) Each(f func(S)) {
	for _, s := range t.few {
		f(s)
	}
	for _, s := range t.many {
		f(s)
	}
}
