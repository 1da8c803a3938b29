package explain

import (
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// group tells who of a group gets the message, as the hub would find out by asking
// one after the other.
func (a *asking) group(e *hub.Explanation, of *hub.ExplainedGroup, told descriptions, m *message.Message) {
	g := Group{Name: of.Name, Kind: kindOf(of), Strategy: a.Hub.Strategy().String()}
	for _, list := range [][]hub.ExplainedCopy{of.Online, of.Offline} {
		for i := range list {
			if len(g.Members) == a.Limit {
				g.More += len(list) - i
				break
			}
			one := list[i]
			if why := e.Room(&one); why != reason.None && one.Fate != hub.FateOwn {
				one.Fate, one.Why = hub.FateDropped, why
			}
			g.Members = append(g.Members, a.copy(&one, told))
		}
	}
	a.choose(&g, e, of, told, m)
	a.d.Groups = append(a.d.Groups, g)
}

// The words of documents for what becomes of a copy: those of the hub, and that of a
// member that would take the message if it were chosen.
var (
	fateDelivered = hub.FateDelivered.String()
	fateStored    = hub.FateStored.String()
	fateOwn       = hub.FateOwn.String()
	fateDropped   = hub.FateDropped.String()
	fateEligible  = "eligible"
)

// kindOf tells which protocols have members.
func kindOf(e *hub.ExplainedGroup) string {
	mqtt, nats := false, false
	for _, list := range [][]hub.ExplainedCopy{e.Online, e.Offline} {
		for i := range list {
			if list[i].Refs[0].Flags&hub.FlagMQTT != 0 {
				mqtt = true
			} else {
				nats = true
			}
		}
	}
	switch {
	case mqtt && nats:
		return "share and queue"
	case nats:
		return "queue"
	}
	return "share"
}

// choose finds the member, or why there is none.
func (a *asking) choose(g *Group, e *hub.Explanation, of *hub.ExplainedGroup, told descriptions, m *message.Message) {
	c := chooser{group: of, qos: int(m.QoS)}
	var all []*hub.ExplainedCopy
	for _, list := range [][]hub.ExplainedCopy{of.Online, of.Offline} {
		for i := range list {
			one := &list[i]
			all = append(all, one)
			c.all = append(c.all, candidate{
				lane:     int(one.Refs[0].Lane),
				own:      one.Fate == hub.FateOwn,
				full:     e.Room(one),
				declines: declines(one, told) != reason.None,
			})
		}
	}
	f := c.fate(a.lane)
	g.outcome(a.d, f, len(of.Online))
	for i := range g.Members {
		if one := &g.Members[i]; !f.takers[i] && (one.Fate == fateDelivered || one.Fate == fateStored) {
			one.Fate = fateEligible
		}
	}
	sole := len(f.takers) == 1 && f.lost == reason.None
	lossy := 0
	for at := range f.takers {
		d := told[all[at].Refs[0]]
		if sole {
			e.Take(all[at])
			g.Pick = d.Client
		}
		if d.Why != reason.None { // it is taken, and lost there
			g.Reason = because(d.Why)
			lossy++
		}
	}
	if lossy > 0 && lossy == len(f.takers) {
		g.Fate = fateDropped
	}
}

// outcome notes what becomes of the message, and counts what a publisher is told:
// one that is given to a member of another lane has matched, whatever becomes of it.
func (g *Group) outcome(d *Document, f fate, online int) {
	g.Reason, g.Fate = because(f.lost), fateDropped
	switch {
	case f.first.taker >= online:
		d.Stored++
	case f.first.taker >= 0 || f.first.goes >= 0:
		d.Matched++
	case f.lost == reason.None:
		g.Fate = fateOwn
	}
	if isFull(because(f.first.why)) {
		d.Full++
	}
	for at := range f.takers {
		if at < online {
			g.Fate = fateDelivered
			break
		}
		g.Fate = fateStored
	}
}

// declines is why a member would pass the message on to another. What is too large
// for a client with QoS above 0 is accepted first, and dropped when it is to be sent.
func declines(one *hub.ExplainedCopy, told descriptions) reason.ID {
	why := told[one.Refs[0]].Why
	if why == reason.ClientPacketLimit && one.QoS > 0 {
		return reason.None
	}
	return why
}

// isFull tells whether a reason is one that an acknowledgement calls quota exceeded.
func isFull(why *Reason) bool {
	return why != nil && (why.Name == reason.Of(reason.QueueFull).Name || why.Name == reason.Of(reason.StoredFull).Name)
}
