package session

// FlushAt is the number of waiting bytes at which an outbox asks to be
// flushed without waiting for the end of the turn; fewer, down to 7 KiB, while
// very many outboxes have output.
const FlushAt = 64 << 10

// Flusher is told by an outbox what it needs; the engine's connection.
type Flusher interface {
	// Dirty: the outbox has turned from empty to not empty.
	Dirty()
	// Full: FlushAt bytes wait, or what it is lowered to. The flush may happen in the call.
	Full()
}

// Outbox is the ordered queue of bytes for one peer: own bytes, interleaved
// with slices of shared runs, in the order of the calls. It holds memory only
// while bytes wait. Used on its lane only.
type Outbox struct {
	cur   []byte    // the open run's bytes; nil when no run is open
	own   *Run      // the open run
	from  int       // cur[from:] is last in order and not in segs
	segs  []segment // what stands before it, from head on
	head  int32
	size  int   // bytes that wait
	class uint8 // size class for the next run: grows with use
	owner Flusher
	pool  *Buffers
}

// segment is a slice of a run, to which it holds a reference.
type segment struct {
	b   []byte
	run *Run
}

// Init prepares the zero value. owner hears about every change from empty to
// not empty.
func (o *Outbox) Init(owner Flusher, pool *Buffers) {
	o.owner, o.pool = owner, pool
}

// Len is the number of bytes that wait here (not those that the kernel holds).
func (o *Outbox) Len() int { return o.size }

// Reserve returns the open run with room for n more bytes. The caller appends
// to it and hands the result to Commit, with no other call to this outbox in
// between:
//
//	b := out.Reserve(n)
//	b = append(b, ...)
//	out.Commit(b)
func (o *Outbox) Reserve(n int) []byte {
	if cap(o.cur)-len(o.cur) < n || o.own == nil {
		o.open(n)
	}
	return o.cur
}

// Commit takes the grown run back. Nothing may have been appended; then
// nothing waits that did not wait before.
func (o *Outbox) Commit(b []byte) {
	o.size += len(b) - len(o.cur)
	o.cur = b
	if o.size >= FlushAt-o.pool.early {
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
// takes a reference. Own bytes go on in the open run behind it.
func (o *Outbox) Share(r *Run, from, to int) {
	if to <= from {
		return
	}
	if o.size == 0 && o.own == nil {
		o.owner.Dirty()
	}
	o.seal()
	r.refs++
	o.segs = append(o.segs, segment{r.Bytes(from, to), r})
	if o.size += to - from; o.size >= FlushAt-o.pool.early {
		o.owner.Full()
	}
}

// open makes room for n more bytes: a first run, or the next one of a larger
// class, so that a busy connection ends up with large writes and a quiet one
// with small memory.
func (o *Outbox) open(n int) {
	if o.own == nil {
		if o.size == 0 {
			o.owner.Dirty()
		}
	} else {
		if len(o.cur) > 0 && o.class < largestClass {
			o.class++
		}
		o.close()
	}
	o.own = o.pool.get(o.class, n)
	o.cur = o.own.b
	o.from = 0
}

// seal moves the open run's waiting bytes into the list; the run stays open.
func (o *Outbox) seal() {
	if o.from < len(o.cur) {
		o.own.refs++
		o.segs = append(o.segs, segment{o.cur[o.from:], o.own})
		o.from = len(o.cur)
	}
}

// close ends the open run; its waiting bytes stay in the list.
func (o *Outbox) close() {
	o.seal()
	o.own.Release()
	o.own, o.cur, o.from = nil, nil, 0
}

// Segments appends the waiting bytes, in order, to dst for a vectored write:
// at most max slices. They stay valid until Sent.
func (o *Outbox) Segments(dst [][]byte, max int) [][]byte {
	for i := range o.segs[o.head:] {
		if len(dst) == max {
			return dst
		}
		dst = append(dst, o.segs[int(o.head)+i].b)
	}
	if o.from < len(o.cur) && len(dst) < max {
		dst = append(dst, o.cur[o.from:])
	}
	return dst
}

// Sent removes the first n waiting bytes and gives back the memory of what is
// done. An outbox that is empty afterwards holds nothing.
func (o *Outbox) Sent(n int) {
	o.size -= n
	for int(o.head) < len(o.segs) {
		s := &o.segs[o.head]
		if n < len(s.b) {
			s.b = s.b[n:]
			n = 0
			break
		}
		n -= len(s.b)
		s.run.Release()
		*s = segment{}
		o.head++
	}
	if o.from += n; o.size == 0 {
		o.rest()
	} else if o.head > compactFrom && int(o.head) > len(o.segs)/2 {
		left := copy(o.segs, o.segs[o.head:])
		clear(o.segs[left:])
		o.segs, o.head = o.segs[:left], 0
	}
}

// compactFrom is the number of finished segments from which it is worth moving
// the others to the front.
const compactFrom = 32

// Discard drops everything that waits.
func (o *Outbox) Discard() {
	for i := range o.segs[o.head:] {
		o.segs[int(o.head)+i].run.Release()
	}
	clear(o.segs)
	o.size = 0
	o.rest()
}

// rest returns what an empty outbox still holds. The list of segments is kept
// when it is short, since its next use is likely to be as short; the size
// class falls back when the last run was hardly used.
func (o *Outbox) rest() {
	if o.own != nil {
		if len(o.cur) < cap(o.cur)/8 && o.class > 0 {
			o.class--
		}
		o.own.Release()
		o.own, o.cur, o.from = nil, nil, 0
	}
	o.segs, o.head = o.segs[:0], 0
	if cap(o.segs) > 16 || o.class == 0 && cap(o.segs) > 4 {
		o.segs = nil
	}
}
