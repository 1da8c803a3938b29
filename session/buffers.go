package session

import "sync/atomic"

// bufferSizes are the sizes of output memory in bytes. What is larger is made
// to measure and left to the garbage collector.
var bufferSizes = [...]int{4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10}

// keptFree is how many free buffers of each size a lane keeps for reuse: at
// most 16, 32, 4, 4 and 4 MiB. Wide fan-out needs one for each receiver, of a size that
// shrinks as their number grows: those above 8 KiB are lent to so many at most.
var keptFree = [...]int{4096, 4096, 256, 128, 64}

const (
	// crowd is the number of lent buffers up to which output is gathered up to
	// FlushAt. With more of them, the sum is what counts: output that does not
	// fit the processor's caches costs ten times what it costs to write it out
	// earlier.
	crowd = 64
	// crowdedAt is the least that is gathered before a flush in mid-turn, in
	// bytes: a buffer of 8 KiB, less the message that does not fit any more.
	crowdedAt = 7 << 10
)

// largestClass is the last of the sizes.
const largestClass = uint8(len(bufferSizes) - 1)

// Buffers lends output memory to the outboxes of one lane. A connection holds
// some only from its first unsent byte to the flush that sends the last one,
// so idle connections cost nothing. Not safe for concurrent use, except Lent.
type Buffers struct {
	free [len(bufferSizes)][]*Run
	segs []*segments
	lent atomic.Int64 // written by the lane only
	// early is by how many bytes less than FlushAt an outbox asks to be flushed.
	early int
}

const (
	// keptSegments is how many free lists of segments a lane keeps, and
	// longestSegments how long they may be: at most 512 KiB.
	keptSegments    = 256
	longestSegments = 64
)

// Lent is the number of runs that are out. It is 0 when no output waits; any
// goroutine may ask.
func (p *Buffers) Lent() int { return int(p.lent.Load()) }

func (p *Buffers) count(n int64) {
	lent := p.lent.Load() + n
	p.lent.Store(lent)
	p.early = 0
	if lent > crowd {
		p.early = FlushAt - max(crowdedAt, FlushAt*crowd/int(lent))
	}
}

// get returns an empty run with room for n bytes, of about the given size
// class or a larger one, with one reference.
func (p *Buffers) get(class uint8, n int) *Run {
	p.count(1)
	for class > 1 && bufferSizes[class] > FlushAt-p.early {
		class--
	}
	for int(class) < len(bufferSizes) && bufferSizes[class] < n {
		class++
	}
	if int(class) == len(bufferSizes) {
		return &Run{b: make([]byte, 0, n), class: class, refs: 1, pool: p}
	}
	if stack := p.free[class]; len(stack) > 0 {
		last := len(stack) - 1
		r := stack[last]
		stack[last] = nil
		p.free[class] = stack[:last]
		r.refs = 1
		return r
	}
	return &Run{b: make([]byte, 0, bufferSizes[class]), class: class, refs: 1, pool: p}
}

// put takes back a run that nobody refers to.
func (p *Buffers) put(r *Run) {
	p.count(-1)
	r.life++
	if c := int(r.class); c < len(bufferSizes) && len(p.free[c]) < keptFree[c] {
		r.b = r.b[:0]
		p.free[c] = append(p.free[c], r)
		return
	}
	r.b = nil
}

// getSegments returns an empty list.
func (p *Buffers) getSegments() *segments {
	last := len(p.segs) - 1
	if last < 0 {
		return &segments{list: make([]segment, 0, 4)}
	}
	q := p.segs[last]
	p.segs[last] = nil
	p.segs = p.segs[:last]
	return q
}

// putSegments takes back a list whose segments are done with.
func (p *Buffers) putSegments(q *segments) {
	if cap(q.list) <= longestSegments && len(p.segs) < keptSegments {
		q.list, q.head = q.list[:0], 0
		p.segs = append(p.segs, q)
	}
}
