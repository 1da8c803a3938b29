package nats

import "sync"

// scratch holds the bytes of a split frame. It belongs to one parser from
// getScratch to putScratch.
type scratch struct {
	buf   []byte
	class uint8
}

// Scratch comes in classes of 512<<k + 512 bytes, k = 0 … 11: payloads tend to
// be powers of two, and this leaves room for a control line beside them. What
// is larger is not pooled.
const (
	scratchUnit    = 512
	scratchClasses = 12
)

var scratches [scratchClasses]sync.Pool

func classSize(class int) int { return scratchUnit<<class + scratchUnit }

// getScratch returns empty scratch with room for need bytes.
func getScratch(need int) *scratch {
	class := 0
	for class < scratchClasses && classSize(class) < need {
		class++
	}
	if class == scratchClasses {
		return &scratch{buf: make([]byte, 0, need), class: scratchClasses}
	}
	if s, _ := scratches[class].Get().(*scratch); s != nil {
		return s
	}
	return &scratch{buf: make([]byte, 0, classSize(class)), class: uint8(class)}
}

// putScratch gives s back. The bytes are not cleared: they are never read
// beyond what was written since getScratch.
func putScratch(s *scratch) {
	if s.class == scratchClasses {
		return
	}
	s.buf = s.buf[:0]
	scratches[s.class].Put(s)
}
