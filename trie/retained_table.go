package trie

// entryTable is the hash table of one shard of names. It gives memory back. It
// grows in one go, which is short because names are spread evenly over the shards.
type entryTable[T any] struct {
	slots []entrySlot[T] // a power of two, at most three quarters used; linear probing
	used  int
}

type entrySlot[T any] struct {
	hash  uint64
	entry *RetainedEntry[T] // nil: free
}

// begin is where probing begins: the bits that have not chosen the shard.
func (t *entryTable[T]) begin(hash uint64) int { return int(hash>>32) & (len(t.slots) - 1) }

// get returns the entry of name, or nil.
func (t *entryTable[T]) get(hash uint64, name string) *RetainedEntry[T] {
	if t.used == 0 {
		return nil
	}
	for i := t.begin(hash); ; i = (i + 1) & (len(t.slots) - 1) {
		s := &t.slots[i]
		if s.entry == nil || s.hash == hash && s.entry.name == name {
			return s.entry
		}
	}
}

// put adds an entry whose name is not there.
func (t *entryTable[T]) put(hash uint64, e *RetainedEntry[T]) {
	if 4*(t.used+1) > 3*len(t.slots) {
		t.resize(max(slotsLeast, 2*len(t.slots)))
	}
	t.link(entrySlot[T]{hash, e})
	t.used++
}

// drop removes e, which is there.
func (t *entryTable[T]) drop(hash uint64, e *RetainedEntry[T]) {
	i := t.begin(hash)
	mask := len(t.slots) - 1
	for t.slots[i].entry != e {
		i = (i + 1) & mask
	}
	// What stands behind and was kept from its place by e moves up.
	for j := (i + 1) & mask; t.slots[j].entry != nil; j = (j + 1) & mask {
		begin := t.begin(t.slots[j].hash)
		if (j-begin)&mask >= (j-i)&mask {
			t.slots[i] = t.slots[j]
			i = j
		}
	}
	t.slots[i] = entrySlot[T]{}
	t.used--
	switch {
	case t.used == 0:
		t.slots = nil
	case len(t.slots) > slotsLeast && t.used <= len(t.slots)/8:
		t.resize(len(t.slots) / 2)
	}
}

// link puts s into the first free slot.
func (t *entryTable[T]) link(s entrySlot[T]) {
	i := t.begin(s.hash)
	for t.slots[i].entry != nil {
		i = (i + 1) & (len(t.slots) - 1)
	}
	t.slots[i] = s
}

func (t *entryTable[T]) resize(n int) {
	old := t.slots
	t.slots = make([]entrySlot[T], n)
	for _, s := range old {
		if s.entry != nil {
			t.link(s)
		}
	}
}
