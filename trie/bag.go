package trie

const (
	// indexAbove: up to here a bag is searched from end to end.
	indexAbove = 32
	// listSmall: a list of so few elements is never worth shrinking.
	listSmall = 16
)

// keyed is an element that is told apart by its key.
type keyed[K comparable] interface{ key() K }

// bag is an unordered set: a list that gets an index once it is large, so that
// adding, finding and removing do not depend on its size. The zero value is empty.
type bag[K comparable, E keyed[K]] struct {
	list []E
	at   map[K]uint32 // position in list; nil while the list is short
}

// find returns the position of k, or -1.
func (b *bag[K, E]) find(k K) int {
	if b.at != nil {
		if i, ok := b.at[k]; ok {
			return int(i)
		}
		return -1
	}
	for i := range b.list {
		if b.list[i].key() == k {
			return i
		}
	}
	return -1
}

// add appends e, whose key must not be in the bag.
func (b *bag[K, E]) add(e E) {
	b.list = append(b.list, e)
	switch {
	case b.at != nil:
		b.at[e.key()] = uint32(len(b.list) - 1)
	case len(b.list) > indexAbove:
		b.index()
	}
}

// replace puts e, whose key must not be elsewhere in the bag, at position i.
func (b *bag[K, E]) replace(i int, e E) {
	if b.at != nil {
		delete(b.at, b.list[i].key())
		b.at[e.key()] = uint32(i)
	}
	b.list[i] = e
}

// remove takes out the element at position i; the last one moves there.
func (b *bag[K, E]) remove(i int) {
	last := len(b.list) - 1
	if b.at != nil {
		delete(b.at, b.list[i].key())
		if i != last {
			b.at[b.list[last].key()] = uint32(i)
		}
	}
	b.list[i] = b.list[last]
	clear(b.list[last:])
	b.list = b.list[:last]
	b.shrink()
}

// shrink halves a list that is three quarters empty, and with it the index, unless
// that is too large to be made in one go.
func (b *bag[K, E]) shrink() {
	n := len(b.list)
	if cap(b.list) <= listSmall || n > cap(b.list)/4 {
		return
	}
	b.list = append(make([]E, 0, 2*n), b.list...)
	switch {
	case b.at == nil:
	case n <= indexAbove/2:
		b.at = nil
	case n <= rebuildMost:
		b.index()
	}
}

func (b *bag[K, E]) index() {
	b.at = make(map[K]uint32, len(b.list))
	for i := range b.list {
		b.at[b.list[i].key()] = uint32(i)
	}
}
