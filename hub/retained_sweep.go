package hub

import (
	"time"

	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// retainedSweep deletes what has expired and nobody has asked for. A lane that
// has stored a message with a time to live goes through all retained messages,
// a piece at a time, until none of them has one.
type retainedSweep struct {
	lane    *Lane
	timer   Timer
	scan    RetainedScan
	found   []*RetainedEntry
	running bool
}

const (
	// sweepEvery is the time between two pieces.
	sweepEvery = time.Second
	// sweepPiece is the number of names in one, which takes about a millisecond;
	// a million messages are gone through in four minutes.
	sweepPiece = 4096
)

func (s *retainedSweep) begin(l *Lane) {
	if s.running {
		return
	}
	s.lane, s.running = l, true
	s.found = make([]*RetainedEntry, 64)
	s.restart()
	l.Arm(&s.timer, s, sweepEvery)
}

func (s *retainedSweep) restart() {
	s.lane.hub.retained.index.Scan(trie.Filter{Tail: trie.TailOneOrMore}, trie.Guard{}, &s.scan)
}

// Timer goes through one piece.
func (s *retainedSweep) Timer() {
	l := s.lane
	r, now := l.hub.retained, l.Now()
	if r.expiring.Load() == 0 {
		s.running = false
		return
	}
	for looked := 0; looked < sweepPiece; looked += len(s.found) {
		n, done := s.scan.Next(s.found)
		for _, e := range s.found[:n] {
			v := e.Value()
			if v != nil && v.deadline != 0 && v.deadline <= now && r.expire([]byte(e.Name()), v) {
				l.Reasons.Add(reason.RetainedExpired, 1)
			}
		}
		if done {
			s.restart()
			break
		}
	}
	clear(s.found)
	l.Arm(&s.timer, s, sweepEvery)
}
