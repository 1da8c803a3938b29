package hub

import (
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// maxHops bounds how often a message is sent on to another lane because the
// member that it was meant for had left.
const maxHops = 4

// groups collects the queue groups of a route. As in nats-server a group is
// its name: subscriptions of one name over several matching patterns form one
// group, and the message goes to one of them.
func (l *Lane) groups(r *Route, m *trie.Matches, exclude uint16) {
	for i := range m.Groups {
		g := &m.Groups[i]
		to := groupNamed(r, g.Name)
		for _, ref := range g.Members {
			if ref.Flags&FlagMQTT != exclude {
				to.members = append(to.members, ref)
			}
		}
	}
}

func groupNamed(r *Route, name string) *group {
	for i := range r.groups {
		if r.groups[i].name == name {
			return &r.groups[i]
		}
	}
	r.groups = append(r.groups, group{name: name})
	return &r.groups[len(r.groups)-1]
}

// pick gives m to one member of group number at: a random one, or the next
// that can take it. False: there is none.
func (l *Lane) pick(from *Publisher, r *Route, m *message.Message, at int) bool {
	return l.pickFor(r, m, item{from: l.sender(from), group: int32(at) + 1})
}

// pickFor is pick on behalf of it.from, which may live on another lane.
// it.group tells which group, it.hops how far m has come.
func (l *Lane) pickFor(r *Route, m *message.Message, it item) bool {
	members := r.groups[it.group-1].members
	if len(members) == 0 {
		return false
	}
	start := l.rand.IntN(len(members))
	for i := range members {
		at := start + i
		if at >= len(members) {
			at -= len(members)
		}
		ref := &members[at]
		if ref.Lane == it.from.lane && ref.Owner == it.from.owner && (it.from.noEcho || ref.Flags&FlagNoLocal != 0) {
			continue
		}
		if int(ref.Lane) != l.index {
			it.ref = *ref
			l.mail(int(ref.Lane), r, m, it)
			return true
		}
		if s := l.subscriber(ref); s != nil && s.Deliver(m, r, nil) == reason.None {
			l.delivered(m)
			return true
		}
	}
	return false
}

// redispatch finds another member for a group message whose member has left
// this lane since it was picked: by a fresh look at the trie.
func (l *Lane) redispatch(r *Route, m *message.Message, it item) {
	name := r.groups[it.group-1].name
	if it.hops++; it.hops <= maxHops {
		fresh := l.route(r.Subject)
		for i := range fresh.groups {
			if fresh.groups[i].name == name {
				it.group = int32(i) + 1
				if l.pickFor(fresh, m, it) {
					return
				}
			}
		}
	}
	l.Reasons.Add(reason.GroupMembersGone, 1)
}
