package trie

// visit is a node to look at, and what of the subject leads there.
type visit struct {
	n    *node
	path string
}

// match adds to m what path reaches from n, the top of a trie. It follows the
// literal child at once and leaves the "*" child for later, so the stack is never
// higher than the trie is deep.
func (n *node) match(path string, guarded uint32, m *Matches) {
	for {
		if left, ok := consume(n.label, path); ok {
			n.end.collect(left != "", guarded, m)
			if left != "" && n.kids != nil {
				if star := n.kids.star; star != nil {
					m.stack = append(m.stack, visit{star, left})
				}
				if next := n.kids.literal(head(left)); next != nil {
					n, path = next, left
					continue
				}
			}
		}
		last := len(m.stack) - 1
		if last < 0 {
			return
		}
		n, path = m.stack[last].n, m.stack[last].path
		m.stack[last] = visit{} // keep neither nodes nor the subject alive
		m.stack = m.stack[:last]
	}
}
