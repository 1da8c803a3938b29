package session

import (
	"bytes"

	"github.com/isthmus-mq/isthmus/message"
)

const (
	// shareStreamFrom is the size in bytes from which a rendered stream is shared:
	// below, a copy costs less than a vectored write.
	shareStreamFrom = ShareAt
	// shareStreamUpTo bounds what a lane keeps of one. Longer ones, which take long
	// subscription identifiers to become so long, are rendered for each receiver.
	shareStreamUpTo = 1 << 20
	// streamPiece is about how much output is made at once for one receiver.
	streamPiece = 16 << 10
)

// Streams renders streams of small messages, which differ in nothing but their
// payloads, for the receivers of one lane. Receivers in a row whose rendering is the
// same, from the second one on, share it: it is written once and sent to all of them
// from the same memory, which is in the cache then. The zero value is ready.
type Streams struct {
	serial uint64
	n      int
	head   []byte // of the receiver before
	pool   Buffers
	runs   []*Run // what receivers with that head share; none: no second one has come
}

// Write appends n of m's messages, from number first on, to out: of each the head,
// the payload and the tail. serial identifies m among all of the lane.
func (s *Streams) Write(out *Outbox, serial uint64, m *message.Message, first, n int, head []byte, tail string) {
	one := len(head) + len(m.Payload) + len(tail)
	if whole := n * one; first > 0 || whole < shareStreamFrom || whole > shareStreamUpTo || !s.again(serial, n, head) {
		for n > 0 {
			piece := min(n, 1+streamPiece/one)
			out.Commit(appendStream(out.Reserve(piece*one), m, first, piece, head, tail))
			first += piece
			n -= piece
		}
		return
	}
	if len(s.runs) == 0 {
		s.render(m, one, tail)
	}
	for _, r := range s.runs {
		out.Share(r, 0, len(r.b))
	}
}

// again tells whether the receiver before had the same.
func (s *Streams) again(serial uint64, n int, head []byte) bool {
	if s.serial == serial && s.n == n && bytes.Equal(s.head, head) {
		return true
	}
	for i, r := range s.runs {
		r.Release()
		s.runs[i] = nil
	}
	s.runs = s.runs[:0]
	s.serial, s.n, s.head = serial, n, append(s.head[:0], head...)
	return false
}

// render fills runs with the stream of the receiver before. Each is as long as an
// outbox lets wait, so that it can leave at once.
func (s *Streams) render(m *message.Message, one int, tail string) {
	for first := 0; first < s.n; {
		piece := min(s.n-first, max(FlushAt/one, 1))
		r := s.pool.NewRun(piece * one)
		r.b = appendStream(r.b, m, first, piece, s.head, tail)
		s.runs = append(s.runs, r)
		first += piece
	}
}

func appendStream(dst []byte, m *message.Message, first, n int, head []byte, tail string) []byte {
	for i := first; i < first+n; i++ {
		dst = append(dst, head...)
		dst = append(dst, m.At(i)...)
		dst = append(dst, tail...)
	}
	return dst
}
