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
//	group-order   in order at each member; what was under way to another member
//	              that left may come out of turn
//	group-slept   not kept for a member without a connection while others were there
//	group-qos     the smaller of published and granted
//	group-unknown a copy for somebody who is no member, or with QoS 0 not any more
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
	tops map[topKey]int          // 1 + the highest number received
	came map[topKey][]*delivered // in the order in which they came
}

type topKey struct {
	conn, publisher int
	qos             byte
}

// delivered is one copy with what must be known of it.
type delivered struct {
	Reception
	member *membership
	// overtakers came before it on its connection, with the same QoS, and were
	// published after it.
	overtakers []*delivered
}

// Groups checks all group members. The groups are those of the whole round.
func (l *Ledger) Groups(list []Group) (faults []*Fault) {
	g := &groups{ledger: l, list: list, msgs: l.messages()}
	l.Excused = 0
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
	m := &membership{history: h, tops: make(map[topKey]int), came: make(map[topKey][]*delivered)}
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
		d := &delivered{Reception: h.log[i], member: m}
		if c.Number+1 < m.tops[key] {
			for _, o := range m.came[key] {
				if o.Number > c.Number {
					d.overtakers = append(d.overtakers, o)
				}
			}
		}
		m.came[key] = append(m.came[key], d)
		m.tops[key] = max(m.tops[key], c.Number+1)
		g.copies[c.Publisher][c.Number] = append(g.copies[c.Publisher][c.Number], d)
		if !slices.ContainsFunc(g.picks[c.Subject], func(p Pick) bool { _, in := g.in(m, p, c.Subject); return in }) {
			bad("group-unknown", "not subscribed to it")
		}
		if c.QoS == 0 && !slices.ContainsFunc(h.subs, func(s Subscription) bool { return s.hits[c.Subject] && s.Asked < c.At && c.At < s.Left }) {
			bad("group-unknown", "no subscription for it at that time")
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

// in tells whether m takes part in a pick for a subject, and with which QoS.
func (g *groups) in(m *membership, p Pick, subject int) (qos byte, in bool) {
	for i := range m.subs {
		s := &m.subs[i]
		switch {
		case s.Group != p.Group || !s.hits[subject]:
		case m.NATS:
			if p.NATS {
				return 0, true
			}
		case p.Share >= 0 && s.Filter.Canonical() == g.group(p.Group).Shares[p.Share].Canonical():
			return s.QoS, true
		}
	}
	return 0, false
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
		if len(d.overtakers) == 0 || g.handed(d) {
			continue
		}
		for _, o := range d.overtakers {
			if !g.handed(o) {
				return fault("group-order", fmt.Sprintf("%s had received #%d before", d.member.Name, o.Number), false)
			}
		}
	}
	for _, d := range copies {
		if g.slept(d) {
			f := fault("group-slept", fmt.Sprintf("%s got it when it came back; handed out by %d", d.member.Name, g.drainedAt(stamp)), false)
			for _, p := range picks {
				if _, in := g.in(d.member, p, d.Subject); in {
					g.tellMembers(f, p, sent, d.At)
				}
			}
			return f
		}
	}
	if sent.Acked == Never && len(copies) == 0 || sent.Code >= 0x80 {
		return nil // its publisher died, or was told
	}
	best := g.assign(copies, picks, stamp, make([][]*delivered, len(picks)))
	switch {
	case best == nil:
		return fault("group-copies", "these copies do not fit the picks", false)
	default:
		for i, chain := range best {
			if len(chain) > 0 {
				continue
			}
			if !g.lost(picks[i], stamp) {
				g.ledger.Excused++
			} else {
				f := fault("group-lost", fmt.Sprintf("no copy for %v; handed out by %d", picks[i], g.drainedAt(stamp)), true)
				g.tellMembers(f, picks[i], sent, Never)
				return f
			}
		}
	}
	return nil
}

// tellMembers adds to a fault who was a member of a pick until then.
func (g *groups) tellMembers(f *Fault, p Pick, sent *Message, until Tick) {
	for _, m := range g.by {
		qos, in := g.in(m, p, sent.Subject)
		if !in || m.conns[0].Up > until || m.conns[len(m.conns)-1].Gone < sent.Sent {
			continue
		}
		f.Text += fmt.Sprintf("\n  member %s, QoS %d", m.Name, qos)
		for i := range m.subs {
			if s := &m.subs[i]; s.Left > sent.Sent && s.Asked < until && s.hits[sent.Subject] {
				f.Text += fmt.Sprintf(", subscribed %d to %d - %d", s.Granted, s.Leaving, s.Left)
			}
		}
		for c, span := range m.conns {
			if span.Gone > sent.Sent && span.Up < until {
				f.Text += fmt.Sprintf(", connection %d %d to %d - %d", c, span.Up, span.Down, span.Gone)
			}
		}
		f.Who = append(f.Who, m.Trail)
	}
}

// assign gives the copies to picks, each of which may have several that follow
// one another; chains holds them so far. It returns a full assignment, if it can
// one without unexcused losses, or nil if there is none.
func (g *groups) assign(copies []*delivered, picks []Pick, stamp Stamp, chains [][]*delivered) (best [][]*delivered) {
	if len(copies) == 0 {
		return slices.Clone(chains)
	}
	sent := &g.msgs[stamp.Publisher][stamp.Number]
	d := copies[0]
	for i, p := range picks {
		chain := chains[i]
		longer := append(chain[:len(chain):len(chain)], d)
		if _, in := g.in(d.member, p, sent.Subject); !in || !g.chained(longer, nil, sent, p) {
			continue
		}
		chains[i] = longer
		full := g.assign(copies[1:], picks, stamp, chains)
		chains[i] = chain
		if full == nil {
			continue
		}
		if best = full; g.fair(full, picks, stamp) {
			break
		}
	}
	return best
}

// fair tells whether every pick has a copy or an excuse.
func (g *groups) fair(chains [][]*delivered, picks []Pick, stamp Stamp) bool {
	for i, c := range chains {
		if len(c) == 0 && g.lost(picks[i], stamp) {
			return false
		}
	}
	return true
}

// chained tells whether the copies can have been sent one after the other, in
// any order, behind prev. The order in which clients read says little: a dying
// connection may be read late.
func (g *groups) chained(copies []*delivered, prev *delivered, sent *Message, p Pick) bool {
	for i, d := range copies {
		if g.follows(prev, d, sent, p) && (len(copies) == 1 || g.chained(slices.Delete(slices.Clone(copies), i, i+1), d, sent, p)) {
			return true
		}
	}
	return false
}

// follows tells whether d may be the next copy of a pick after prev; nil: the
// first that was seen.
func (g *groups) follows(prev, d *delivered, sent *Message, p Pick) bool {
	if prev == nil {
		return !d.Dup || g.departed(d, sent, p)
	}
	span := prev.member.conns[prev.Conn]
	return prev.QoS > 0 && !prev.Settled && span.Down < d.At && (d.member.NATS || d.Dup || d.QoS == 0)
}

// handed tells whether d may have been under way to another member first, or to its
// own on an earlier connection. Who had it first was there when it was handed out,
// and has left since.
func (g *groups) handed(d *delivered) bool {
	sent, drained := &g.msgs[d.Publisher][d.Number], g.drainedAt(d.Stamp)
	return slices.ContainsFunc(g.picks[d.Subject], func(p Pick) bool {
		if _, in := g.in(d.member, p, d.Subject); !in {
			return false
		}
		return slices.ContainsFunc(g.by, func(m *membership) bool {
			qos, in := g.in(m, p, d.Subject)
			by, except := d.At, -1 // it may have held the message for long
			if min(qos, sent.QoS) == 0 {
				by = min(by, drained)
			}
			if m == d.member {
				except = d.Conn
			}
			return in && m.leftAfter(sent.Sent, by, drained, except)
		})
	})
}

// slept tells whether d waited in its member's session until that came back,
// although others were there: it was handed out before, and nobody else has left
// since who can have handed it on.
func (g *groups) slept(d *delivered) bool {
	span := d.member.conns[d.Conn]
	if d.QoS == 0 || d.Conn == 0 || span.Asked == Never || g.drainedAt(d.Stamp) >= span.Asked {
		return false
	}
	return !slices.ContainsFunc(g.picks[d.Subject], func(p Pick) bool {
		_, in := g.in(d.member, p, d.Subject)
		return in && (g.group(p.Group).Stored || g.handedOn(d.member, -1, p, d.Stamp, d.At))
	})
}

// departed tells whether some member of a pick left after sent was published
// and before d came, so that d may have been under way to it first.
func (g *groups) departed(d *delivered, sent *Message, p Pick) bool {
	for _, m := range g.by {
		qos, in := g.in(m, p, sent.Subject)
		if !in {
			continue
		}
		by := d.At // it may have held the message for long
		if min(qos, sent.QoS) == 0 {
			by = min(by, g.drainedAt(d.Stamp))
		}
		if m.left(sent.Sent, by, -1) {
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

// left tells whether a connection, but for one, or subscription of the member
// began to end before by and may have been there after since.
func (m *membership) left(since, by Tick, except int) bool {
	return m.leftAfter(since, by, Never, except)
}

// leftAfter is left of those alone that may have begun before a moment.
func (m *membership) leftAfter(since, by, begun Tick, except int) bool {
	for i := range m.subs {
		if s := &m.subs[i]; s.Asked < begun && s.Leaving < by && s.Left > since {
			return true
		}
	}
	for c, span := range m.conns {
		if c != except && m.begun(c) < begun && span.Down < by && span.Gone > since {
			return true
		}
	}
	return false
}

// begun is before the server can have taken the member's connection number c for its
// session: that may be long before Up. On its first one it is no member yet.
func (m *membership) begun(c int) Tick {
	if c == 0 {
		return m.conns[0].Up
	}
	return m.conns[c-1].Down
}

// lost tells whether a pick must have a copy. It need not if a member that takes
// copies without acknowledging them died, and either was there when the message
// was handed out and has received nothing later of the same publisher, or got it
// from another member that left. QoS 0 to a stored group may also have met no
// member at all.
func (g *groups) lost(p Pick, stamp Stamp) bool {
	sent, drained := &g.msgs[stamp.Publisher][stamp.Number], g.drainedAt(stamp)
	there := false
	for _, m := range g.by {
		qos, in := g.in(m, p, sent.Subject)
		if !in {
			continue
		}
		for c, span := range m.conns {
			there = there || span.Up < sent.Sent && sent.Acked < span.Down
			if span.Down == Never || span.Gone < sent.Sent || min(qos, sent.QoS) > 0 {
				continue
			}
			later := max(m.tops[topKey{c, stamp.Publisher, 0}], m.tops[topKey{c, stamp.Publisher, 1}]) > stamp.Number+1
			if m.begun(c) < drained && !later || g.handedOn(m, c, p, stamp, span.Gone) {
				return false
			}
		}
	}
	return there || !g.group(p.Group).Stored || sent.QoS > 0
}

// handedOn tells whether a member that left before until may have handed a
// message on to another's connection; -1: to any of that one's, from somebody
// else. One that acknowledges may have held the message for long, another only
// while it was under way.
func (g *groups) handedOn(to *membership, conn int, p Pick, stamp Stamp, until Tick) bool {
	sent := &g.msgs[stamp.Publisher][stamp.Number]
	for _, m := range g.by {
		qos, in := g.in(m, p, sent.Subject)
		if !in || m == to && conn < 0 {
			continue
		}
		by := until
		if min(qos, sent.QoS) == 0 {
			by = min(by, g.drainedAt(stamp))
		}
		except := -1
		if m == to {
			except = conn
		}
		if m.left(sent.Sent, by, except) {
			return true
		}
	}
	return false
}
