package trie

import (
	"cmp"
	"slices"
	"strings"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// scan is the oracle: a list that is read from end to end, and a matcher that
// compares level by level. It shares no code with the trie.
type scan struct{ subs []sub }

type sub struct {
	f Filter
	g Group
	r Ref
}

func (s *scan) index(x sub) int { return slices.Index(s.subs, x) }

func (s *scan) add(x sub) bool {
	if s.index(x) >= 0 {
		return false
	}
	s.subs = append(s.subs, x)
	return true
}

func (s *scan) remove(x sub) bool {
	i := s.index(x)
	if i < 0 {
		return false
	}
	s.subs = slices.Delete(s.subs, i, i+1)
	return true
}

func (s *scan) replace(x sub, r Ref) bool {
	if !s.remove(x) {
		return false
	}
	x.r = r
	s.add(x)
	return true
}

// fataler is what *testing.T, *testing.B and *rapid.T have in common here.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// found is a result in an order that can be compared.
type found struct {
	Plain  []Ref
	Groups map[groupKey][]Ref
}

type groupKey struct {
	Kind   GroupKind
	Name   string
	Filter Filter
}

func (s *scan) match(subject string, guarded uint32) found {
	out := found{Groups: map[groupKey][]Ref{}}
	for _, x := range s.subs {
		if !reaches(x.f, subject) || hidden(x.r.Opens, guarded) {
			continue
		}
		if x.g.Kind == GroupNone {
			out.Plain = append(out.Plain, x.r)
			continue
		}
		k := groupKey{x.g.Kind, x.g.Name, x.f}
		out.Groups[k] = append(out.Groups[k], x.r)
	}
	out.sort()
	return out
}

func hidden(opens, guarded uint32) bool {
	for k := range 32 {
		if opens>>k&1 == 1 && guarded>>k&1 == 1 {
			return true
		}
	}
	return false
}

func reaches(f Filter, subject string) bool {
	want, have := split(f.Pattern), split(subject)
	switch f.Tail {
	case TailNone:
		if len(have) != len(want) {
			return false
		}
	case TailOneOrMore:
		if len(have) <= len(want) {
			return false
		}
	case TailZeroOrMore:
		if len(have) < len(want) {
			return false
		}
	}
	for i, w := range want {
		if w != "*" && w != have[i] {
			return false
		}
	}
	return true
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ".")
}

func (f *found) sort() {
	order := func(a, b Ref) int {
		return cmp.Or(cmp.Compare(a.Slot, b.Slot), cmp.Compare(a.Gen, b.Gen),
			cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Opens, b.Opens),
			cmp.Compare(a.Flags, b.Flags), cmp.Compare(a.Lane, b.Lane))
	}
	slices.SortFunc(f.Plain, order)
	for _, m := range f.Groups {
		slices.SortFunc(m, order)
	}
}

// resultOf copies m; it fails if a group appears twice or without members.
func resultOf(t fataler, m *Matches) found {
	t.Helper()
	out := found{Plain: slices.Clone(m.Plain), Groups: map[groupKey][]Ref{}}
	for _, g := range m.Groups {
		k := groupKey{g.Kind, g.Name, g.Filter}
		if _, ok := out.Groups[k]; ok {
			t.Fatalf("group %+v is reported twice", k)
		}
		if len(g.Members) == 0 {
			t.Fatalf("group %+v has no members", k)
		}
		out.Groups[k] = slices.Clone(g.Members)
	}
	out.sort()
	return out
}

func diff(want, got found) string {
	return gocmp.Diff(want, got, cmpopts.EquateEmpty())
}

// checkShape fails if the trie has nodes that it should not have, or counts wrong.
func checkShape(t fataler, tr *Trie) {
	t.Helper()
	total := 0
	for i := range tr.exact {
		n := 0
		names := &tr.exact[i].names
		for k := range names.entries {
			e := &names.entries[k]
			text := e.name.text()
			if e.end.empty() || e.end.tail != TailNone {
				t.Fatalf("exact %q: bad terminal", text)
			}
			if at, _ := names.find(slotHash(hashOf(text)), text); at != k {
				t.Fatalf("exact %q: found at %d, is at %d", text, at, k)
			}
			n += countTerminal(t, &e.end)
		}
		if got := int(tr.exact[i].subscriptions.Load()); got != n {
			t.Fatalf("exact shard %d counts %d of %d", i, got, n)
		}
		total += n + checkWild(t, &tr.wild[i])
	}
	total += checkWild(t, &tr.root)
	if got := tr.Len(); got != total {
		t.Fatalf("Len is %d, want %d", got, total)
	}
	if got := tr.Stats().Subscriptions; got != total {
		t.Fatalf("Stats counts %d, want %d", got, total)
	}
}

func checkWild(t fataler, s *wildShard) int {
	t.Helper()
	nodes, subs := 0, 0
	for _, top := range s.prefixes.m {
		n, k := checkNode(t, top, true)
		nodes, subs = nodes+n, subs+k
	}
	if nodes != s.nodes || subs != int(s.subscriptions.Load()) {
		t.Fatalf("shard counts %d nodes, %d subs; has %d, %d",
			s.nodes, s.subscriptions.Load(), nodes, subs)
	}
	return subs
}

func checkNode(t fataler, n *node, top bool) (nodes, subs int) {
	t.Helper()
	if n.label == "" && !top || n.label != "" && n.label[0] != '.' {
		t.Fatalf("bad label %q", n.label)
	}
	nodes, subs = 1, countTerminal(t, &n.end)
	var below []*node
	if k := n.kids; k != nil {
		if k.count() == 0 {
			t.Fatalf("node %q has no children but kids", n.label)
		}
		if k.star != nil {
			below = append(below, k.star)
		}
		below = append(below, k.list...)
		for level, kid := range k.names.m {
			if level != head(kid.label) {
				t.Fatalf("child %q under the key %q", kid.label, level)
			}
			below = append(below, kid)
		}
	}
	if n.end.empty() && len(below) < 2 {
		t.Fatalf("node %q has nothing and %d children", n.label, len(below))
	}
	for _, kid := range below {
		a, b := checkNode(t, kid, false)
		nodes, subs = nodes+a, subs+b
	}
	return nodes, subs
}

func countTerminal(t fataler, e *terminal) int {
	t.Helper()
	if e.single {
		if e.sets != nil {
			t.Fatal("a single terminal has sets")
		}
		return 1
	}
	n := 0
	for s := e.sets; s != nil; s = s.next {
		if s.empty() || s.lone() && s.next == nil && e.sets == s {
			t.Fatal("a set should not exist")
		}
		n += len(s.plain.list)
		for _, g := range s.groups.list {
			if len(g.refs.list) == 0 {
				t.Fatalf("group %+v is empty", g.group)
			}
			n += len(g.refs.list)
		}
	}
	return n
}
