package session

// FlushAt is the number of waiting bytes at which an outbox asks to be
// flushed without waiting for the end of the turn.
const FlushAt = 64 << 10

// Flusher is told by an outbox what it needs; the engine's connection.
type Flusher interface {
	// Dirty: the outbox has turned from empty to not empty.
	Dirty()
	// Full: FlushAt bytes wait. The flush may happen in the call.
	Full()
}

// Outbox is the ordered queue of bytes for one peer: own bytes, interleaved
// with slices of shared runs. It holds memory only while bytes wait. Appending
// own bytes after a shared slice opens a new own segment, so order is that of
// the calls. Used on its lane only.
type Outbox struct {
	cur   []byte    // the open own segment, last in order; nil when none
	segs  []segment // what stands before cur
	size  int       // bytes in segs and cur
	class uint8     // size class for the next own segment: grows with use
	owner Flusher
	pool  *Buffers
}

type segment struct {
	b    []byte
	base []byte // the whole lent buffer when b is own bytes, for its return
	run  *Run   // nil when b is own bytes
}

// Init prepares the zero value. owner hears about every change from empty to
// not empty.
func (o *Outbox) Init(owner Flusher, pool *Buffers) {
	o.owner, o.pool = owner, pool
}

// Len is the number of bytes that wait here (not those that the kernel holds).
func (o *Outbox) Len() int { return o.size }

// Reserve returns the open own segment with room for n more bytes. The caller
// appends to it and hands the result to Commit, with no other call to this
// outbox in between:
//
//	b := out.Reserve(n)
//	b = append(b, ...)
//	out.Commit(b)
func (o *Outbox) Reserve(n int) []byte {
	if cap(o.cur)-len(o.cur) < n {
		o.open(n)
	}
	return o.cur
}

// Commit takes the grown segment back. Nothing may have been appended; then
// nothing waits that did not wait before.
func (o *Outbox) Commit(b []byte) {
	o.size += len(b) - len(o.cur)
	o.cur = b
	if o.size >= FlushAt {
		o.owner.Full()
	} else if o.size == 0 {
		o.rest()
	}
}

// Write appends a copy of b.
func (o *Outbox) Write(b []byte) {
	o.Commit(append(o.Reserve(len(b)), b...))
}

// WriteString appends a copy of s.
func (o *Outbox) WriteString(s string) {
	o.Commit(append(o.Reserve(len(s)), s...))
}

// Share appends the run's bytes between two offsets without copying them and
// takes a reference.
func (o *Outbox) Share(r *Run, from, to int) {
	if to <= from {
		return
	}
	if o.size == 0 && o.cur == nil {
		o.owner.Dirty()
	}
	o.seal()
	r.refs++
	o.segs = append(o.segs, segment{b: r.Bytes(from, to), run: r})
	if o.size += to - from; o.size >= FlushAt {
		o.owner.Full()
	}
}

// open makes room for n more bytes: a first segment, or the next one of a
// larger class, so that a busy connection ends up with large writes and a
// quiet one with small memory.
func (o *Outbox) open(n int) {
	if o.size == 0 && o.cur == nil {
		o.owner.Dirty()
	} else if len(o.cur) > 0 {
		if o.seal(); int(o.class) < len(bufferSizes)-1 {
			o.class++
		}
	}
	if o.cur != nil {
		o.pool.put(o.cur)
	}
	o.cur = o.pool.get(int(o.class), n)
}

// seal moves the open segment, if it holds bytes, into the list.
func (o *Outbox) seal() {
	if len(o.cur) > 0 {
		o.segs = append(o.segs, segment{b: o.cur, base: o.cur})
		o.cur = nil
	}
}

// Segments appends the waiting bytes, in order, to dst for a vectored write:
// at most max slices. They stay valid until Sent.
func (o *Outbox) Segments(dst [][]byte, max int) [][]byte {
	for i := range o.segs {
		if len(dst) == max {
			return dst
		}
		dst = append(dst, o.segs[i].b)
	}
	if len(o.cur) > 0 && len(dst) < max {
		dst = append(dst, o.cur)
	}
	return dst
}

// Sent removes the first n waiting bytes and returns the memory of every
// segment that is done. An outbox that is empty afterwards holds nothing.
func (o *Outbox) Sent(n int) {
	o.size -= n
	done := 0
	for done < len(o.segs) {
		s := &o.segs[done]
		if n < len(s.b) {
			s.b = s.b[n:]
			n = 0
			break
		}
		n -= len(s.b)
		o.drop(s)
		done++
	}
	o.segs = append(o.segs[:0], o.segs[done:]...)
	if o.size == 0 {
		o.rest()
		return
	}
	if n > 0 {
		o.segs = append(o.segs, segment{b: o.cur[n:], base: o.cur})
		o.cur = nil
	}
}

// Discard drops everything that waits.
func (o *Outbox) Discard() {
	for i := range o.segs {
		o.drop(&o.segs[i])
	}
	o.segs = o.segs[:0]
	o.size = 0
	o.rest()
}

// rest returns what an empty outbox still holds. The list of segments is kept
// when it is short, since its next use is likely to be as short; the size
// class falls back when the last buffer was hardly used.
func (o *Outbox) rest() {
	if o.cur != nil {
		if len(o.cur) < cap(o.cur)/8 && o.class > 0 {
			o.class--
		}
		o.pool.put(o.cur)
		o.cur = nil
	}
	if cap(o.segs) > 16 || o.class == 0 && cap(o.segs) > 4 {
		o.segs = nil
	}
}

func (o *Outbox) drop(s *segment) {
	if s.run != nil {
		s.run.Release()
	} else {
		o.pool.put(s.base)
	}
	*s = segment{}
}
