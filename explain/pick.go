package explain

import (
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

// A member of another lane is given the message without being asked. When it declines
// there, that lane chooses anew (hub/redispatch.go), and so on. candidates and fate
// follow all ways that this may take.

// candidate is a member of a group as the lane that chooses sees it.
type candidate struct {
	lane     int
	own      bool      // the publisher's, who does not want it
	full     reason.ID // why it has no room; None: it has
	declines bool      // it would not take the message, so another gets it
}

// fate is what may become of a group message.
type fate struct {
	takers map[int]bool // places of candidates that may take it, connected ones first
	lost   reason.ID    // why it may be lost; None: it cannot, or nothing is counted
	first  choice       // what comes of the first choice
}

// choice is what comes of choosing once, on one lane.
type choice struct {
	taker int       // -1: nobody
	goes  int       // the lane on which the choice goes on; -1: it ends
	why   reason.ID // why nobody has it, when that is counted
}

// chooser chooses for one group.
type chooser struct {
	group *hub.ExplainedGroup
	all   []candidate
	qos   int
	lanes int
}

// fate follows the message from a lane.
func (c *chooser) fate(lane int) fate {
	f := fate{takers: make(map[int]bool)}
	for _, g := range c.group.Worlds() {
		c.follow(g, lane, &f)
	}
	if f.first.taker < 0 && f.first.goes < 0 && f.lost == reason.None &&
		(c.group.Unheard || c.qos == 0 && len(c.group.Offline) > 0) {
		f.lost = reason.SessionOffline
	}
	return f
}

// follow goes from lane to lane, as long as members of the next one decline.
func (c *chooser) follow(g *hub.ExplainedGroup, lane int, f *fate) {
	from := make([][]int, c.lanes)   // the lanes from which the choice goes on at a lane
	settled := make([]bool, c.lanes) // there it may end
	seen := make([]bool, c.lanes)
	seen[lane] = true
	at, choices := []int{lane}, uint64(0)
	for ; len(at) > 0 && choices <= hub.MaxHops; choices++ {
		here := at[0]
		at = at[1:]
		starts := g.First(here, choices)
		for i, start := range starts {
			one := c.choose(here, start)
			if choices == 0 && i == 0 {
				f.first = one
			}
			if one.goes < 0 {
				settled[here] = true
				switch {
				case one.taker >= 0:
					f.takers[one.taker] = true
				case choices > 0 && one.why == reason.None:
					f.lost = reason.GroupMembersGone
				default:
					f.lost = one.why
				}
				continue
			}
			from[one.goes] = append(from[one.goes], here)
			if len(starts) == 1 || !seen[one.goes] {
				seen[one.goes] = true
				at = append(at, one.goes)
			}
		}
	}
	if len(at) > 0 || endless(seen, settled, from) {
		f.lost = reason.GroupMembersGone
	}
}

// choose is hub's pickFor on a lane, beginning with one member.
func (c *chooser) choose(lane, start int) choice {
	n, why := len(c.group.Online), reason.None
	for i := range n {
		at := (start + i) % n
		switch one := &c.all[at]; {
		case one.own:
		case one.full != reason.None:
			why = one.full
		case !one.declines:
			return choice{taker: at, goes: -1}
		case one.lane != lane:
			return choice{taker: -1, goes: one.lane}
		}
	}
	if why != reason.None || c.qos == 0 {
		return choice{-1, -1, why}
	}
	return c.away(lane, n)
}

// away goes on with the members that are not connected.
func (c *chooser) away(lane, at int) choice {
	why := reason.None
	for ; at < len(c.all); at++ {
		switch one := &c.all[at]; {
		case one.full != reason.None:
			why = one.full
		case !one.declines:
			return choice{taker: at, goes: -1}
		case one.lane != lane:
			return choice{taker: -1, goes: one.lane}
		}
	}
	return choice{-1, -1, why}
}

// endless tells whether the choice may come to a lane from which it goes on for ever.
func endless(seen, settled []bool, from [][]int) bool {
	var ends []int
	for lane, well := range settled {
		if well {
			ends = append(ends, lane)
		}
	}
	for len(ends) > 0 {
		for _, lane := range from[ends[0]] {
			if !settled[lane] {
				settled[lane] = true
				ends = append(ends, lane)
			}
		}
		ends = ends[1:]
	}
	for lane := range seen {
		if seen[lane] && !settled[lane] {
			return true
		}
	}
	return false
}
