package hub

import (
	"slices"

	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/reason"
)

// pick is the choice of one group, connected members first.
type pick struct {
	group      *group
	to         *explain.Group
	candidates []candidate
	turn       uint64 // of the group, when its members were looked up
}

// candidate is a member of a group.
type candidate struct {
	lane     int
	quota    *Quota
	own      bool          // the publisher's, who does not want it
	reserves bool          // it is given a copy of QoS 1 or 2, which needs room
	to       *explain.Copy // nil: it was not asked
}

// takes tells whether Deliver would take the message.
func (c *candidate) takes() bool { return c.to == nil || !c.to.Declines }

// attempt is what comes of one pickFor.
type attempt struct {
	taker int       // who has it; -1: nobody
	goes  int       // the lane on which the choice goes on, since its member there declines; -1: it ends
	why   reason.ID // why nobody has it, when it is to be counted
}

// pick finds out who may get the message: as pickFor chooses, and redispatch when
// the member of another lane declines. It counts what is lost.
func (x *explanation) pick(p *pick, known map[string]int) {
	full := make([]reason.ID, len(p.candidates))
	for i := range p.candidates {
		if c := &p.candidates[i]; c.reserves {
			full[i] = x.hub.lanes[x.lane].Room(c.quota, Cost(&x.m), x.besides[c.quota])
		}
	}
	f := x.fate(p, full)
	o := &x.to.Outcome
	switch {
	case f.first.taker >= len(p.group.online):
		o.Stored++
	case f.first.taker >= 0 || f.first.goes >= 0:
		o.Matched++
	case f.first.why == reason.QueueFull || f.first.why == reason.StoredFull:
		o.Full++
	}
	for i := range p.candidates {
		c := &p.candidates[i]
		if c.to == nil || c.own {
			continue
		}
		switch {
		case full[i] != reason.None:
			c.to.Verdict, c.to.Reason = explain.Dropped, reason.Of(full[i]).Name
		case f.takers[i]:
			p.to.Next = append(p.to.Next, i)
		case !c.to.Declines:
			c.to.Verdict, c.to.Reason = explain.Eligible, ""
		}
	}
	if f.lost != reason.None {
		p.to.Reason = reason.Of(f.lost).Name
	}
	if len(f.takers) == 0 {
		p.to.Verdict = explain.Dropped
		if f.lost != reason.None {
			known[p.to.Reason]++
		}
		return
	}
	p.to.Verdict = explain.Delivered
	if f.first.taker >= len(p.group.online) {
		p.to.Verdict = explain.Stored
	}
	if f.lost == reason.None && len(f.takers) == 1 && len(p.to.Next) == 1 {
		x.chosen(p, &p.candidates[p.to.Next[0]], known)
	}
}

// chosen looks at what becomes of the message when there is no choice: it takes
// room, and it may be lost where it was taken.
func (x *explanation) chosen(p *pick, c *candidate, known map[string]int) {
	count(known, c.to)
	if c.to.Verdict == explain.Dropped {
		p.to.Verdict, p.to.Reason = c.to.Verdict, c.to.Reason
	}
	if c.reserves {
		x.besides[c.quota]++
		if c.lane == x.lane {
			x.giveBack(c.quota, c.to)
		}
	}
}

// fate is what may become of a group message.
type fate struct {
	takers map[int]bool // candidates that may have it
	lost   reason.ID    // why it may be lost; None: it cannot, or nothing is counted
	first  attempt      // what comes of the first choice
}

// fate follows all ways that the message may take: where the strategy leaves
// nothing open there is one.
func (x *explanation) fate(p *pick, full []reason.ID) fate {
	f := fate{takers: make(map[int]bool)}
	if n := len(p.group.online); x.hub.strategy == Sticky && n > 0 && p.sticky() < 0 {
		// The first choice, whichever it is, stays.
		for at := range n {
			p.turn = stickyMark(&p.group.online[at].ref)
			x.follow(p, full, &f)
		}
	} else {
		x.follow(p, full, &f)
	}
	if f.first.taker < 0 && f.first.goes < 0 && f.lost == reason.None && p.group.unheardOf(&x.m) {
		f.lost = reason.SessionOffline
	}
	return f
}

