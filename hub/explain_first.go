package hub

import "slices"

// MaxHops bounds how often a group message goes on to another lane.
const MaxHops = maxHops

// First returns the places in Online with which a choice on a lane may begin, after
// so many choices for the same message: those that Lane.first may return. One, unless
// chance decides, or who publishes and is not known.
func (e *ExplainedGroup) First(lane int, choices uint64) []int {
	n := len(e.of.online)
	if n == 0 || n == 1 && e.strategy != Sticky {
		return []int{0}
	}
	switch e.strategy {
	case RoundRobin:
		return []int{int((e.turn + choices) % uint64(n))}
	case Sticky:
		if at := e.agreed(); at >= 0 {
			return []int{at}
		}
	case Local:
		var here []int
		for i := range e.of.online {
			if int(e.of.online[i].ref.Lane) == lane {
				here = append(here, i)
			}
		}
		if here != nil && e.from != (Sender{}) {
			return here
		}
	case HashTopic:
		return []int{e.of.byTopic}
	case HashPublisher:
		if e.from != (Sender{}) {
			return []int{e.of.rendezvous(mix(uint64(e.from.Lane)<<32 | uint64(e.from.Owner)))}
		}
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Worlds are the group as it may be once the message has been published: with
// strategy Sticky, when the members have not agreed on one yet, one for each of them.
func (e *ExplainedGroup) Worlds() []*ExplainedGroup {
	if e.strategy != Sticky || len(e.of.online) == 0 || e.agreed() >= 0 {
		return []*ExplainedGroup{e}
	}
	var list []*ExplainedGroup
	for i := range e.of.online {
		one := *e
		one.turn = stickyMark(&e.of.online[i].ref)
		list = append(list, &one)
	}
	return list
}

// agreed returns the place of the member that the group has agreed on; -1: none.
func (e *ExplainedGroup) agreed() int {
	return slices.IndexFunc(e.of.online, func(m member) bool { return stickyMark(&m.ref) == e.turn })
}
