package hub

import (
	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// groupQuotas notes whose room more than one copy may need.
func (x *explanation) groupQuotas() {
	for i := range x.route.groups {
		g := &x.route.groups[i]
		for _, list := range [][]member{g.online, g.offline} {
			for j := range list {
				if q := list[j].quota; q != nil {
					x.besides[q] = 0
				}
			}
		}
	}
}

// groups asks the members of the groups of the route, and tells of those that it
// leaves out.
func (x *explanation) groups(l *Lane) {
	for i := range x.route.groups {
		x.groupOf(l, &x.route.groups[i])
	}
	x.groupsLeftOut(l)
}

func (x *explanation) groupOf(l *Lane, g *group) {
	to := &explain.Group{Name: g.name, Strategy: l.hub.strategy.String(), Filter: display(g.filter), Next: []int{}}
	x.to.Groups = append(x.to.Groups, to)
	p := pick{group: g, to: to}
	if g.turn != nil {
		p.turn = g.turn.Load()
	}
	for _, list := range [][]member{g.online, g.offline} {
		for i := range list {
			p.candidates = append(p.candidates, x.candidate(l, g, &list[i], to))
		}
	}
	x.picks = append(x.picks, p)
}

// candidate is a member as give sees it.
func (x *explanation) candidate(l *Lane, g *group, one *member, to *explain.Group) candidate {
	online := one.ref.Flags&FlagOffline == 0
	c := candidate{
		lane:  int(one.ref.Lane),
		quota: one.quota,
		own:   online && x.of.From.own(&one.ref) && (x.of.From.NoEcho || one.ref.Flags&FlagNoLocal != 0),
	}
	qos := min(x.m.QoS, granted(one.ref.Flags))
	if one.quota == nil {
		qos = 0
	}
	c.reserves = qos > 0
	if len(to.Members) == x.of.Limit {
		to.MoreMembers++
		return c
	}
	q := question{
		refs:  []trie.Ref{one.ref},
		would: !c.own,
		how:   Copy{QoS: qos, Online: online, Joint: g.joint, From: x.of.From},
	}
	c.to = x.question(&to.Members, q)
	if c.own {
		c.to.Verdict = explain.Own
	}
	return c
}

// groupsLeftOut tells of groups of a protocol in which the name does not exist.
func (x *explanation) groupsLeftOut(l *Lane) {
	r := x.route
	for i := range l.matches.Groups {
		g := &l.matches.Groups[i]
		if r.exclude == neither || (g.Kind == trie.GroupShare) != (r.exclude == FlagMQTT) {
			continue
		}
		to := &explain.Group{
			Name: g.Name, Filter: display(g.Filter), Strategy: l.hub.strategy.String(),
			Next: []int{}, MoreMembers: len(g.Members), Verdict: explain.Hidden,
		}
		if r.drop != reason.None {
			to.Verdict, to.Reason = explain.Dropped, reason.Of(r.drop).Name
		}
		x.to.Groups = append(x.to.Groups, to)
	}
}

// display spells a canonical filter; empty for that of NATS members alone.
func display(f trie.Filter) string {
	dot := ""
	if f.Pattern != "" {
		dot = "."
	}
	switch f.Tail {
	case trie.TailOneOrMore:
		return f.Pattern + dot + ">"
	case trie.TailZeroOrMore:
		return f.Pattern + dot + "#"
	}
	return f.Pattern
}
