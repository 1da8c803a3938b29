package trie

const (
	// tableSmall: a map of so few entries is never worth replacing.
	tableSmall = 8
	// rebuildMost bounds what is copied in one go under a lock, to about half a
	// millisecond.
	rebuildMost = 4096
)

// table is a map from names that gives memory back: Go's maps keep the size of
// their largest moment. The zero value is empty.
type table[V any] struct {
	m    map[string]V
	peak int // most entries since m was made
}

func (t *table[V]) len() int { return len(t.m) }

func (t *table[V]) get(name string) (V, bool) {
	v, ok := t.m[name]
	return v, ok
}

// put sets the entry of name, and may keep name or an equal one.
func (t *table[V]) put(name string, v V) {
	if t.m == nil {
		t.m = make(map[string]V)
	}
	t.m[name] = v
	t.peak = max(t.peak, len(t.m))
}

// drop removes the entry of name. A table that has lost three quarters of its
// entries and is not too large to copy is rebuilt.
func (t *table[V]) drop(name string) {
	delete(t.m, name)
	n := len(t.m)
	switch {
	case t.peak <= tableSmall:
	case n == 0:
		t.m, t.peak = nil, 0
	case n <= t.peak/4 && n <= rebuildMost:
		m := make(map[string]V, n)
		for k, v := range t.m {
			m[k] = v
		}
		t.m, t.peak = m, n
	}
}
