package hub

import (
	"encoding/binary"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// This is Publish's way when members may be skipped, are merged, or are owed a
// copy of QoS 1 or 2. A run is the subscriptions of one owner that share a copy.

// publishCopies delivers on this lane and mails to the others.
func (l *Lane) publishCopies(from Sender, r *Route, m *message.Message, o *Outcome) {
	if r.lanes == nil {
		return
	}
	refs, quotas := r.lanes[l.index], r.quotasOf(l.index)
	for i := 0; i < len(refs); {
		n := run(refs[i:])
		if wanted, qos := wanted(refs[i:i+n], from, m.QoS); len(wanted) > 0 {
			if ok, qos := l.reserveCopy(wanted, quotaAt(quotas, i), qos, m, o); ok {
				l.deliverCopy(from, r, wanted, quotaAt(quotas, i), qos, m)
			}
		}
		i += n
	}
	for _, to := range r.remote {
		l.refused = l.refused[:0]
		refs, quotas := r.lanes[to], r.quotasOf(to)
		for i := 0; i < len(refs); {
			n := run(refs[i:])
			if wanted, qos := wanted(refs[i:i+n], from, m.QoS); len(wanted) > 0 {
				if ok, _ := l.reserveCopy(wanted, quotaAt(quotas, i), qos, m, o); !ok {
					l.refused = append(l.refused, uint32(i))
				}
			}
			i += n
		}
		l.mail(to, r, m, item{from: from}, l.refused)
	}
}

// receiveCopies delivers what another lane has published and reserved for.
func (l *Lane) receiveCopies(from Sender, r *Route, m *message.Message, refused []byte) {
	refs, quotas := r.lanes[l.index], r.quotasOf(l.index)
	for i := 0; i < len(refs); {
		n := run(refs[i:])
		if len(refused) > 0 && binary.LittleEndian.Uint32(refused) == uint32(i) {
			refused = refused[4:]
		} else if wanted, qos := wanted(refs[i:i+n], from, m.QoS); len(wanted) > 0 {
			q := quotaAt(quotas, i)
			if q == nil {
				qos = 0
			}
			l.deliverCopy(from, r, wanted, q, qos, m)
		}
		i += n
	}
}

// reserveCopy counts a copy for one run and reserves room for it. Not ok: there
// is none. qos is what to deliver with.
func (l *Lane) reserveCopy(refs []trie.Ref, q *Quota, asked uint8, m *message.Message, o *Outcome) (ok bool, qos uint8) {
	online := refs[0].Flags&FlagOffline == 0
	if online {
		o.Matched++
	}
	if asked == 0 || q == nil {
		if !online && refs[0].Flags&FlagKeepsQoS0 != 0 {
			o.Stored++
		}
		return true, 0
	}
	if why := l.reserve(q, Cost(m)); why != reason.None {
		l.Reasons.Add(why, 1)
		o.full(why)
		return false, 0
	}
	o.Assured++
	if !online {
		o.Stored++
	}
	return true, asked
}

// deliverCopy gives the copy of one run to the first of its subscriptions that
// is still there.
func (l *Lane) deliverCopy(from Sender, r *Route, refs []trie.Ref, q *Quota, qos uint8, m *message.Message) {
	why := reason.SessionEnded
	for i := range refs {
		s := l.subscriber(&refs[i])
		if s == nil {
			continue
		}
		l.copy = Copy{QoS: qos, From: from, Also: refs[i+1:]}
		if why = s.Deliver(m, r, &l.copy); why == reason.None {
			l.delivered(m)
			return
		}
		l.Reasons.Add(why, 1)
		break
	}
	if qos > 0 {
		l.Release(q, Cost(m))
		l.AnsweredMeanwhile(from, Answer{Why: why})
	}
}

// run is the length of the run that refs begins with.
func run(refs []trie.Ref) int {
	n := 1
	for n < len(refs) && merged(&refs[n-1], &refs[n]) {
		n++
	}
	return n
}

// wanted returns the subscriptions of a run that want what the sender has
// published, and the QoS of the copy: the highest granted to one of them, but
// no more than published.
func wanted(refs []trie.Ref, from Sender, published uint8) (want []trie.Ref, qos uint8) {
	own := from.own(&refs[0])
	if own {
		if from.NoEcho {
			return nil, 0
		}
		for len(refs) > 0 && refs[0].Flags&FlagNoLocal != 0 {
			refs = refs[1:]
		}
	}
	for i := range refs {
		if !own || refs[i].Flags&FlagNoLocal == 0 {
			qos = max(qos, granted(refs[i].Flags))
		}
	}
	return refs, min(qos, published)
}

func quotaAt(list []*Quota, i int) *Quota {
	if list == nil {
		return nil
	}
	return list[i]
}
