package explain

import (
	"bytes"
	"strings"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// isFilter tells whether the name has wildcards of the protocol that it is of.
func (a *asking) isFilter() bool {
	if a.As == AsTopic {
		return strings.ContainsAny(a.Name, "+#")
	}
	_, tail := translate.SubscriptionPattern([]byte(a.Name))
	for token := range strings.SplitSeq(a.Name, ".") {
		if token == "*" {
			return true
		}
	}
	return tail != translate.TailNone
}

// filter tells what a filter is called on both sides, and what is retained under it.
func (a *asking) filter() error {
	names := a.Hub.Names()
	var pattern []byte
	var tail translate.Tail
	var opens uint32
	if a.As == AsTopic {
		var ok bool
		if pattern, tail, opens, ok = names.AppendFilter(nil, []byte(a.Name)); !ok {
			a.d.Refused = &Reason{"topic_filter_invalid", "A wildcard stands where none may, or naming mode emqx has no such name."}
			return nil
		}
	} else {
		pattern, tail = translate.SubscriptionPattern(a.mount.Add(nil, []byte(a.Name)))
	}
	f := trie.Filter{Pattern: string(pattern), Tail: trie.Tail(tail)}
	if topic, ok := names.AppendTopicFilter(nil, pattern, tail); ok {
		a.d.Topic = string(topic)
	}
	if tail == translate.TailZeroOrMore && len(pattern) > 0 {
		a.d.Also = a.ownName(pattern)
		tail = translate.TailOneOrMore
	}
	if subject, ok := translate.AppendSubscription(nil, pattern, tail); ok {
		a.d.Canonical = string(subject)
		a.d.Subject = a.ownName(subject)
	}
	return a.retainedUnder(f, opens)
}

// ownName is what NATS clients call a canonical name; empty outside of the mountpoint.
func (a *asking) ownName(canonical []byte) string {
	own, ok := a.mount.Strip(canonical)
	if !ok {
		return ""
	}
	return string(own)
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
