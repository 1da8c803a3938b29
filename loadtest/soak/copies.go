package soak

import (
	"fmt"
	"slices"
)

// What groups must do with each message:
//
//	group-copies  for each pick exactly one copy, to a member that is in it. A
//	              copy that its member had not acknowledged when its connection
//	              ended may be followed by another of the same pick, which has
//	              DUP if it goes to an MQTT member.
//	group-lost    a pick without a copy only if a member that takes copies
//	              without acknowledgement died and can have had it
//	group-order   in order at each member, but for what went to a member that
//	              left first
//	group-qos     the smaller of published and granted
//	group-unknown a copy for somebody who is no member
type groups struct {
	ledger *Ledger
	list   []Group
	picks  [][]Pick // by subject, of all groups
	by     []*membership
	copies [][][]*delivered // by publisher and number
	msgs   [][]Message
	// drained, by publisher and number: by then every lane had handed the
	// message to whoever it was meant for first. See Receiver.Witness.
	drained [][]Tick
}

// membership is a receiver as a member of groups.
type membership struct {
	history
	tops map[topKey]int // 1 + the highest number received
}

type topKey struct {
	conn, publisher int
	qos             byte
}

// delivered is one copy with what must be known of it.
type delivered struct {
	Reception
	member *membership
	top    int // the highest number of its publisher and QoS that came before it; -1: none
}

// Groups checks all group members. The groups are those of the whole round.
func (l *Ledger) Groups(list []Group) (faults []*Fault) {
	g := &groups{ledger: l, list: list, msgs: l.messages()}
	for _, subject := range l.Subjects {
		var picks []Pick
		for i := range list {
			picks = append(picks, list[i].Picks(subject)...)
		}
		g.picks = append(g.picks, picks)
	}
	for _, m := range g.msgs {
		g.copies = append(g.copies, make([][]*delivered, len(m)))
		g.drained = append(g.drained, make([]Tick, len(m)))
	}
	for _, r := range l.Receivers() {
		switch h := r.history(); {
		case r.Witness:
			g.hear(&h)
		case h.grouped():
			faults = append(faults, g.enter(h)...)
		}
	}
	for p := range g.msgs {
		for n := range g.msgs[p] {
			if f := g.account(p, n); f != nil {
				faults = append(faults, f)
			}
		}
	}
	return faults
}

// hear takes what a witness has seen: a message is out of the mails of its lane
// once a later one of the same publisher has come.
func (g *groups) hear(h *history) {
	next := make([]Tick, len(g.msgs))
	for i := range next {
		next[i] = Never
	}
	for i := len(h.log) - 1; i >= 0; i-- {
		c := &h.log[i]
		if c.Publisher < len(g.drained) && c.Number < len(g.drained[c.Publisher]) {
			at := &g.drained[c.Publisher][c.Number]
			*at = max(*at, next[c.Publisher])
			next[c.Publisher] = c.At
		}
	}
}

// enter takes a member's copies, and judges those that can be judged alone.
func (g *groups) enter(h history) (faults []*Fault) {
	m := &membership{history: h, tops: make(map[topKey]int)}
	g.by = append(g.by, m)
	for i, c := range h.log {
		bad := func(rule, format string, args ...any) {
			faults = append(faults, h.fault(rule, c, "%s, connection %d, at %d: %v QoS %d dup %v: %s", h.Name, c.Conn, c.At, c.Stamp, c.QoS, c.Dup, fmt.Sprintf(format, args...)))
		}
		if c.Publisher >= len(g.msgs) || c.Number >= len(g.msgs[c.Publisher]) {
			bad("group-unknown", "nobody sent it")
			continue
		}
		sent := &g.msgs[c.Publisher][c.Number]
		if sent.Subject != c.Subject {
			bad("group-unknown", "sent to another subject")
			continue
		}
		key := topKey{c.Conn, c.Publisher, c.QoS}
		d := &delivered{Reception: h.log[i], member: m, top: m.tops[key] - 1}
		m.tops[key] = max(m.tops[key], c.Number+1)
		g.copies[c.Publisher][c.Number] = append(g.copies[c.Publisher][c.Number], d)
		if !slices.ContainsFunc(g.picks[c.Subject], func(p Pick) bool { return g.in(m, p, c.Subject) }) {
			bad("group-unknown", "not subscribed to it")
		}
		if lo, hi := h.granted(c.Subject); c.QoS < min(lo, sent.QoS) || c.QoS > min(hi, sent.QoS) {
			bad("group-qos", "published with %d, granted %d to %d", sent.QoS, lo, hi)
		}
	}
	return faults
}

