package monitor

import "slices"

// selection keeps, of any number of items that are shown to it, those of a page and
// as many more as it takes to know which these are.
type selection[T any] struct {
	offset, end int // places in the order
	compare     func(a, b *T) int
	kept        []T
}

// spare is how many more than the page needs are kept before some are let go.
const spare = 1024

func newSelection[T any](offset, limit int, compare func(a, b *T) int) *selection[T] {
	end := offset + limit
	if end < offset { // more than there are numbers
		end = 1<<63 - 1
	}
	return &selection[T]{offset: offset, end: end, compare: compare}
}

// add takes a copy of an item.
func (s *selection[T]) add(item *T) {
	s.kept = append(s.kept, *item)
	if len(s.kept) >= s.end && len(s.kept)-s.end > s.end+spare {
		s.cut()
	}
}

func (s *selection[T]) cut() {
	slices.SortFunc(s.kept, func(a, b T) int { return s.compare(&a, &b) })
	if len(s.kept) > s.end {
		clear(s.kept[s.end:])
		s.kept = s.kept[:s.end]
	}
}

// done returns the page, in order.
func (s *selection[T]) done() []T {
	s.cut()
	return s.kept[min(s.offset, len(s.kept)):]
}
