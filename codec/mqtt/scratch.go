package mqtt

import (
	"math/bits"
	"sync"
)

// Scratch comes in powers of two between these; what is larger is allocated
// exactly and left to the garbage collector.
const (
	scratchMinBits = 9  // 512 B
	scratchMaxBits = 22 // 4 MiB
)

// scratch holds the part of one split packet that has come in, without its fixed
// header.
type scratch struct{ b []byte }

var scratchPools [scratchMaxBits - scratchMinBits + 1]sync.Pool

// scratchClass returns the pool for n bytes, -1 if there is none.
func scratchClass(n int) int {
	class := bits.Len(uint(max(n, 1)-1)) - scratchMinBits
	if class > scratchMaxBits-scratchMinBits {
		return -1
	}
	return max(class, 0)
}

// getScratch returns scratch of n bytes with unspecified content.
func getScratch(n int) *scratch {
	class := scratchClass(n)
	if class < 0 {
		return &scratch{make([]byte, n)}
	}
	if s, _ := scratchPools[class].Get().(*scratch); s != nil {
		s.b = s.b[:n]
		return s
	}
	return &scratch{make([]byte, n, 1<<(class+scratchMinBits))}
}

// putScratch takes scratch back. It holds no pointers, so nothing is cleared:
// getScratch's callers read only what they have written.
func putScratch(s *scratch) {
	if class := scratchClass(cap(s.b)); class >= 0 {
		scratchPools[class].Put(s)
	}
}
