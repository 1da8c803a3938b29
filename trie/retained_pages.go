package trie

import "slices"

const (
	// pageMost is the size at which a page is split in two: 64 pointers are eight
	// cache lines to move at worst.
	pageMost = 64
	// pageLeast: below it a page is balanced with a neighbour.
	pageLeast = pageMost / 4
	// joinMost: two pages of so many together become one, with room to grow.
	joinMost = pageMost * 3 / 4
)

// page is a node of a B+ tree: a leaf with entries in byte order of their names, or
// an inner page with the pages below it.
//
// Invariant: all leaves are equally deep, and every page but the root holds at least
// pageLeast of what it holds. Leaves are chained in order.
type page[T any] struct {
	entries []*RetainedEntry[T] // of a leaf
	next    *page[T]            // the leaf behind this one

	kids []*page[T] // of an inner page
	keys []string   // keys[i] is above every name of kids[i], and not above those of kids[i+1]
}

func (p *page[T]) size() int { return max(len(p.entries), len(p.kids)) }

// from returns the first entry of a leaf, at i or behind, that is not below name.
func (p *page[T]) from(i int, name string) int {
	end := len(p.entries)
	for i < end {
		mid := int(uint(i+end) / 2)
		if p.entries[mid].name < name {
			i = mid + 1
		} else {
			end = mid
		}
	}
	return i
}

// branch returns the child of an inner page that name belongs to.
func (p *page[T]) branch(name string) int {
	i, end := 0, len(p.keys)
	for i < end {
		mid := int(uint(i+end) / 2)
		if p.keys[mid] <= name {
			i = mid + 1
		} else {
			end = mid
		}
	}
	return i
}

// seek returns the leaf that name belongs to and the first entry there that is not
// below it, which may be one behind the last.
func (p *page[T]) seek(name string) (leaf *page[T], i int) {
	for p.kids != nil {
		p = p.kids[p.branch(name)]
	}
	return p, p.from(0, name)
}

// insert adds e, whose name is not there. If p had to be split, right is what
// stands behind it now, and key what to tell them apart by.
func (p *page[T]) insert(e *RetainedEntry[T]) (right *page[T], key string) {
	if p.kids == nil {
		p.entries = slices.Insert(p.entries, p.from(0, e.name), e)
		if len(p.entries) < pageMost {
			return nil, ""
		}
		const half = pageMost / 2
		right = &page[T]{entries: cutOff(&p.entries, half), next: p.next}
		p.next = right
		return right, right.entries[0].name
	}
	i := p.branch(e.name)
	below, key := p.kids[i].insert(e)
	if below == nil {
		return nil, ""
	}
	p.kids = slices.Insert(p.kids, i+1, below)
	p.keys = slices.Insert(p.keys, i, key)
	if len(p.kids) < pageMost {
		return nil, ""
	}
	const half = pageMost / 2
	right = &page[T]{kids: cutOff(&p.kids, half), keys: cutOff(&p.keys, half)}
	last := len(p.keys) - 1
	key = p.keys[last]
	p.keys = slices.Delete(p.keys, last, last+1)
	return right, key
}

// cutOff cuts list at i and returns what was behind.
func cutOff[E any](list *[]E, i int) []E {
	behind := append(make([]E, 0, pageMost), (*list)[i:]...)
	*list = slices.Delete(*list, i, len(*list))
	return behind
}

// remove takes out name, which is there.
func (p *page[T]) remove(name string) {
	if p.kids == nil {
		i := p.from(0, name)
		p.entries = slices.Delete(p.entries, i, i+1)
		return
	}
	i := p.branch(name)
	p.kids[i].remove(name)
	if p.kids[i].size() < pageLeast {
		p.balance(min(i, len(p.kids)-2))
	}
}

// balance makes one page of children i and i+1, or gives each half of both.
func (p *page[T]) balance(i int) {
	left, right := p.kids[i], p.kids[i+1]
	together := left.size() + right.size()
	if together <= joinMost {
		if left.kids != nil {
			left.keys = append(append(left.keys, p.keys[i]), right.keys...)
		}
		left.kids = append(left.kids, right.kids...)
		left.entries = append(left.entries, right.entries...)
		left.next = right.next
		p.keys = slices.Delete(p.keys, i, i+1)
		p.kids = slices.Delete(p.kids, i+1, i+2)
		return
	}
	half := together / 2
	if left.kids == nil {
		share(&left.entries, &right.entries, half)
		p.keys[i] = right.entries[0].name
		return
	}
	share(&left.kids, &right.kids, half)
	left.keys = append(left.keys, p.keys[i])
	share(&left.keys, &right.keys, half)
	p.keys[i] = left.keys[half-1]
	left.keys = slices.Delete(left.keys, half-1, half)
}

// share moves elements between two lists that stand one behind the other until the
// left one has n.
func share[E any](left, right *[]E, n int) {
	if have := len(*left); have < n {
		*left = append(*left, (*right)[:n-have]...)
		*right = slices.Delete(*right, 0, n-have)
	} else {
		*right = slices.Insert(*right, 0, (*left)[n:]...)
		*left = slices.Delete(*left, n, have)
	}
}

func (s *orderShard[T]) insert(e *RetainedEntry[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root == nil {
		s.root = new(page[T])
	}
	if right, key := s.root.insert(e); right != nil {
		s.root = &page[T]{kids: []*page[T]{s.root, right}, keys: []string{key}}
	}
}

func (s *orderShard[T]) remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.root.remove(name)
	switch {
	case s.root.size() == 0:
		s.root = nil
	case len(s.root.kids) == 1:
		s.root = s.root.kids[0]
	}
}
