package server

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	natscodec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
)

// Spell tells what a name or filter is in both protocols, without a server. The
// document has no more than that.
func Spell(naming, mountpoint string, q explain.Question) (*explain.Document, error) {
	mode, err := translate.ParseMode(naming)
	if err != nil {
		return nil, err
	}
	sp := &speller{names: translate.NewNames(mode), mountpoint: mountpoint}
	sp.names.StrictUTF8 = true // as every server
	if sp.mount, err = translate.ParseMountpoint(sp.names, mountpoint); err != nil {
		return nil, err
	}
	d := &explain.Document{Version: explain.Version}
	d.Guessed = complete(&q)
	d.Question = q
	if q.Notation.Wildcards(q.Name) {
		d.Name = sp.plain()
		d.Filter, _ = sp.filter(&q)
		return d, nil
	}
	d.Name, _, _ = sp.name(&q)
	return d, nil
}

// speller knows how names are spelled.
type speller struct {
	names      translate.Names
	mount      translate.Mountpoint
	mountpoint string // as the option says it
}

// plain is what is the same for all names.
func (s *speller) plain() *explain.Name {
	return &explain.Name{Naming: s.names.Mode().String(), Mountpoint: s.mountpoint}
}

// name spells a name without wildcards; why names the reason for which it is none.
// A gateway reply is its own canonical name.
func (s *speller) name(q *explain.Question) (to *explain.Name, canonical []byte, why string) {
	to = s.plain()
	name := []byte(q.Name)
	reply := q.Notation == explain.NATS && translate.IsGatewayReply(name)
	switch {
	case q.Notation == explain.NATS && reply:
		canonical = name
	case q.Notation == explain.NATS:
		canonical = s.mount.Add(nil, name)
	case !codec.ValidTopic(name):
		to.Topic, to.WhyNoSubject = q.Name, "it is no topic name, which is UTF-8 without NUL and has neither + nor #"
		return to, nil, reason.Of(reason.TopicNameInvalid).Name
	default:
		var ok bool
		if canonical, ok = s.names.AppendSubject(nil, name); !ok {
			to.Topic, to.WhyNoSubject = q.Name, s.names.WhyNoSubject(name)
			return to, nil, reason.Of(reason.TopicNotASubject).Name
		}
	}
	to.Canonical, to.WhyNoTopic = string(canonical), s.names.WhyNoTopic(canonical)
	topic, _ := s.names.AppendTopic(nil, canonical)
	to.Topic = string(topic)
	if own, ok := s.mount.Strip(canonical); ok || reply {
		if to.Subject = string(own); reply {
			to.Subject = q.Name
		}
	}
	return to, canonical, ""
}

// filter is a filter in the words of the trie.
type filter struct {
	pattern []byte
	tail    translate.Tail
	opens   uint32 // as an MQTT filter
}

// filter spells a name with wildcards.
func (s *speller) filter(q *explain.Question) (*explain.Filter, filter) {
	to := new(explain.Filter)
	var f filter
	if q.Notation == explain.MQTT {
		group, topics, _, ok := codec.ParseShared([]byte(q.Name))
		to.Group = string(group)
		if ok = ok && codec.ValidFilter(topics); ok {
			f.pattern, f.tail, _, ok = s.names.AppendFilter(nil, topics)
		}
		if !ok {
			to.Refused = reason.Of(reason.TopicFilterInvalid).Name
			return to, f
		}
	} else {
		if !natscodec.ValidSubject([]byte(q.Name)) {
			to.Refused = reason.Of(reason.InvalidSubject).Name
			return to, f
		}
		f.pattern, f.tail = translate.SubscriptionPattern(s.mount.Add(nil, []byte(q.Name)))
	}
	to.Pattern, to.Tail = string(f.pattern), [...]string{"", "one-or-more", "zero-or-more"}[f.tail]
	if topic, ok := s.names.AppendTopicFilter(nil, f.pattern, f.tail); ok {
		to.Topic = string(topic)
		_, _, f.opens, _ = s.names.AppendFilter(nil, topic)
	}
	if subject, ok := translate.AppendSubscription(nil, f.pattern, f.tail); ok {
		if own, ok := s.mount.Strip(subject); ok {
			to.Subject = string(own)
		}
	}
	return to, f
}
