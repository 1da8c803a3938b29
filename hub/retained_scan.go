package hub

import "github.com/isthmus-mq/isthmus/trie"

// retainedScan is Retained's RetainedScan.
type retainedScan struct {
	store   *Retained
	at      trie.RetainedScan[retained]
	chunk   []*trie.RetainedEntry[retained] // found and not read
	room    []*trie.RetainedEntry[retained] // memory of chunk
	subject []byte                          // of what was read last
}

// Find is RetainedScan's.
func (s *retainedScan) Find(_ *Lane, most int) (found int, done bool) {
	clear(s.chunk)
	if cap(s.room) < most {
		s.room = make([]*trie.RetainedEntry[retained], most)
	}
	room := s.room[:most]
	found, done = s.at.Next(room)
	s.chunk = room[:found]
	return found, done
}

// Read is RetainedScan's.
func (s *retainedScan) Read(l *Lane, m *RetainedMessage) bool {
	for len(s.chunk) > 0 {
		e := s.chunk[0]
		s.chunk[0] = nil
		s.chunk = s.chunk[1:]
		v := e.Value()
		if v == nil {
			continue // deleted; if it was set again, the subscription has been there
		}
		s.subject = append(s.subject[:0], e.Name()...)
		if v.expired(l.Now()) {
			s.store.expire(l, s.subject, v)
			continue
		}
		v.read(s.subject, m)
		return true
	}
	return false
}
