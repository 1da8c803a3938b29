package hub

import (
	"slices"

	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// plain goes the way of publishCopies: this lane first, then the others.
func (x *explanation) plain(l *Lane) {
	r := x.route
	if r.lanes == nil {
		return
	}
	x.plainOf(l, l.index)
	for _, lane := range r.remote {
		x.plainOf(l, lane)
	}
}

func (x *explanation) plainOf(l *Lane, lane int) {
	refs, quotas := x.route.lanes[lane], x.route.quotasOf(lane)
	for i := 0; i < len(refs); {
		n := run(refs[i:])
		x.copyOf(l, refs[i:i+n], quotaAt(quotas, i))
		i += n
	}
}

// copyOf is reserveCopy and deliverCopy for one run.
func (x *explanation) copyOf(l *Lane, refs []trie.Ref, q *Quota) {
	wanted, qos := wanted(refs, x.of.From, x.m.QoS)
	if len(wanted) == 0 {
		if c := x.copy(question{refs: refs}); c != nil {
			c.Verdict = explain.Own
		}
		return
	}
	o, online := &x.to.Outcome, refs[0].Flags&FlagOffline == 0
	if online {
		o.Matched++
	}
	how := Copy{QoS: qos, From: x.of.From}
	if qos == 0 || q == nil {
		how.QoS = 0
		if !online && refs[0].Flags&FlagKeepsQoS0 != 0 {
			o.Stored++
		}
		x.copy(question{refs: wanted, would: true, how: how})
		return
	}
	if why := l.Room(q, Cost(&x.m), x.besides[q]); why != reason.None {
		o.Full++
		x.drop(x.copy(question{refs: wanted, how: how}), why)
		return
	}
	if _, several := x.besides[q]; several {
		x.besides[q]++
	}
	if !online {
		o.Stored++
	}
	x.copy(question{refs: wanted, would: true, how: how, room: q})
}

// copy asks about a plain copy; nil when there are enough.
func (x *explanation) copy(q question) *explain.Copy {
	if len(x.to.Copies) >= x.of.Limit {
		x.to.MoreCopies++
		return nil
	}
	q.plain = true
	return x.question(&x.to.Copies, q)
}

// leftOut tells of subscriptions that match and have no place in the route.
func (x *explanation) leftOut(l *Lane) {
	r, refs := x.route, l.matches.Plain
	var away []trie.Ref
	for i := range refs {
		ref := &refs[i]
		switch {
		case ref.Flags&FlagMQTT == r.exclude && r.drop == reason.None:
			x.withhold(refs[i:i+1], explain.Hidden)
		case ref.Flags&FlagMQTT == r.exclude:
			if c := x.copy(question{refs: slices.Clone(refs[i : i+1])}); c != nil {
				c.Verdict, c.Reason = explain.Dropped, reason.Of(r.drop).Name
			}
		case ref.Flags&(FlagOffline|FlagKeepsQoS0) == FlagOffline:
			away = append(away, *ref)
		}
	}
	if r.drop != reason.None {
		x.drops[r.drop]++ // once a message, whatever the number of members
	}
	x.unheard(away)
	if guarded := translate.GuardedLevels(x.m.Subject, l.hub.mount); guarded != 0 && !emptyToken(x.m.Subject) {
		var all trie.Matches
		l.hub.trie.Match(x.m.Subject, 0, &all)
		for i := range all.Plain {
			if all.Plain[i].Opens&guarded != 0 {
				x.withhold(all.Plain[i:i+1], explain.Guarded)
			}
		}
	}
}

// withhold tells of a copy that is not made and not lost either.
func (x *explanation) withhold(refs []trie.Ref, why explain.Verdict) {
	if c := x.copy(question{refs: slices.Clone(refs)}); c != nil {
		c.Verdict = why
	}
}

// unheard tells of the sessions that Route.unheard counts.
func (x *explanation) unheard(away []trie.Ref) {
	slices.SortFunc(away, func(a, b trie.Ref) int {
		if a.Lane != b.Lane {
			return int(a.Lane) - int(b.Lane)
		}
		return byOwner(a, b)
	})
	for len(away) > 0 {
		n, best := 1, granted(away[0].Flags)
		for n < len(away) && away[n].Lane == away[0].Lane && merged(&away[n-1], &away[n]) {
			best = max(best, granted(away[n].Flags))
			n++
		}
		if best == 0 {
			x.drop(x.copy(question{refs: away[:n]}), reason.SessionOffline)
		}
		away = away[n:]
	}
}

// retain tells what becomes of what is retained.
func (x *explanation) retain(l *Lane) {
	store, m := l.hub.retained, &x.m
	switch {
	case l.hub.noRetained:
		x.to.Retain = explain.RetainIgnored
		x.drops[reason.RetainIgnored]++
		m.Retain = false
		return
	case len(m.Payload) == 0:
		x.to.Retain = explain.RetainDeletes
		return
	}
	x.to.Retain = explain.RetainSet
	if s, ok := store.(interface {
		Refuses(*message.Message) reason.ID
	}); ok {
		if why := s.Refuses(m); why != reason.None {
			x.to.Retain = explain.RetainRefused
			x.to.Outcome.Full++
			x.drops[why]++
		}
	}
}
