package trie

import (
	"strings"
	"testing"
	"unsafe"
)

func TestEntryIsACacheLine(t *testing.T) {
	if s := unsafe.Sizeof(entry{}); s > 64 {
		t.Fatalf("an entry has %d bytes", s)
	}
}

func TestNameKeepsItsText(t *testing.T) {
	for n := range 100 {
		buf := []byte(strings.Repeat("x", n))
		name := nameOf(view(buf))
		clear(buf)
		text := strings.Repeat("x", n)
		if name.text() != text || !name.is(text) {
			t.Fatalf("%q became %q", text, name.text())
		}
		if name.is(text+"x") || n > 0 && (name.is(text[1:]) || name.is(text[1:]+"y")) {
			t.Fatalf("%q is something else", text)
		}
	}
}

// TestNamesSurviveCollisions: runs of equal hashes and runs around the end of the
// table keep their entries, whatever is dropped.
func TestNamesSurviveCollisions(t *testing.T) {
	var table names
	text := func(i int) string { return strings.Repeat("n", i+1) }
	// A moved entry is looked up by its real hash, so collisions are made by
	// choosing texts: all whose first slot of 16 is 14 or 15.
	var chosen []string
	for i := 0; len(chosen) < 12; i++ {
		if slotHash(hashOf(text(i)))&15 >= 14 {
			chosen = append(chosen, text(i))
		}
	}
	hash := func(s string) uint32 { return slotHash(hashOf(s)) }
	for round := range len(chosen) {
		for i, s := range chosen {
			table.make(hash(s), s).one = ref(i)
		}
		if len(table.slots) != 16 {
			t.Fatalf("%d slots", len(table.slots))
		}
		gone := map[string]bool{}
		for k := range chosen {
			s := chosen[(k*5+round)%len(chosen)]
			table.drop(hash(s), s)
			gone[s] = true
			for i, s := range chosen {
				end := table.get(hash(s), s)
				if (end == nil) != gone[s] || end != nil && end.one != ref(i) {
					t.Fatalf("round %d, drop %d: name %d: %v, gone: %v", round, k, i, end, gone[s])
				}
			}
		}
	}
}
