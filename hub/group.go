package hub

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// Each message goes once to each group of a route. Shares of MQTT are groups
// by name and filter, as the standard has it. Queue groups of NATS are groups
// by name, over all matching patterns, as in nats-server; where there are
// shares of that name, the NATS members take part in one of them: the first
// whose filter is also that of a NATS member, or else the first.

// group is one choice: the members of which one gets the message.
type group struct {
	name   string
	filter trie.Filter // of the share; the zero value for NATS members alone
	joint  bool        // NATS members take part, or would if there were any
	// online members are connected. Of the others, those that can keep a
	// message are asked when no connected one is eligible.
	online, offline []member
	unheard         bool // there is one without a connection that takes QoS 0 only
	turn            *atomic.Uint64
	byTopic         int // strategy HashTopic: its choice
}

// member is one subscription in a group.
type member struct {
	ref   trie.Ref
	quota *Quota // nil for NATS
}

// groups builds the groups of a route.
func (l *Lane) groups(r *Route, m *trie.Matches, exclude uint16) {
	if exclude != FlagMQTT {
		for i := range m.Groups {
			if g := &m.Groups[i]; g.Kind == trie.GroupShare {
				r.groups = append(r.groups, group{name: g.Name, filter: g.Filter, turn: g.Turn})
				l.join(&r.groups[len(r.groups)-1], g.Members)
			}
		}
		slices.SortFunc(r.groups, byNameAndFilter)
	}
	shares := len(r.groups)
	if exclude != 0 {
		for i := range m.Groups {
			if g := &m.Groups[i]; g.Kind == trie.GroupQueue {
				to := shareFor(r.groups[:shares], g.Name, m)
				if to == nil {
					to = r.queueGroup(g)
				}
				to.joint = true
				l.join(to, g.Members)
			}
		}
	}
	r.joinNobody(shares)
	for i := range r.groups {
		g := &r.groups[i]
		for _, list := range [][]member{g.online, g.offline} {
			for j := range list {
				r.assured = r.assured || granted(list[j].ref.Flags) > 0
			}
		}
		if l.hub.strategy == HashTopic {
			g.byTopic = g.rendezvous(hashOf(r.Subject))
		}
	}
}

// joinNobody marks the share in which NATS members of a name would take part,
// where there are none: messages of either protocol's last member go to the
// first of the other.
func (r *Route) joinNobody(shares int) {
	for i := 0; i < shares; {
		end, joint := i, false
		for end < shares && r.groups[end].name == r.groups[i].name {
			joint = joint || r.groups[end].joint
			end++
		}
		if !joint {
			r.groups[i].joint = true
		}
		i = end
	}
}

// join adds members. One without a connection that takes QoS 0 only cannot be
// given anything.
func (l *Lane) join(g *group, refs []trie.Ref) {
	for _, ref := range refs {
		one := member{ref: ref, quota: l.hub.quotaOf(&ref)}
		switch {
		case ref.Flags&FlagOffline == 0:
			g.online = append(g.online, one)
		case granted(ref.Flags) > 0:
			g.offline = append(g.offline, one)
		default:
			g.unheard = true
		}
	}
}

// unheardOf tells whether a message that nobody took would have found a member
// with a connection.
func (g *group) unheardOf(m *message.Message) bool {
	return g.unheard || m.QoS == 0 && len(g.offline) > 0
}

// shareFor returns the share in which NATS members of this name take part, nil
// when there is none.
func shareFor(shares []group, name string, m *trie.Matches) (first *group) {
	for i := range shares {
		s := &shares[i]
		if s.name != name {
			continue
		}
		if first == nil {
			first = s
		}
		for j := range m.Groups {
			g := &m.Groups[j]
			if g.Kind == trie.GroupQueue && g.Name == name && sameFilter(g.Filter, s.filter) {
				return s
			}
		}
	}
	return first
}

// queueGroup returns the group of NATS members alone of a name.
func (r *Route) queueGroup(of *trie.GroupMatch) *group {
	if g := r.groupOf(of.Name, trie.Filter{}); g != nil {
		return g
	}
	r.groups = append(r.groups, group{name: of.Name, turn: of.Turn})
	return &r.groups[len(r.groups)-1]
}

func (r *Route) groupOf(name string, filter trie.Filter) *group {
	for i := range r.groups {
		if g := &r.groups[i]; g.name == name && g.filter == filter {
			return g
		}
	}
	return nil
}

