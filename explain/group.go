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
	g.choose(e, of, told, m)
	a.d.Groups = append(a.d.Groups, g)
	switch g.Fate {
	case hub.FateDelivered.String():
		a.d.Matched++
	case hub.FateStored.String():
		a.d.Stored++
	}
	if isFull(g.Reason) {
		a.d.Full++
	}
}

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
func (g *Group) choose(e *hub.Explanation, of *hub.ExplainedGroup, told descriptions, m *message.Message) {
	full := reason.None
	var eligible []*hub.ExplainedCopy
	order := of.Order
	if order == nil {
		for i := range of.Online {
			order = append(order, i)
		}
	}
	for _, at := range order {
		one := &of.Online[at]
		if one.Fate != hub.FateDelivered || declines(one, told) != reason.None {
			continue
		}
		if why := e.Room(one); why != reason.None {
			full = why
			continue
		}
		eligible = append(eligible, one)
	}
	if len(eligible) > 0 {
		g.Fate = hub.FateDelivered.String()
		if of.Order != nil || len(eligible) == 1 {
			g.pick(e, eligible[0], told)
		}
		return
	}
	if full == reason.None && m.QoS > 0 {
		for i := range of.Offline {
			one := &of.Offline[i]
			if why := e.Room(one); why != reason.None {
				full = why
				continue
			}
			g.Fate = hub.FateStored.String()
			g.pick(e, one, told)
			return
		}
	}
	switch {
	case full != reason.None:
		g.Fate, g.Reason = hub.FateDropped.String(), because(full)
	case of.Unheard || m.QoS == 0 && len(of.Offline) > 0:
		g.Fate, g.Reason = hub.FateDropped.String(), because(reason.SessionOffline)
	default:
		g.Fate = hub.FateOwn.String()
	}
}

func (g *Group) pick(e *hub.Explanation, one *hub.ExplainedCopy, told descriptions) {
	e.Take(one)
	g.Pick = told[one.Refs[0]].Client
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
