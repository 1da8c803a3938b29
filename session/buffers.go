package session

import "sync/atomic"

// bufferSizes are the sizes of output memory in bytes. What is larger is made
// to measure and left to the garbage collector.
var bufferSizes = [...]int{4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10}

// keptFree is how many free buffers of each size a lane keeps for reuse: at
// most 1, 1, 2, 2 and 8 MiB.
var keptFree = [...]int{256, 128, 128, 64, 128}

// largestClass is the last of the sizes.
const largestClass = uint8(len(bufferSizes) - 1)

// Buffers lends output memory to the outboxes of one lane. A connection holds
// some only from its first unsent byte to the flush that sends the last one,
// so idle connections cost nothing. Not safe for concurrent use, except Lent.
type Buffers struct {
	free [len(bufferSizes)][]*Run
	segs []*segments
	lent atomic.Int64 // written by the lane only
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

// get returns an empty run with room for n bytes, of the given size class or
// a larger one, with one reference.
func (p *Buffers) get(class uint8, n int) *Run {
	p.lent.Store(p.lent.Load() + 1)
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
	p.lent.Store(p.lent.Load() - 1)
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
