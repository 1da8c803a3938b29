package mqtt

import "slices"

// packetIDs is a set of packet identifiers, in ascending order. It is small:
// bounded by the Receive Maximum, and nearly always a handful. A nil set is
// empty.
type packetIDs struct{ ids []uint16 }

func (s *packetIDs) len() int {
	if s == nil {
		return 0
	}
	return len(s.ids)
}

func (s *packetIDs) has(id uint16) bool {
	if s == nil {
		return false
	}
	_, ok := slices.BinarySearch(s.ids, id)
	return ok
}

func (s *packetIDs) add(id uint16) {
	if at, ok := slices.BinarySearch(s.ids, id); !ok {
		s.ids = slices.Insert(s.ids, at, id)
	}
}

func (s *packetIDs) remove(id uint16) bool {
	if s == nil {
		return false
	}
	at, ok := slices.BinarySearch(s.ids, id)
	if ok {
		s.ids = slices.Delete(s.ids, at, at+1)
	}
	return ok
}
