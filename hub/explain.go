package hub

import (
	"cmp"
	"slices"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// Explanation is what Publish would find for a message, and do with it, as things
// are on the lane that was asked. Nothing is delivered, counted or reserved. What
// only a subscriber knows, Lane.Describe tells on the subscriber's lane.
type Explanation struct {
	Topic string // the MQTT name; empty: none was needed, or there is none
	// Left is why the members of one protocol are left out, each time.
	Left   reason.ID
	Copies []ExplainedCopy
	Groups []ExplainedGroup
	// HeadersLeftOut is the number of headers that would not reach MQTT clients.
	HeadersLeftOut int

	hub   *Hub
	cost  int
	taken map[*Quota]uint64 // what copies before would have reserved
}

// ExplainedCopy is one copy for the subscriptions of one owner that share it, or
// why there is none.
type ExplainedCopy struct {
	// Refs are never empty; the first of them that is there gets the copy. They may
	// be those of a route: not to be changed.
	Refs []trie.Ref
	QoS  uint8
	Fate Fate
	Why  reason.ID // of FateDropped

	quota *Quota
}

// Fate is what becomes of a copy.
type Fate uint8

const (
	FateDelivered Fate = iota // to a client that is connected, or its queue
	FateStored                // for a client that is not
	FateOwn                   // No Local, or echo off: it is the publisher's own
	FateGuarded               // the wildcard does not open a level that begins with $ or is _INBOX
	FateHidden                // statistics are for MQTT clients
	FateDropped
)

var fates = [...]string{"delivered", "stored", "own", "guarded", "hidden", "dropped"}

// String returns a word for documents.
func (f Fate) String() string { return fates[f] }

// ExplainedGroup is a group, one member of which gets the message.
type ExplainedGroup struct {
	Name string
	// Members: whether there is room for a copy, Explanation.Take tells.
	Online  []ExplainedCopy
	Offline []ExplainedCopy // asked when no connected member is eligible, and QoS is above 0
	// Unheard: there is a member that is not connected and takes QoS 0 only.
	Unheard bool

	of       *group
	turn     uint64 // the group's, when it was looked up
	from     Sender // zero: not known
	strategy Strategy
}

// Explain tells what Publish would do with m, which stands for one message and
// whose QoS is as Publish would see it in the end, if from published it. With a
// Sender of zero nobody's subscriptions are its own. m keeps its conversion for the
// other protocol.
func (l *Lane) Explain(from Sender, m *message.Message) *Explanation {
	if len(m.Headers) > 0 && m.Origin == message.FromNATS {
		m.QoS = translate.PublishQoS(m.Headers, m.QoS)
	}
	r := l.find(m.Subject, trie.Hash(m.Subject), false)
	e := &Explanation{Topic: string(r.Topic), Left: r.drop, HeadersLeftOut: l.crossFor(m), hub: l.hub, cost: Cost(m), taken: make(map[*Quota]uint64)}
	for lane, refs := range r.lanes {
		quotas := r.quotasOf(lane)
		for i := 0; i < len(refs); {
			n := run(refs[i:])
			e.Copies = append(e.Copies, e.run(from, refs[i:i+n:i+n], quotaAt(quotas, i), m))
			i += n
		}
	}
	e.leftOut(l, r, m)
	for i := range r.groups {
		e.Groups = append(e.Groups, l.explainGroup(from, &r.groups[i], m))
	}
	return e
}

// run is what publishCopies would do with one run.
func (e *Explanation) run(from Sender, refs []trie.Ref, q *Quota, m *message.Message) ExplainedCopy {
	want, qos := wanted(refs, from, m.QoS)
	if len(want) == 0 {
		return ExplainedCopy{Refs: refs, Fate: FateOwn}
	}
	c := ExplainedCopy{Refs: want, QoS: qos, quota: q}
	if q == nil {
		c.QoS = 0
	}
	if c.Why = e.Take(&c); c.Why != reason.None {
		c.Fate = FateDropped
	} else if c.Refs[0].Flags&FlagOffline != 0 {
		c.Fate = FateStored
	}
	return c
}

// Take does as if the copy were accepted, or tells why there is no room for it beside
// those that were taken before.
func (e *Explanation) Take(c *ExplainedCopy) reason.ID {
	why := e.Room(c)
	if why == reason.None && c.QoS > 0 {
		e.taken[c.quota] += uint64(1)<<quotaShift | uint64(e.cost)
	}
	return why
}

// Room is Take without taking.
func (e *Explanation) Room(c *ExplainedCopy) reason.ID {
	if c.QoS == 0 {
		return reason.None
	}
	return e.hub.roomFor(c.quota, e.taken[c.quota], e.cost)
}

// roomFor is reserve without the reservation, once more has been reserved.
func (h *Hub) roomFor(q *Quota, more uint64, cost int) reason.ID {
	if h.storedFull.Load() {
		return reason.StoredFull
	}
	if n := q.used.Load() + more + (uint64(1)<<quotaShift | uint64(cost)); q.over(n) && !q.limits.DropOldest {
		return reason.QueueFull
	}
	return reason.None
}

// leftOut adds those that match and are no members of r: a name that does not exist
// in their protocol, nobody there, or a wildcard that does not reach so far. l.matches
// is still what r was made of.
func (e *Explanation) leftOut(l *Lane, r *Route, m *message.Message) {
	if emptyToken(m.Subject) {
		return
	}
	withheld, _ := l.hub.Withheld(m.Subject)
	var away []trie.Ref
	for _, ref := range l.matches.Plain {
		c := ExplainedCopy{Refs: []trie.Ref{ref}, Fate: FateDropped, Why: r.drop}
		switch mqtt := ref.Flags&FlagMQTT != 0; {
		case mqtt && r.drop == reason.SubjectNotATopic:
			e.Copies = append(e.Copies, c)
		case !mqtt && withheld && r.drop != reason.SubjectNotATopic:
			if r.drop == reason.None {
				c.Fate = FateHidden
			}
			e.Copies = append(e.Copies, c)
		case ref.Flags&(FlagOffline|FlagKeepsQoS0) == FlagOffline:
			away = append(away, ref)
		}
	}
	e.unheard(away)
	guarded := translate.GuardedLevels(m.Subject, l.hub.mount)
	if guarded == 0 {
		return
	}
	l.hub.trie.Look(m.Subject, trie.Hash(m.Subject), 0, &l.matches)
	for _, ref := range l.matches.Plain {
		if ref.Opens&guarded != 0 {
			e.Copies = append(e.Copies, ExplainedCopy{Refs: []trie.Ref{ref}, Fate: FateGuarded})
		}
	}
}

// unheard adds the sessions without a connection that take QoS 0 only, as
// Lane.members leaves them out.
func (e *Explanation) unheard(away []trie.Ref) {
	slices.SortFunc(away, func(a, b trie.Ref) int { return cmp.Or(cmp.Compare(a.Lane, b.Lane), byOwner(a, b)) })
	for len(away) > 0 {
		n, best := 1, granted(away[0].Flags)
		for n < len(away) && away[n].Lane == away[0].Lane && merged(&away[n-1], &away[n]) {
			best = max(best, granted(away[n].Flags))
			n++
		}
		if best == 0 {
			e.Copies = append(e.Copies, ExplainedCopy{Refs: away[:n:n], Fate: FateDropped, Why: reason.SessionOffline})
		}
		away = away[n:]
	}
}

// explainGroup is what pickFor would choose from.
func (l *Lane) explainGroup(from Sender, g *group, m *message.Message) ExplainedGroup {
	e := ExplainedGroup{Name: g.name, Unheard: g.unheard, of: g, from: from, strategy: l.hub.strategy}
	if g.turn != nil {
		e.turn = g.turn.Load()
	}
	for i := range g.online {
		e.Online = append(e.Online, explainMember(from, &g.online[i], m))
	}
	for i := range g.offline {
		e.Offline = append(e.Offline, explainMember(from, &g.offline[i], m))
	}
	return e
}

func explainMember(from Sender, one *member, m *message.Message) ExplainedCopy {
	c := ExplainedCopy{Refs: []trie.Ref{one.ref}, QoS: min(m.QoS, granted(one.ref.Flags)), quota: one.quota}
	switch {
	case from.own(&one.ref) && (from.NoEcho || one.ref.Flags&FlagNoLocal != 0):
		c.Fate = FateOwn
	case one.ref.Flags&FlagOffline != 0:
		c.Fate = FateStored
	}
	if one.quota == nil {
		c.QoS = 0
	}
	return c
}

// crossFor converts the headers of m for MQTT, in memory of its own, and tells how many
// are left out, without counting them.
func (l *Lane) crossFor(m *message.Message) (skipped int) {
	if m.Origin != message.FromNATS || len(m.Headers)+len(m.Reply) == 0 {
		return 0
	}
	var topic, section []byte
	if len(m.Reply) > 0 {
		topic, _ = l.hub.names.AppendResponseTopic(nil, m.Reply)
	}
	section, skipped = l.hub.crossing.AppendReplyProperties(nil, m.Headers, topic, m.Correlation)
	m.SetCrossed(section)
	return skipped
}

// Strategy is how members of groups take turns.
func (h *Hub) Strategy() Strategy { return h.strategy }
