package trie

import (
	"strings"
	"sync/atomic"
)

// set holds the subscriptions of one filter when they are several, or grouped.
type set struct {
	next   *set // of another tail of the same pattern
	tail   Tail
	plain  bag[Ref, Ref]
	groups bag[Group, *members]
}

// members is one group of one filter. It is never empty.
type members struct {
	group  Group
	filter Filter
	refs   bag[Ref, Ref]
	turn   atomic.Uint64 // GroupMatch.Turn
}

func (m *members) key() Group { return m.group }

func (s *set) empty() bool { return len(s.plain.list) == 0 && len(s.groups.list) == 0 }

// lone reports whether one plain subscription is all there is.
func (s *set) lone() bool { return len(s.plain.list) == 1 && len(s.groups.list) == 0 }

// refs returns the refs of g, or nil if there is no such group. The result is
// valid until the set changes.
func (s *set) refs(g Group) *bag[Ref, Ref] {
	if g.Kind == GroupNone {
		return &s.plain
	}
	if i := s.groups.find(g); i >= 0 {
		return &s.groups.list[i].refs
	}
	return nil
}

// add reports whether r was not there yet. It copies the strings of a new group.
func (s *set) add(f Filter, g Group, r Ref) bool {
	refs := s.refs(g)
	if refs == nil {
		m := &members{
			group:  Group{Kind: g.Kind, Name: strings.Clone(g.Name)},
			filter: Filter{Pattern: strings.Clone(f.Pattern), Tail: f.Tail},
		}
		s.groups.add(m)
		refs = &m.refs
	}
	if refs.find(r) >= 0 {
		return false
	}
	refs.add(r)
	return true
}

// remove reports whether r was there.
func (s *set) remove(g Group, r Ref) bool {
	refs := s.refs(g)
	if refs == nil {
		return false
	}
	i := refs.find(r)
	if i < 0 {
		return false
	}
	refs.remove(i)
	if g.Kind != GroupNone && len(refs.list) == 0 {
		s.groups.remove(s.groups.find(g))
	}
	return true
}

func (s *set) collect(guarded uint32, m *Matches) {
	m.Plain = collect(m.Plain, s.plain.list, guarded)
	for _, g := range s.groups.list {
		from := len(m.members)
		m.members = collect(m.members, g.refs.list, guarded)
		to := len(m.members)
		if from == to {
			continue
		}
		m.Groups = append(m.Groups, GroupMatch{
			Kind:    g.group.Kind,
			Name:    g.group.Name,
			Filter:  g.filter,
			Turn:    &g.turn,
			Members: m.members[from:to:to],
		})
	}
}
