package trie

import "hash/maphash"

// seed makes hashes unpredictable: a client that chooses its names must not be
// able to choose where they collide.
var seed = maphash.MakeSeed()

// Hash returns the hash of a subject. It is good for tables of the caller's, too,
// and another one in each process.
func Hash(subject []byte) uint64 { return maphash.Bytes(seed, subject) }

func hashOf(s string) uint64 { return maphash.String(seed, s) }

// names is the hash table of the exact filters of one shard. A lookup among a
// million costs two cache misses, the slot and the entry, and a third one for a
// long name, against five in a Go map; and it gives memory back. It grows in one
// go, which is short because the names are spread evenly over the shards.
type names struct {
	slots   []slot  // a power of two, at most three quarters used; linear probing
	entries []entry // dense, in no order
}

type slot struct {
	hash uint32 // of the name; its low bits are the slot where probing begins
	at   uint32 // position of the entry, plus one; 0: free
}

type entry struct {
	end  terminal
	name name
}

const slotsLeast = 8

// slotHash is the part of a hash that has not been used to choose the shard.
func slotHash(hash uint64) uint32 { return uint32(hash >> 32) }

// find returns the entry of text, or -1, and its slot.
func (t *names) find(hash uint32, text string) (at int, slot uint32) {
	if len(t.slots) == 0 {
		return -1, 0
	}
	mask := uint32(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s.at == 0 {
			return -1, i
		}
		if s.hash == hash && t.entries[s.at-1].name.is(text) {
			return int(s.at - 1), i
		}
	}
}

// get returns the terminal of text, valid until the table changes, or nil.
func (t *names) get(hash uint32, text string) *terminal {
	at, _ := t.find(hash, text)
	if at < 0 {
		return nil
	}
	return &t.entries[at].end
}

// make returns the terminal of text, a new one if need be. It copies text.
func (t *names) make(hash uint32, text string) *terminal {
	if end := t.get(hash, text); end != nil {
		return end
	}
	if 4*(len(t.entries)+1) > 3*len(t.slots) {
		t.resize(max(slotsLeast, 2*len(t.slots)))
	}
	t.entries = append(t.entries, entry{name: nameOf(text)})
	t.link(slot{hash, uint32(len(t.entries))})
	return &t.entries[len(t.entries)-1].end
}

// drop removes text, which must be there. The last entry moves to its place.
func (t *names) drop(hash uint32, text string) {
	at, slot := t.find(hash, text)
	t.unlink(slot)
	if last := len(t.entries) - 1; at != last {
		moved := t.entries[last]
		text := moved.name.text()
		_, slot := t.find(slotHash(hashOf(text)), text)
		t.slots[slot].at = uint32(at + 1)
		t.entries[at] = moved
	}
	n := len(t.entries) - 1
	t.entries[n] = entry{}
	t.entries = t.entries[:n]
	if cap(t.entries) > listSmall && n <= cap(t.entries)/4 {
		t.entries = append(make([]entry, 0, 2*n), t.entries...)
	}
	if len(t.slots) > slotsLeast && n <= len(t.slots)/8 {
		t.resize(len(t.slots) / 2)
	}
}

// link puts s into the first free slot.
func (t *names) link(s slot) {
	mask := uint32(len(t.slots) - 1)
	i := s.hash & mask
	for t.slots[i].at != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}

// unlink frees slot i, and moves up what stands behind it and was kept from its
// place by it.
func (t *names) unlink(i uint32) {
	mask := uint32(len(t.slots) - 1)
	for j := (i + 1) & mask; t.slots[j].at != 0; j = (j + 1) & mask {
		begin := t.slots[j].hash & mask
		if (j-begin)&mask >= (j-i)&mask {
			t.slots[i] = t.slots[j]
			i = j
		}
	}
	t.slots[i] = slot{}
}

func (t *names) resize(n int) {
	old := t.slots
	t.slots = make([]slot, n)
	for _, s := range old {
		if s.at != 0 {
			t.link(s)
		}
	}
}
