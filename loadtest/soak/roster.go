package soak

import "sync"

// roster keeps one member of each set alive, so that the picks of a message do
// not change while members come and go. A set is a share, or the NATS members
// of a group with one subject.
type roster struct {
	mu   sync.Mutex
	live map[string]int
}

func newRoster() *roster { return &roster{live: make(map[string]int)} }

// join is for members whose subscription has been granted.
func (r *roster) join(sets []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range sets {
		r.live[s]++
	}
}

// leave asks to end a membership; it may not be the last one.
func (r *roster) leave(sets []string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range sets {
		if r.live[s] < 2 {
			return false
		}
	}
	for _, s := range sets {
		r.live[s]--
	}
	return true
}