// granted is the range of QoS of the subscriptions that match.
func (h *history) granted(subject int) (lo, hi byte) {
	lo = 2
	for i := range h.subs {
		if h.subs[i].hits[subject] {
			lo, hi = min(lo, h.subs[i].QoS), max(hi, h.subs[i].QoS)
		}
	}
	return lo, hi
}

// in tells whether m takes part in a pick for a subject.
func (g *groups) in(m *membership, p Pick, subject int) bool {
	for i := range m.subs {
		s := &m.subs[i]
		switch {
		case s.Group != p.Group || !s.hits[subject]:
		case m.NATS:
			if p.NATS {
				return true
			}
		case p.Share >= 0 && s.Filter.Canonical() == g.group(p.Group).Shares[p.Share].Canonical():
			return true
		}
	}
	return false
}

func (g *groups) group(name string) *Group {
	return &g.list[slices.IndexFunc(g.list, func(x Group) bool { return x.Name == name })]
}

// account finds for the copies of one message the picks that they are for.
func (g *groups) account(publisher, number int) *Fault {
	sent := &g.msgs[publisher][number]
	copies, picks := g.copies[publisher][number], g.picks[sent.Subject]
	slices.SortFunc(copies, func(a, b *delivered) int { return int(a.At - b.At) })
	stamp := Stamp{publisher, number}
	p := g.ledger.Publishers()[publisher]
	fault := func(rule, text string, late bool) *Fault {
		f := &Fault{
			Rule: rule, Late: late, About: &stamp, Who: []*Trail{p.Trail},
			Text: fmt.Sprintf("%v of %s to %s, QoS %d, sent at %d, acknowledged at %d with %#x: %s\n  picks: %v",
				stamp, p.Name, g.ledger.Subjects[sent.Subject], sent.QoS, sent.Sent, sent.Acked, sent.Code, text, picks),
		}
		for _, d := range copies {
			span := d.member.conns[d.Conn]
			f.Text += fmt.Sprintf("\n  at %d by %s, QoS %d dup %v settled %v; its connection %d up %d down %d gone %d",
				d.At, d.member.Name, d.QoS, d.Dup, d.Settled, d.Conn, span.Up, span.Down, span.Gone)
			f.Who = append(f.Who, d.member.Trail)
		}
		return f
	}
	for _, d := range copies {
		if number < d.top && !g.departed(d, sent) {
			return fault("group-order", fmt.Sprintf("%s had received #%d before", d.member.Name, d.top), false)
		}
	}
	if sent.Acked == Never && len(copies) == 0 || sent.Code >= 0x80 {
		return nil // its publisher died, or was told
	}
	best := g.assign(copies, picks, sent, make([][]*delivered, len(picks)))
	switch {
	case best == nil:
		return fault("group-copies", "these copies do not fit the picks", false)
	default:
		for i, chain := range best {
			if len(chain) == 0 && !g.excused(picks[i], stamp) {
				return fault("group-lost", fmt.Sprintf("no copy for %v", picks[i]), true)
			}
		}
	}
	return nil
}

// assign gives the copies to picks, each of which may have several that follow
// one another; chains holds them so far. It returns a full assignment that
// leaves the fewest picks empty, or nil if there is none.
func (g *groups) assign(copies []*delivered, picks []Pick, sent *Message, chains [][]*delivered) (best [][]*delivered) {
	if len(copies) == 0 {
		return slices.Clone(chains)
	}
	d := copies[0]
	for i, p := range picks {
		chain := chains[i]
		longer := append(chain[:len(chain):len(chain)], d)
		if !g.in(d.member, p, sent.Subject) || !g.chained(longer, nil, sent) {
			continue
		}
		chains[i] = longer
		if full := g.assign(copies[1:], picks, sent, chains); full != nil && (best == nil || empty(full) < empty(best)) {
			best = full
		}
		chains[i] = chain
		if best != nil && empty(best) == 0 {
			break
		}
	}
	return best
}

