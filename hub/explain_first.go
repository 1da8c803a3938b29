package hub

import "slices"

// MaxHops bounds how often a group message goes on to another lane.
const MaxHops = maxHops

// First returns the places in Online with which the choice may begin on a lane: those
// that Lane.first may return. One, unless chance decides, or who publishes and is not
// known.
func (e *ExplainedGroup) First(lane int) []int {
	n := len(e.of.online)
	if n == 0 || n == 1 && e.strategy != Sticky {
		return []int{0}
	}
	switch e.strategy {
	case RoundRobin:
		return []int{int(e.turn % uint64(n))}
	case Sticky:
		agreed := func(m member) bool { return stickyMark(&m.ref) == e.turn }
		if at := slices.IndexFunc(e.of.online, agreed); at >= 0 {
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
