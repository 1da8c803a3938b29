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
	own    *Run      // the open run; nil when none is
	before *segments // what stands before own.b[from:]; nil when nothing does
	size   int       // bytes that wait
	owner  Flusher
	pool   *Buffers
	from   int32 // own.b[from:] is last in order and not in before
	class  uint8 // size class for the next run: grows with use
}

// segments is a list that is consumed from head on. Outboxes borrow it from
// their lane.
type segments struct {
	list []segment
	head int
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
	if o.own == nil || cap(o.own.b)-len(o.own.b) < n {
		o.open(n)
	}
	return o.own.b
}

// Commit takes the grown run back. Nothing may have been appended; then
// nothing waits that did not wait before.
func (o *Outbox) Commit(b []byte) {
	o.size += len(b) - len(o.own.b)
	o.own.b = b
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
	o.push(segment{r.Bytes(from, to), r})
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
		if len(o.own.b) > 0 && o.class < largestClass {
			o.class++
		}
		o.close()
	}
	o.own = o.pool.get(o.class, n)
	o.from = 0
}

// seal moves the open run's waiting bytes into the list; the run stays open.
func (o *Outbox) seal() {
	if o.own != nil && int(o.from) < len(o.own.b) {
		o.own.refs++
		o.push(segment{o.own.b[o.from:], o.own})
		o.from = int32(len(o.own.b))
	}
}

func (o *Outbox) push(s segment) {
	if o.before == nil {
		o.before = o.pool.getSegments()
	}
	o.before.list = append(o.before.list, s)
}

// close ends the open run; its waiting bytes stay in the list.
func (o *Outbox) close() {
	o.seal()
	o.own.Release()
	o.own, o.from = nil, 0
}

// Segments appends the waiting bytes, in order, to dst for a vectored write:
// at most max slices. They stay valid until Sent.
func (o *Outbox) Segments(dst [][]byte, max int) [][]byte {
	if q := o.before; q != nil {
		for i := range q.list[q.head:] {
			if len(dst) == max {
				return dst
			}
			dst = append(dst, q.list[q.head+i].b)
		}
	}
	if o.own != nil && int(o.from) < len(o.own.b) && len(dst) < max {
		dst = append(dst, o.own.b[o.from:])
	}
	return dst
}

// Sent removes the first n waiting bytes and gives back the memory of what is
// done. An outbox that is empty afterwards holds nothing.
func (o *Outbox) Sent(n int) {
	o.size -= n
	if o.before != nil {
		n = o.before.sent(n)
	}
	if o.from += int32(n); o.size == 0 {
		o.rest()
	}
}

// sent is Outbox.Sent for the list; rest is what of n lies behind it.
func (q *segments) sent(n int) (rest int) {
	for q.head < len(q.list) {
		s := &q.list[q.head]
		if n < len(s.b) {
			s.b = s.b[n:]
			n = 0
			break
		}
		n -= len(s.b)
		s.run.Release()
		*s = segment{}
		q.head++
	}
	if q.head > compactFrom && q.head > len(q.list)/2 {
		left := copy(q.list, q.list[q.head:])
		clear(q.list[left:])
		q.list, q.head = q.list[:left], 0
	}
	return n
}

// compactFrom is the number of finished segments from which it is worth moving
// the others to the front.
const compactFrom = 32

// Discard drops everything that waits.
func (o *Outbox) Discard() {
	if q := o.before; q != nil {
		for i := range q.list[q.head:] {
			q.list[q.head+i].run.Release()
		}
		clear(q.list)
	}
	o.size = 0
	o.rest()
}

// rest returns what an empty outbox still holds. The size class falls back when
// the last run was hardly used.
func (o *Outbox) rest() {
	if o.own != nil {
		if len(o.own.b) < cap(o.own.b)/8 && o.class > 0 {
			o.class--
		}
		o.own.Release()
		o.own, o.from = nil, 0
	}
	if o.before != nil {
		o.pool.putSegments(o.before)
		o.before = nil
	}
}