// follow goes from lane to lane, as long as members of the next one decline.
func (x *explanation) follow(p *pick, full []reason.ID, f *fate) {
	n := len(x.hub.lanes)
	from := make([][]int, n) // the lanes from which the choice goes on at a lane
	saves := make([]bool, n) // at that lane it may end well
	seen := make([]bool, n)
	seen[x.lane] = true
	at, calls := []int{x.lane}, uint64(0)
	for ; len(at) > 0 && calls <= maxHops; calls++ {
		lane := at[0]
		at = at[1:]
		starts := x.starts(p, lane, calls)
		for i, start := range starts {
			a := x.attempt(p, full, lane, start)
			if calls == 0 && i == 0 {
				f.first = a
			}
			switch {
			case a.taker >= 0:
				f.takers[a.taker] = true
				saves[lane] = true
				continue
			case a.goes < 0:
				saves[lane] = true // it ends here: there is nothing to look for
				if f.lost = a.why; calls > 0 && a.why == reason.None {
					f.lost = reason.GroupMembersGone
				}
				continue
			}
			from[a.goes] = append(from[a.goes], lane)
			if len(starts) == 1 || !seen[a.goes] {
				seen[a.goes] = true
				at = append(at, a.goes)
			}
		}
	}
	if len(at) > 0 || endless(seen, saves, from) {
		f.lost = reason.GroupMembersGone
	}
}

// endless tells whether the choice may come to a lane from which it goes on for
// ever.
func endless(seen, saves []bool, from [][]int) bool {
	var ends []int
	for lane, well := range saves {
		if well {
			ends = append(ends, lane)
		}
	}
	for len(ends) > 0 {
		for _, lane := range from[ends[0]] {
			if !saves[lane] {
				saves[lane] = true
				ends = append(ends, lane)
			}
		}
		ends = ends[1:]
	}
	for lane := range seen {
		if seen[lane] && !saves[lane] {
			return true
		}
	}
	return false
}

// sticky returns the place of the member that the group has agreed on; -1: none.
func (p *pick) sticky() int {
	return slices.IndexFunc(p.group.online, func(m member) bool { return stickyMark(&m.ref) == p.turn })
}

// attempt is pickFor on a lane that begins with one member.
func (x *explanation) attempt(p *pick, full []reason.ID, lane, start int) attempt {
	n, why := len(p.group.online), reason.None
	for i := range n {
		at := (start + i) % n
		c := &p.candidates[at]
		switch {
		case c.own:
		case full[at] != reason.None:
			why = full[at]
		case c.takes():
			return attempt{taker: at, goes: -1}
		case c.lane != lane:
			return attempt{taker: -1, goes: c.lane}
		}
	}
	if why != reason.None || x.m.QoS == 0 {
		return attempt{-1, -1, why}
	}
	for at := n; at < len(p.candidates); at++ {
		switch c := &p.candidates[at]; {
		case full[at] != reason.None:
			why = full[at]
		case c.takes():
			return attempt{taker: at, goes: -1}
		case c.lane != lane:
			return attempt{taker: -1, goes: c.lane}
		}
	}
	return attempt{-1, -1, why}
}

// starts returns the members with which pickFor may begin on a lane, after so
// many calls of it for this message: those that Lane.first may return.
func (x *explanation) starts(p *pick, lane int, calls uint64) []int {
	g := p.group
	n := len(g.online)
	all := func() []int {
		list := make([]int, n)
		for i := range list {
			list[i] = i
		}
		return list
	}
	strategy := x.hub.strategy
	if n == 0 || n == 1 && strategy != Sticky {
		return []int{0}
	}
	switch strategy {
	case Sticky:
		return []int{p.sticky()} // fate has seen to it that there is one
	case RoundRobin:
		return []int{int((p.turn + calls) % uint64(n))}
	case Local:
		if x.of.Anyone {
			return all()
		}
		var list []int
		for i := range g.online {
			if int(g.online[i].ref.Lane) == lane {
				list = append(list, i)
			}
		}
		if list != nil {
			return list
		}
	case HashTopic:
		return []int{g.byTopic}
	case HashPublisher:
		if !x.of.Anyone {
			return []int{g.rendezvous(mix(uint64(x.of.From.Lane)<<32 | uint64(x.of.From.Owner)))}
		}
	}
	return all()
}
