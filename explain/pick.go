package explain

import (
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

// A member of another lane is given the message without being asked. When it declines
// there, that lane chooses on, from the next one (hub/redispatch.go). fate follows that.

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
	goes  int       // the member of another lane that declines there; -1: it ends
	why   reason.ID // why nobody has it, when that is counted
}

// chooser chooses for one group.
type chooser struct {
	group *hub.ExplainedGroup
	all   []candidate
	qos   int
}

// fate follows the message from a lane, on each of the ways that it may begin.
func (c *chooser) fate(lane int) fate {
	f := fate{takers: make(map[int]bool)}
	for i, start := range c.group.First(lane) {
		one := c.choose(lane, start)
		if i == 0 {
			f.first = one
		}
		for hops := 0; one.goes >= 0 && hops < hub.MaxHops; hops++ {
			one = c.choose(c.all[one.goes].lane, one.goes+1)
			if one.why == reason.None {
				one.why = reason.GroupMembersGone
			}
		}
		switch {
		case one.taker >= 0:
			f.takers[one.taker] = true
		case one.why != reason.None:
			f.lost = one.why
		}
	}
	if f.first.taker < 0 && f.first.goes < 0 && f.lost == reason.None &&
		(c.group.Unheard || c.qos == 0 && len(c.group.Offline) > 0) {
		f.lost = reason.SessionOffline
	}
	return f
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
			return choice{taker: -1, goes: at}
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
			return choice{taker: -1, goes: at}
		}
	}
	return choice{-1, -1, why}
}
