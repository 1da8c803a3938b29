package trie

import "strings"

// node is one step of a path-compressed trie.
//
// Invariant: a node has subscriptions or at least two children. Only the top of a
// trie may have an empty label. A label is a string of its own, so that it keeps
// no longer pattern alive.
type node struct {
	label string // the levels since the parent
	end   terminal
	kids  *kids // nil if none
}

// leaf returns a new node for the path rest. It copies rest.
func leaf(rest string, f Filter, g Group, r Ref) *node {
	n := &node{label: strings.Clone(rest)}
	n.end.add(f, g, r)
	return n
}

// vacant reports whether n holds nothing any more.
func (n *node) vacant() bool { return n.end.empty() && n.kids == nil }

// add indexes r at the path rest, n being the top of a trie. It reports whether r
// was not there yet, and how many nodes it made.
func (n *node) add(rest string, f Filter, g Group, r Ref) (grown int, ok bool) {
	var parent *node
	for {
		c := common(n.label, rest)
		if c < len(n.label) {
			n.split(c)
			grown++
			if parent != nil {
				parent.kids.rekey(n)
			}
		}
		rest = rest[c:]
		if rest == "" {
			return grown, n.end.add(f, g, r)
		}
		next := n.kids.child(head(rest))
		if next == nil {
			if n.kids == nil {
				n.kids = new(kids)
			}
			n.kids.put(leaf(rest, f, g, r))
			return grown + 1, true
		}
		parent, n = n, next
	}
}

// remove takes r out at the path rest, n being the top of a trie. It reports
// whether r was there, and how many nodes are gone. The top stays, but may be
// vacant.
func (n *node) remove(rest string, tail Tail, g Group, r Ref) (shrunk int, ok bool) {
	at, parent := n.find(rest)
	if at == nil || !at.end.remove(tail, g, r) {
		return 0, false
	}
	if !at.end.empty() {
		return 0, true
	}
	if at.kids != nil {
		return at.fold(), true
	}
	if parent == nil {
		return 0, true
	}
	parent.kids.drop(head(at.label))
	if parent.kids.count() == 0 {
		parent.kids = nil
	}
	if !parent.end.empty() {
		return 1, true
	}
	return 1 + parent.fold(), true
}

// find returns the node at the path rest and its parent, or nil.
func (n *node) find(rest string) (at, parent *node) {
	for n != nil {
		if !strings.HasPrefix(rest, n.label) {
			return nil, nil
		}
		rest = rest[len(n.label):]
		if rest == "" {
			return n, parent
		}
		if rest[0] != '.' {
			return nil, nil
		}
		parent, n = n, n.kids.child(head(rest))
	}
	return nil, nil
}

// split cuts the label of n at c. What n was becomes its only child.
func (n *node) split(c int) {
	lower := &node{label: strings.Clone(n.label[c:]), end: n.end, kids: n.kids}
	*n = node{label: strings.Clone(n.label[:c]), kids: new(kids)}
	n.kids.put(lower)
}

// fold makes n, without subscriptions of its own, one with its child if there is
// only one, and returns the number of nodes that are gone.
func (n *node) fold() int {
	only := n.kids.only()
	if only == nil {
		return 0
	}
	*n = node{label: n.label + only.label, end: only.end, kids: only.kids}
	return 1
}
