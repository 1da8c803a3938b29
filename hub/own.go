package hub

import (
	"github.com/isthmus-mq/isthmus/translate"
)

// Own returns a plain subscription of owner, on this lane, that matches
// subject; nil when there is none. It is not delivered to: the answer is for
// sessions that must tell their own client something on it (the NATS 503).
func (l *Lane) Own(owner uint32, subject []byte) Subscriber {
	if emptyToken(subject) {
		return nil
	}
	l.hub.trie.Match(subject, translate.GuardedLevels(subject, l.hub.mount), &l.matches)
	for i := range l.matches.Plain {
		ref := &l.matches.Plain[i]
		if int(ref.Lane) == l.index && ref.Owner == owner {
			return l.subscriber(ref)
		}
	}
	return nil
}
