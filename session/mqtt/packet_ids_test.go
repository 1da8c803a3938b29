package mqtt

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A set of packet identifiers is a map, in ascending order.
func TestPacketIDsAreASet(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 3))
		var s packetIDs
		want := make(map[uint16]bool)
		for range 2000 {
			id := uint16(1 + r.IntN(100))
			if r.IntN(10) == 0 {
				id = 65535
			}
			if s.has(id) != want[id] {
				t.Fatalf("has(%d) is %v", id, s.has(id))
			}
			if r.IntN(2) == 0 {
				s.add(id)
				want[id] = true
			} else {
				if s.remove(id) != want[id] {
					t.Fatalf("remove(%d) is not %v", id, want[id])
				}
				delete(want, id)
			}
			if s.len() != len(want) || !slices.IsSorted(s.ids) {
				t.Fatalf("%d of %d: %v", s.len(), len(want), s.ids)
			}
		}
	}
}

func TestNilPacketIDsAreEmpty(t *testing.T) {
	var s *packetIDs
	if s.len() != 0 || s.has(1) || s.remove(1) {
		t.Fatal("a nil set is not empty")
	}
}
