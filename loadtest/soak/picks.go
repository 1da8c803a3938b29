package soak

import (
	"fmt"
	"slices"
)

// Group is one group name with all that makes it up. In a round this stands
// still; only members come and go.
type Group struct {
	Name   string
	Shares []Filter // MQTT: the filters of $share/Name/...
	Queues []Filter // NATS: the subjects of SUB ... Name
	// Assured: its members are MQTT sessions that take QoS 1, so QoS 1 is never
	// lost.
	Assured bool
	// Stored: all of them may be without a connection. In other groups some member
	// of each filter is always connected.
	Stored bool
}

// Pick is one choice of a member that a message takes.
type Pick struct {
	Group string
	Share int  // index into the group's Shares; -1: NATS members only
	NATS  bool // NATS members take part in it
}

func (p Pick) String() string {
	return fmt.Sprintf("%s/share %d/NATS %v", p.Group, p.Share, p.NATS)
}

// Picks is the rule of groups across protocols for one subject:
// F are the shares that match, N the NATS members that match, whatever their
// subjects. No F: one pick in N. Otherwise one pick for each share, and N takes
// part in one of them: the first in byte order among those whose filter is that
// of a matching NATS subject, else the first in byte order of all.
func (g *Group) Picks(subject string) (picks []Pick) {
	var queues []Filter
	for _, q := range g.Queues {
		if q.Matches(subject) {
			queues = append(queues, q)
		}
	}
	joined, joinedSame := -1, false
	for i, f := range g.Shares {
		if !f.Matches(subject) {
			continue
		}
		picks = append(picks, Pick{Group: g.Name, Share: i})
		same := slices.ContainsFunc(queues, f.Same)
		if joined < 0 || same && !joinedSame || same == joinedSame && f.Compare(g.Shares[picks[joined].Share]) < 0 {
			joined, joinedSame = len(picks)-1, same
		}
	}
	switch {
	case len(queues) == 0:
	case len(picks) == 0:
		picks = append(picks, Pick{Group: g.Name, Share: -1, NATS: true})
	default:
		picks[joined].NATS = true
	}
	return picks
}
