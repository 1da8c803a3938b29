package nats

import (
	"bytes"
	"strconv"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// subscription is one SUB: the hub's Subscriber.
type subscription struct {
	session   *Session
	sid       string
	name      string // canonical pattern, mounted, then the queue
	ref       trie.Ref
	queue     uint16 // bytes of name, bounded by a control line
	tail      trie.Tail
	max       uint64 // UNSUB's, counted from SUB; 0 = none
	delivered uint64
}

// Key is the sid.
func (b *subscription) Key() string { return b.sid }

func (b *subscription) what() hub.Subscription {
	w := hub.Subscription{
		Filter: trie.Filter{Pattern: b.name[:len(b.name)-int(b.queue)], Tail: b.tail},
		Owner:  b.session.pub.Owner,
	}
	if queue := b.name[len(b.name)-int(b.queue):]; queue != "" {
		w.Group = trie.Group{Kind: trie.GroupQueue, Name: queue}
	}
	return w
}

var dot = []byte{'.'}

// subscribe handles SUB (§6). The order of the checks is nats-server's.
func (s *Session) subscribe(f *codec.Frame) {
	l := s.lane
	switch {
	case l.mounted && s.unmounted():
		return
	case codec.ReservedQueue(f.Queue):
		l.hub.Reasons.Add(reason.ReservedQueue, 1)
		s.sendQueueViolation(f.Subject, f.Queue)
		return
	case l.opts.MaxSubjectTokens > 0 && bytes.Count(f.Subject, dot) >= l.opts.MaxSubjectTokens:
		l.hub.Reasons.Add(reason.TooManyTokens, 1)
		text := append([]byte(reason.Of(reason.TooManyTokens).NATS), ' ')
		s.sendErr(string(strconv.AppendQuote(text, string(f.Subject))) + ", too many tokens")
		return
	case l.opts.MaxSubscriptions > 0 && s.subs.Len() >= l.opts.MaxSubscriptions:
		l.hub.Reasons.Add(reason.MaxSubscriptions, 1)
		s.sendErr(reason.Of(reason.MaxSubscriptions).NATS)
		return
	case s.subs.Get(f.SID) != nil:
		// The first subscription of a sid stays; the second is not an error.
		s.ok()
		return
	case !codec.ValidSubject(f.Subject):
		l.hub.Reasons.Add(reason.InvalidSubject, 1)
		s.sendErr(reason.Of(reason.InvalidSubject).NATS)
		return
	}
	subject := f.Subject
	if l.mounted {
		l.subject = s.mount().Add(l.subject[:0], subject)
		subject = l.subject
	}
	pattern, tail := translate.SubscriptionPattern(subject)
	b := &subscription{
		session: s,
		sid:     string(f.SID),
		name:    string(pattern) + string(f.Queue),
		queue:   uint16(len(f.Queue)),
		tail:    trie.Tail(tail),
	}
	b.ref = l.hub.Subscribe(b, b.what())
	s.subs.Add(b)
	s.ok()
	s.subscribed(f)
	s.owe(b)
}

func (s *Session) sendQueueViolation(subject, queue []byte) {
	text := append([]byte(reason.Of(reason.ReservedQueue).NATS), ' ')
	text = strconv.AppendQuote(text, string(subject))
	text = append(text, " using queue "...)
	s.sendErr(string(strconv.AppendQuote(text, string(queue))))
}
