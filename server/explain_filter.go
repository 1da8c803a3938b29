package server

import (
	"fmt"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	natscodec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// filter answers for a name with wildcards.
func (a *answering) filter() error {
	h := a.s.hub
	names, mount, q := h.Names(), h.Mountpoint(), a.q
	to := new(explain.Filter)
	a.doc.Filter = to
	a.doc.Name = a.name()
	var pattern []byte
	var tail translate.Tail
	var opens uint32
	if q.Notation == explain.MQTT {
		filter := []byte(q.Name)
		group, topics, _, ok := codec.ParseShared(filter)
		to.Group = string(group)
		ok = ok && codec.ValidFilter(topics)
		if ok {
			pattern, tail, _, ok = names.AppendFilter(nil, topics)
		}
		if !ok {
			to.Refused = reason.Of(reason.TopicFilterInvalid).Name
			return nil
		}
	} else {
		if !natscodec.ValidSubject([]byte(q.Name)) {
			to.Refused = reason.Of(reason.InvalidSubject).Name
			return nil
		}
		pattern, tail = translate.SubscriptionPattern(mount.Add(nil, []byte(q.Name)))
	}
	to.Pattern, to.Tail = string(pattern), [...]string{"", "one-or-more", "zero-or-more"}[tail]
	if topic, ok := names.AppendTopicFilter(nil, pattern, tail); ok {
		to.Topic = string(topic)
		_, _, opens, _ = names.AppendFilter(nil, topic) // what it is to an MQTT client
	}
	if subject, ok := translate.AppendSubscription(nil, pattern, tail); ok {
		if own, ok := mount.Strip(subject); ok {
			to.Subject = string(own)
		}
	}
	a.doc.Permissions = a.permissions(func(p Permissions) (bool, string) { return p.MaySubscribe(q.User, pattern) })
	if to.Topic == "" || to.Group != "" {
		return nil
	}
	err := h.CountRetained(a.ctx, a.s.engine.OnLane, a.lane, trie.Filter{Pattern: string(pattern), Tail: trie.Tail(tail)}, opens, to)
	if err != nil {
		return fmt.Errorf("counting retained messages: %w", errBusy)
	}
	return nil
}

// name is what is the same for names and filters.
func (a *answering) name() *explain.Name {
	return &explain.Name{Naming: a.s.hub.Names().Mode().String(), Mountpoint: a.s.opts.Mountpoint}
}
