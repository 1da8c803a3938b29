package engine

import "github.com/isthmus-mq/isthmus/session"

// EachSession calls f for the session of every connection of a lane until it
// returns false. To be called in a turn of that lane, which waits for it; f must
// not end connections.
func (e *Engine) EachSession(index int, f func(session.Session) (more bool)) {
	for _, c := range e.lanes[index].conns {
		if c.session != nil && !f(c.session) {
			return
		}
	}
}
