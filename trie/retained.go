package trie

import (
	"strings"
	"sync"
	"sync/atomic"
)

// Retained is the index of the other direction: names that are there, to be found
// by a filter. A name leads to a value of the caller's. Use NewRetained. All
// methods may be called from any goroutine.
//
//	Retained ── names, by hash of the whole name: Get, and every change
//	         │    name → entry
//	         └─ orders, by hash of the first two levels: scans
//	              pages of entries in byte order of their names
//
// Each shard of both kinds has a lock. A change holds that of its name, and beside
// it that of its order only when a name comes or goes: replacing a value and
// scanning do not meet. Names are spread evenly, so the work under a lock does not
// depend on how clients choose them, except that names with the same first two
// levels share one order.
type Retained[T any] struct {
	names  [retainedNames]nameShard[T]
	orders [retainedOrders]orderShard[T]
	count  atomic.Int64
	bytes  atomic.Int64
}

const (
	// retainedNames: at a million names a table of one shard has some 8,000, so
	// that growing it takes a fraction of a millisecond. Empty it costs 8 KiB.
	retainedNames = 128
	// retainedOrders: a scan whose second level is a wildcard visits them all, and
	// new names of different lanes seldom meet in one of 16.
	retainedOrders = 16
)

// RetainedEntry is one name with its value. It stays valid for ever, also when the
// name has been deleted.
type RetainedEntry[T any] struct {
	name  string
	value atomic.Pointer[T]
}

// Name is the name; it never changes.
func (e *RetainedEntry[T]) Name() string { return e.name }

// Value is the value of this moment; nil once the name has been deleted. A name
// that is set again after that is another entry.
func (e *RetainedEntry[T]) Value() *T { return e.value.Load() }

// NewRetained returns an empty index.
func NewRetained[T any]() *Retained[T] { return new(Retained[T]) }

// nameShard holds names by their hash.
type nameShard[T any] struct {
	mu    sync.RWMutex // held before that of an order, never the other way round
	table entryTable[T]
	_     [8]byte // 64 bytes
}

// orderShard holds the same entries in order.
type orderShard[T any] struct {
	mu   sync.RWMutex
	root *page[T] // nil when empty
	_    [32]byte // 64 bytes
}

// Len is the number of names.
func (t *Retained[T]) Len() int { return int(t.count.Load()) }

// Bytes is the length of all names together.
func (t *Retained[T]) Bytes() int64 { return t.bytes.Load() }

// Get returns the value of name, or nil.
func (t *Retained[T]) Get(name []byte) *T {
	text := view(name)
	hash := hashOf(text)
	s := t.nameOf(hash)
	s.mu.RLock()
	e := s.table.get(hash, text)
	s.mu.RUnlock()
	if e == nil {
		return nil
	}
	return e.value.Load()
}

// Set gives name the value v, which is not nil, and returns the one before, nil if
// there was none. When it returns, every Get and every scan that begins finds v.
func (t *Retained[T]) Set(name []byte, v *T) (old *T) {
	old, _ = t.change(view(name), v, nil, false)
	return old
}

// Delete removes name and returns its value, nil if it was not there.
func (t *Retained[T]) Delete(name []byte) (old *T) {
	old, _ = t.change(view(name), nil, nil, false)
	return old
}

// CompareAndSwap gives name the value v if its value is still old, and reports
// whether it was. An old of nil stands for a name that is not there, a v of nil
// deletes.
func (t *Retained[T]) CompareAndSwap(name []byte, old, v *T) bool {
	_, ok := t.change(view(name), v, old, true)
	return ok
}

// change gives name the value v, or deletes it when v is nil. With only, it does so
// if the value is old and says whether it was.
func (t *Retained[T]) change(name string, v, old *T, only bool) (was *T, ok bool) {
	hash := hashOf(name)
	s := t.nameOf(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.table.get(hash, name)
	if e != nil {
		was = e.value.Load()
	}
	if only && was != old {
		return was, false
	}
	switch {
	case e == nil && v == nil:
	case e == nil:
		e = &RetainedEntry[T]{name: strings.Clone(name)}
		e.value.Store(v)
		s.table.put(hash, e)
		t.orderOf(e.name).insert(e)
		t.counted(1, len(name))
	case v == nil:
		s.table.drop(hash, e)
		t.orderOf(name).remove(name)
		e.value.Store(nil)
		t.counted(-1, -len(name))
	default:
		e.value.Store(v)
	}
	return was, true
}

func (t *Retained[T]) counted(names, bytes int) {
	t.count.Add(int64(names))
	t.bytes.Add(int64(bytes))
}

func (t *Retained[T]) nameOf(hash uint64) *nameShard[T] {
	return &t.names[hash%retainedNames]
}

func (t *Retained[T]) orderOf(name string) *orderShard[T] {
	return &t.orders[orderIndex(name)]
}

// orderIndex is the order of the names that begin with the first two levels of
// name, or of the one that is it when there are not so many.
func orderIndex(name string) int {
	if _, second := cuts(name); second >= 0 {
		name = name[:second]
	}
	return int(hashOf(name) % retainedOrders)
}