func empty(chains [][]*delivered) (n int) {
	for _, c := range chains {
		if len(c) == 0 {
			n++
		}
	}
	return n
}

// chained tells whether the copies can have been sent one after the other, in
// any order, behind prev. The order in which clients read says little: a dying
// connection may be read late.
func (g *groups) chained(copies []*delivered, prev *delivered, sent *Message) bool {
	for i, d := range copies {
		if g.follows(prev, d, sent) && (len(copies) == 1 || g.chained(slices.Delete(slices.Clone(copies), i, i+1), d, sent)) {
			return true
		}
	}
	return false
}

// follows tells whether d may be the next copy of a pick after prev; nil: the
// first that was seen.
func (g *groups) follows(prev, d *delivered, sent *Message) bool {
	if prev == nil {
		return !d.Dup || g.departed(d, sent)
	}
	span := prev.member.conns[prev.Conn]
	return prev.QoS > 0 && !prev.Settled && span.Down < d.At && (d.member.NATS || d.Dup || d.QoS == 0)
}

// departed tells whether some member left after sent was published and before d
// came, so that d may have been under way to it first.
func (g *groups) departed(d *delivered, sent *Message) bool {
	drained := min(d.At, g.drainedAt(d.Stamp))
	for _, m := range g.by {
		if !g.fellow(m, d.member, sent.Subject) {
			continue
		}
		by := drained
		if m.keeps(sent) {
			by = d.At // it may have held the message for long
		}
		if m.left(sent.Sent, by) {
			return true
		}
	}
	return false
}

// drainedAt is when a message was out of all mails; Never if that is not known.
func (g *groups) drainedAt(s Stamp) Tick {
	if at := g.drained[s.Publisher][s.Number]; at > 0 {
		return at
	}
	return Never
}

// keeps tells whether a member holds copies of a message until it has
// acknowledged them.
func (m *membership) keeps(sent *Message) bool {
	lo, _ := m.granted(sent.Subject)
	return !m.NATS && min(lo, sent.QoS) > 0
}

// left tells whether a connection or subscription of the member began to end
// before by and may have been there after since.
func (m *membership) left(since, by Tick) bool {
	for _, span := range m.conns {
		if span.Down < by && span.Gone > since {
			return true
		}
	}
	for i := range m.subs {
		if s := &m.subs[i]; s.Leaving < by && s.Left > since {
			return true
		}
	}
	return false
}

// fellow tells whether two members share a pick.
func (g *groups) fellow(a, b *membership, subject int) bool {
	return slices.ContainsFunc(g.picks[subject], func(p Pick) bool { return g.in(a, p, subject) && g.in(b, p, subject) })
}

// excused tells whether a pick may have no copy: a member that takes copies
// without acknowledging them died, was there when the message was handed out,
// and has received nothing later of the same publisher. What is sent on from
// another that left meanwhile comes late, so then the last condition says
// nothing.
func (g *groups) excused(p Pick, stamp Stamp) bool {
	sent, drained := &g.msgs[stamp.Publisher][stamp.Number], g.drainedAt(stamp)
	leavers := 0
	for _, m := range g.by {
		if g.in(m, p, sent.Subject) && m.left(sent.Sent, drained) {
			leavers++
		}
	}
	for _, m := range g.by {
		if !g.in(m, p, sent.Subject) || m.keeps(sent) {
			continue
		}
		for c, span := range m.conns {
			if span.Down == Never || span.Gone < sent.Sent || span.Up > drained {
				continue
			}
			others := leavers
			if span.Down < drained {
				others--
			}
			later := max(m.tops[topKey{c, stamp.Publisher, 0}], m.tops[topKey{c, stamp.Publisher, 1}]) > stamp.Number+1
			if !later || others > 0 {
				return true
			}
		}
	}
	return false
}