// successor returns 1 + the place of the group of r that a message of group g
// of an older route belongs to now: the same share; if that has no members any
// more and NATS members took part in it, or there was no share, the one in
// which they take part now. 0: there is none.
func (r *Route) successor(name string, filter trie.Filter, joint bool) int32 {
	now := int32(0)
	for i := range r.groups {
		g := &r.groups[i]
		switch {
		case g.name != name:
		case g.filter == filter:
			return int32(i) + 1
		case joint && g.joint:
			now = int32(i) + 1
		}
	}
	return now
}

func byNameAndFilter(a, b group) int {
	return cmp.Or(strings.Compare(a.name, b.name),
		strings.Compare(a.filter.Pattern, b.filter.Pattern),
		cmp.Compare(a.filter.Tail, b.filter.Tail))
}

// sameFilter compares filters of both protocols: "a.>" is what comes nearest to
// "a/#".
func sameFilter(a, b trie.Filter) bool {
	return a.Pattern == b.Pattern && (a.Tail == trie.TailNone) == (b.Tail == trie.TailNone)
}

// begin returns the place of the member to try first: for a message that comes from a
// member that declined it, the one behind that, or else members of several lanes that
// all decline would send it to and fro.
func (l *Lane) begin(g *group, it *item) int {
	if it.hops > 0 {
		for i := range g.online {
			if g.online[i].ref == it.ref {
				return i + 1
			}
		}
	}
	return l.first(g, it.from)
}

// pickFor gives m to one member of a group, on behalf of it.from, which may
// live on another lane. it.group tells which group, it.hops how far m has come;
// with it.online it is given to connected members with room, or not at all.
// False: nobody took it, and nothing was counted.
func (l *Lane) pickFor(r *Route, m *message.Message, it item, o *Outcome) bool {
	g := &r.groups[it.group-1]
	why := reason.None
	if n := len(g.online); n > 0 {
		at := l.begin(g, &it)
		for range n {
			if at == n {
				at = 0
			}
			one := &g.online[at]
			at++
			if it.from.own(&one.ref) && (it.from.NoEcho || one.ref.Flags&FlagNoLocal != 0) {
				continue
			}
			given, full := l.give(one, r, m, it)
			if given {
				o.Matched++
				if m.QoS > 0 && granted(one.ref.Flags) > 0 && one.quota != nil {
					o.Assured++
				}
				return true
			}
			if full != reason.None {
				why = full
			}
		}
	}
	if why == reason.None && m.QoS > 0 && !it.online {
		for i := range g.offline {
			given, full := l.give(&g.offline[i], r, m, it)
			if given {
				o.Stored++
				if g.offline[i].quota != nil {
					o.Assured++
				}
				return true
			}
			if full != reason.None {
				why = full
			}
		}
	}
	if why == reason.None || it.online {
		return false
	}
	l.Reasons.Add(why, 1)
	o.full(why)
	return true
}

// copy is that of the group message it for a member.
func (it *item) copy(r *Route, to *trie.Ref) Copy {
	return Copy{
		QoS:    it.memberQoS,
		Online: to.Flags&FlagOffline == 0,
		Dup:    it.dup,
		Joint:  r.groups[it.group-1].joint,
		From:   it.from,
	}
}

// give hands m to one member, or to its lane. full says why there was no room.
func (l *Lane) give(to *member, r *Route, m *message.Message, it item) (given bool, full reason.ID) {
	cost := 0
	it.memberQoS = min(m.QoS, granted(to.ref.Flags))
	switch {
	case it.memberQoS == 0:
	case to.quota == nil:
		it.memberQoS = 0 // it has left since the trie was asked; its lane finds another
	default:
		cost = Cost(m)
		if why := l.reserve(to.quota, cost); why != reason.None {
			return false, why
		}
	}
	if int(to.ref.Lane) != l.index {
		it.ref, it.quota = to.ref, to.quota
		l.mail(int(to.ref.Lane), r, m, it, nil)
		return true, reason.None
	}
	if s := l.subscriber(&to.ref); s != nil {
		l.copy = it.copy(r, &to.ref)
		if s.Deliver(m, r, &l.copy) == reason.None {
			l.delivered(m)
			return true, reason.None
		}
	}
	if it.memberQoS > 0 {
		l.Release(to.quota, cost)
	}
	return false, reason.None
}
