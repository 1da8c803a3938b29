package hub

import (
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// maxHops bounds how often a message is sent on to another lane because the
// member that it was meant for had left. Each time a member has really left, so
// only a group in which nobody stays comes near it.
const maxHops = 64

// Share is the group that a member got a message in.
type Share struct {
	Name   string
	Filter trie.Filter
	Joint  bool // Copy.Joint
}

// redispatch finds another member for a group message whose member has left this
// lane since it was picked, or declines: by a fresh look at the trie.
func (l *Lane) redispatch(r *Route, m *message.Message, it item) {
	g := &r.groups[it.group-1]
	it.online = false // whoever had it has let it go
	owed := it.from
	if it.memberQoS == 0 {
		owed.Receipt, it.from.Receipt = 0, 0 // no answer was expected, so none is
	}
	if it.hops++; it.hops <= maxHops {
		fresh := l.route(r.Subject)
		if it.group = fresh.successor(g.name, g.filter, g.joint); it.group != 0 {
			if l.pickAgain(fresh, m, it) {
				return
			}
		}
	}
	l.Reasons.Add(reason.GroupMembersGone, 1)
	l.AnsweredMeanwhile(owed, Answer{Why: reason.GroupMembersGone})
}

// pickAgain is pickFor for a message that has been accepted before. When nobody
// takes it with QoS 1 or 2 any more, nobody will answer for it.
func (l *Lane) pickAgain(r *Route, m *message.Message, it item) bool {
	var o Outcome
	if !l.pickFor(r, m, it, &o) {
		return false
	}
	l.Reasons.Add(reason.GroupRedispatched, 1)
	switch {
	case o.Full > 0:
		l.AnsweredMeanwhile(it.from, Answer{Why: reason.QueueFull})
	case o.Assured == 0:
		l.AnsweredMeanwhile(it.from, Answer{Why: reason.GroupRedispatched})
	}
	return true
}

// Redispatch gives a message that a member of a share got and has not
// acknowledged to another member, and tells whether there was one. The member
// itself must have left or be marked as offline. dup: the member may have seen
// it. online: only to a member that is connected.
func (l *Lane) Redispatch(s Share, from Sender, m *message.Message, dup, online bool) bool {
	l.serial++
	fresh := l.route(m.Subject)
	it := item{from: from, dup: dup, online: online}
	if it.group = fresh.successor(s.Name, s.Filter, s.Joint); it.group == 0 {
		return false
	}
	return l.pickAgain(fresh, m, it)
}
