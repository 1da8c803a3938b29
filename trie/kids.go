package trie

const (
	// listMost: more literal children than this are found by hash.
	listMost = 8
	// listAgain: at this number they go back into the list.
	listAgain = 4
)

// kids are the children of a node, told apart by the first level of their label.
type kids struct {
	star  *node
	list  []*node      // the literal ones, while they are few
	names table[*node] // or else these; a key aliases the label, or what it was before a fold
}

// child returns the child for the first level of a pattern's path. k may be nil.
func (k *kids) child(level string) *node {
	switch {
	case k == nil:
		return nil
	case level == "*":
		return k.star
	}
	return k.literal(level)
}

// literal returns the child for a level of a subject, other than the "*" child.
func (k *kids) literal(level string) *node {
	if k.names.m != nil {
		n, _ := k.names.get(level)
		return n
	}
	for _, n := range k.list {
		if heads(level, n.label) {
			return n
		}
	}
	return nil
}

// put adds a child whose first level is new here.
func (k *kids) put(n *node) {
	level := head(n.label)
	switch {
	case level == "*":
		k.star = n
	case k.names.m != nil:
		k.names.put(level, n)
	case len(k.list) < listMost:
		k.list = append(k.list, n)
	default:
		for _, n := range k.list {
			k.names.put(head(n.label), n)
		}
		k.list = nil
		k.names.put(level, n)
	}
}

// rekey follows the child n when its label has become shorter: its key must not
// keep the old one alive.
func (k *kids) rekey(n *node) {
	level := head(n.label)
	if k.names.m != nil && level != "*" {
		delete(k.names.m, level)
		k.names.put(level, n)
	}
}

// drop removes the child with this first level.
func (k *kids) drop(level string) {
	if level == "*" {
		k.star = nil
		return
	}
	if k.names.m == nil {
		for i, n := range k.list {
			if heads(level, n.label) {
				last := len(k.list) - 1
				k.list[i] = k.list[last]
				k.list[last] = nil
				k.list = k.list[:last]
				return
			}
		}
		return
	}
	k.names.drop(level)
	if k.names.len() <= listAgain {
		for _, n := range k.names.m {
			k.list = append(k.list, n)
		}
		k.names = table[*node]{}
	}
}

func (k *kids) count() int {
	n := len(k.list) + k.names.len()
	if k.star != nil {
		n++
	}
	return n
}

// only returns the child of a node that has just one, or else nil.
func (k *kids) only() *node {
	switch {
	case k.count() != 1:
		return nil
	case k.star != nil:
		return k.star
	}
	return k.list[0]
}
