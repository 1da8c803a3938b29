package session

import "sync/atomic"

// Output memory comes in three sizes, in bytes.
const (
	smallBuffer  = 4 << 10
	mediumBuffer = 16 << 10
	largeBuffer  = 64 << 10
)

var bufferSizes = [...]int{smallBuffer, mediumBuffer, largeBuffer}

// keptFree is how many free buffers of each size a lane keeps for reuse (at
// most 1 MiB, 2 MiB and 4 MiB); more go to the garbage collector.
var keptFree = [...]int{256, 128, 64}

// Buffers lends output memory to the outboxes of one lane. A connection holds
// a buffer only from its first unsent byte to the flush that sends the last
// one, so idle connections cost nothing. Not safe for concurrent use, except
// Lent.
type Buffers struct {
	free [len(bufferSizes)][][]byte
	lent atomic.Int64 // written by the lane only
}

// Lent is the number of buffers and runs that are out. It is 0 when no output
// waits; any goroutine may ask.
func (p *Buffers) Lent() int { return int(p.lent.Load()) }

// get returns an empty buffer with room for n bytes, of the given size class
// or a larger one.
func (p *Buffers) get(class, n int) []byte {
	p.lent.Store(p.lent.Load() + 1)
	for class < len(bufferSizes) && bufferSizes[class] < n {
		class++
	}
	if class == len(bufferSizes) {
		return make([]byte, 0, n)
	}
	if stack := p.free[class]; len(stack) > 0 {
		last := len(stack) - 1
		b := stack[last]
		stack[last] = nil
		p.free[class] = stack[:last]
		return b
	}
	return make([]byte, 0, bufferSizes[class])
}

// put takes back a buffer of get. A buffer whose capacity is none of the sizes
// was made for one large message and is not kept.
func (p *Buffers) put(b []byte) {
	p.lent.Store(p.lent.Load() - 1)
	for class, size := range bufferSizes {
		if cap(b) == size && len(p.free[class]) < keptFree[class] {
			p.free[class] = append(p.free[class], b[:0])
			return
		}
	}
}
