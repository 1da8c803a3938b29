package explain

import (
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// group tells who of a group gets the message, as the hub would find out by asking
// one after the other.
func (a *asking) group(e *hub.ExplainedGroup, told descriptions, m *message.Message) {
	g := Group{Name: e.Name, Kind: kindOf(e), Strategy: a.Hub.Strategy().String()}
	g.choose(e, told, m)
	for _, list := range [][]hub.ExplainedCopy{e.Online, e.Offline} {
		for i := range list {
			if len(g.Members) < a.Limit {
				g.Members = append(g.Members, a.copy(&list[i], told))
			} else {
				g.More++
			}
		}
	}
	switch g.Fate {
	case hub.FateDelivered.String():
		a.d.Matched++
	case hub.FateStored.String():
		a.d.Stored++
	case hub.FateDropped.String():
		if isFull(g.Reason) {
			a.d.Full++
		}
	}
	a.d.Groups = append(a.d.Groups, g)
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
func (g *Group) choose(e *hub.ExplainedGroup, told descriptions, m *message.Message) {
	full := reason.None
	var eligible []*hub.ExplainedCopy
	order := e.Order
	if order == nil {
		for i := range e.Online {
			order = append(order, i)
		}
	}
	for _, at := range order {
		one := &e.Online[at]
		switch {
		case one.Fate == hub.FateDelivered && declines(one, told) == reason.None:
			eligible = append(eligible, one)
		case one.Why != reason.None:
			full = one.Why
		}
	}
	if len(eligible) > 0 {
		g.Fate = hub.FateDelivered.String()
		if e.Order != nil || len(eligible) == 1 {
			g.Pick = told[eligible[0].Refs[0]].Client
		}
		return
	}
	if full == reason.None && m.QoS > 0 {
		for i := range e.Offline {
			one := &e.Offline[i]
			switch {
			case one.Fate == hub.FateStored:
				g.Fate, g.Pick = hub.FateStored.String(), told[one.Refs[0]].Client
				return
			case one.Why != reason.None:
				full = one.Why
			}
		}
	}
	switch {
	case full != reason.None:
		g.Fate, g.Reason = hub.FateDropped.String(), because(full)
	case len(e.Offline) > 0 || e.Unheard:
		g.Fate, g.Reason = hub.FateDropped.String(), because(reason.SessionOffline)
	default:
		g.Fate = hub.FateOwn.String()
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
