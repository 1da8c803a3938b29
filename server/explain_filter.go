package server

import (
	"fmt"

	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/trie"
)

// filter answers for a name with wildcards.
func (a *answering) filter() error {
	sp := a.speller()
	to, f := sp.filter(a.q)
	a.doc.Name, a.doc.Filter = sp.plain(), to
	if to.Refused != "" {
		return nil
	}
	a.doc.Permissions = a.permissions(func(p Permissions) (bool, string) { return p.MaySubscribe(a.q.User, f.pattern) })
	if to.Topic == "" || to.Group != "" {
		return nil
	}
	what := trie.Filter{Pattern: string(f.pattern), Tail: trie.Tail(f.tail)}
	n, more, err := a.s.hub.CountRetained(a.ctx, a.s.engine.OnLane, a.lane, what, f.opens)
	if err != nil {
		return fmt.Errorf("counting retained messages: %w", errBusy)
	}
	to.Retained, to.More = &n, more
	return nil
}

func (a *answering) speller() *speller {
	h := a.s.hub
	return &speller{names: h.Names(), mount: h.Mountpoint(), mountpoint: a.s.opts.Mountpoint}
}

// complete fills in what the question leaves open.
func complete(q *explain.Question) (guessed bool) {
	if q.Notation == "" {
		q.Notation = explain.Guess(q.Name)
		return true
	}
	return false
}
