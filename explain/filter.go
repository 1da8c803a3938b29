package explain

import (
	"bytes"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/trie"
)

// filter tells what a filter is called on both sides, and what is retained under it.
func (a *asking) filter() error {
	f, opens, ok := a.d.filtered(a.Hub.Names(), *a.mount, a.Question)
	if !ok {
		return nil
	}
	return a.retainedUnder(f, opens)
}

const (
	// mostRetained is how many retained messages are counted at most.
	mostRetained = 100_000
	// retainedTurn is how many are looked for in one turn.
	retainedTurn = 200
)

// retainedUnder counts what is retained under a filter.
func (a *asking) retainedUnder(f trie.Filter, opens uint32) error {
	var scan hub.RetainedScan
	r := &Retained{}
	for done := false; !done && r.Count < mostRetained; {
		err := a.on(a.lane, func(l *hub.Lane) {
			if scan == nil {
				scan = l.Hub().Retained().Scan(l, f, opens)
			}
			_, done = scan.Find(l, retainedTurn)
			for m := (hub.RetainedMessage{}); scan.Read(l, &m); {
				r.Count++
			}
		})
		if err != nil {
			return err
		}
		r.AtLeast = !done
	}
	if r.Count > 0 {
		a.d.Retained = r
	}
	return nil
}

// retained tells what is retained under a canonical name.
func (a *asking) retained(canonical []byte) error {
	return a.on(a.lane, func(l *hub.Lane) {
		var m hub.RetainedMessage
		if bytes.Contains(canonical, []byte("..")) || !l.Hub().Retained().Get(l, canonical, &m) {
			return
		}
		a.d.Retained = &Retained{Count: 1, Bytes: len(m.Payload), QoS: int(m.QoS)}
		if m.Deadline != 0 {
			a.d.Retained.ExpiresIn = int((m.Deadline - l.Now()).Seconds())
		}
	})
}
