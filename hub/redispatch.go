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

// redispatch finds another member for a group message whose member has left
// this lane since it was picked: by a fresh look at the trie.
func (l *Lane) redispatch(r *Route, m *message.Message, it item) {
	g := &r.groups[it.group-1]
	it.online = false // whoever had it has let it go
	if it.hops++; it.hops <= maxHops {
		fresh := l.route(r.Subject)
		if it.group = fresh.successor(g.name, g.filter, g.joint); it.group != 0 {
			if l.pickFor(fresh, m, it, &l.unasked) {
				l.Reasons.Add(reason.GroupRedispatched, 1)
				return
			}
		}
	}
	l.Reasons.Add(reason.GroupMembersGone, 1)
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
	if !l.pickFor(fresh, m, it, &l.unasked) {
		return false
	}
	l.Reasons.Add(reason.GroupRedispatched, 1)
	return true
}
