package hub

import (
	"slices"

	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
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

// Heard tells whether anybody is subscribed to subject, the publisher itself not
// counted if it has NoEcho. Nothing is delivered.
func (l *Lane) Heard(from *Publisher, subject []byte) bool {
	if emptyToken(subject) {
		return false
	}
	l.hub.trie.Match(subject, translate.GuardedLevels(subject, l.hub.mount), &l.matches)
	other := func(ref trie.Ref) bool {
		return !from.NoEcho || int(ref.Lane) != l.index || ref.Owner != from.Owner
	}
	return slices.ContainsFunc(l.matches.Plain, other) ||
		slices.ContainsFunc(l.matches.Groups, func(g trie.GroupMatch) bool { return slices.ContainsFunc(g.Members, other) })
}
