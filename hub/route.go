package hub

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// Route is the answer to "who gets this subject", as one lane found it. What
// it says never changes, so mails carry it to other lanes; when the answer
// changes, a new Route is made.
type Route struct {
	Subject []byte // canonical
	Topic   []byte // the MQTT name; nil when no MQTT subscriber is among the members

	hash       uint64 // of Subject
	watch      trie.Watch
	generation uint64
	checked    uint64 // Lane.changes when generation was last compared; owner lane only
	brief      bool   // it is that of Lane.brief

	here    []trie.Ref   // lanes of the owner lane
	lanes   [][]trie.Ref // plain members by lane, ordered by owner; nil when there are none
	quotas  [][]*Quota   // their quotas; nil where nobody takes more than QoS 0
	remote  []int        // the lanes among them that are not the owner lane
	groups  []group
	plain   int  // number of plain copies that count as matched
	kept    int  // number of those that sessions without a connection keep with QoS 0
	special bool // a member may be skipped for who publishes, or stands for several
	assured bool // a member takes QoS 1 or 2
	streams bool // messages may be delivered together: every member takes all of them

	lost    bool      // one of these is set:
	drop    reason.ID // why matching members of one protocol are left out, each time
	unheard int       // sessions without a connection that take QoS 0 only
}

// route returns the current route of subject. A brief one may be the lane's
// scratch: it is valid until the next call.
func (l *Lane) route(subject []byte) *Route {
	hash := trie.Hash(subject)
	r := l.routes.get(hash, subject)
	if r == nil {
		return l.find(subject, hash, !l.routes.again(hash))
	}
	if !l.current(r) {
		r = l.find(subject, hash, false)
	}
	return r
}

// current tells whether r still holds: surely when nothing at all has changed
// since it was last compared, otherwise when its own shards have not.
func (l *Lane) current(r *Route) bool {
	if r.checked == l.changes {
		return true
	}
	if r.watch.Generation() != r.generation {
		return false
	}
	r.checked = l.changes
	return true
}

// find asks the trie. The route is cached, unless it may be brief and serves
// members with QoS 0 on this lane only: such a route costs no memory.
func (l *Lane) find(subject []byte, hash uint64, mayBeBrief bool) *Route {
	m := &l.matches
	m.Reset()
	add(&l.indexed.looked, 1)
	var watch trie.Watch
	var generation uint64
	if emptyToken(subject) {
		// Accepted from publishers, but nobody's: not even of '>'.
		watch = l.hub.trie.Watch(subject)
		generation = watch.Generation()
	} else {
		guarded := translate.GuardedLevels(subject, l.hub.mount)
		watch, generation = l.hub.trie.Look(subject, hash, guarded, m)
	}
	var r *Route
	if mayBeBrief && l.alone(m) {
		r = l.brief.begin(subject, len(l.hub.lanes))
	} else {
		r = &Route{Subject: bytes.Clone(subject)}
	}
	r.hash, r.watch, r.generation, r.checked, r.streams = hash, watch, generation, l.changes, true
	l.fill(r, m)
	if !r.brief {
		l.routes.put(r)
	}
	return r
}

// alone tells whether only members of this lane with QoS 0 match.
func (l *Lane) alone(m *trie.Matches) bool {
	if len(m.Groups) > 0 {
		return false
	}
	for i := range m.Plain {
		if int(m.Plain[i].Lane) != l.index || granted(m.Plain[i].Flags) > 0 {
			return false
		}
	}
	return true
}

// fill makes the route of what matches.
func (l *Lane) fill(r *Route, m *trie.Matches) {
	exclude := l.name(r, m)
	for _, ref := range m.Plain {
		if ref.Flags&FlagMQTT == exclude {
			continue
		}
		switch {
		case r.lanes != nil:
		case r.brief:
			r.lanes = l.brief.lanes
		default:
			r.lanes = make([][]trie.Ref, len(l.hub.lanes))
		}
		r.lanes[ref.Lane] = append(r.lanes[ref.Lane], ref)
	}
	for lane := range r.lanes {
		l.members(r, lane)
	}
	if r.lanes != nil {
		r.here = r.lanes[l.index]
	}
	l.groups(r, m, exclude)
	r.streams = r.streams && !r.special && len(r.groups) == 0
	r.lost = r.drop != reason.None || r.unheard > 0
}

// members puts the plain members of a lane in order and leaves out sessions to
// which nothing can be delivered.
func (l *Lane) members(r *Route, lane int) {
	refs := r.lanes[lane]
	slices.SortFunc(refs, byOwner)
	kept, assured := refs[:0], false
	for len(refs) > 0 {
		n := run(refs)
		if last := len(kept) - 1; last >= 0 && kept[last].Owner == refs[0].Owner {
			r.streams = false // its subscriptions get each message in turn
		}
		best := uint8(0)
		for i := range refs[:n] {
			best = max(best, granted(refs[i].Flags))
		}
		switch {
		case refs[0].Flags&FlagOffline == 0:
			r.plain++
			r.streams = r.streams && refs[0].Flags&FlagCounted == 0
		case refs[0].Flags&FlagKeepsQoS0 != 0:
			r.kept++
			r.streams = false
		case best == 0:
			r.unheard++
			refs = refs[n:]
			continue
		}
		assured = assured || best > 0
		r.special = r.special || n > 1
		kept = append(kept, refs[:n]...)
		refs = refs[n:]
	}
	r.lanes[lane] = kept
	if len(kept) > 0 && lane != l.index {
		r.remote = append(r.remote, lane)
	}
	if assured {
		r.assured = true
		if r.quotas == nil {
			r.quotas = make([][]*Quota, len(l.hub.lanes))
		}
		r.quotas[lane] = l.quotasFor(kept)
	}
}

// quotasFor returns for the first member of each run the owner's quota. Any
// subscription of the run leads to it: others may have left meanwhile.
func (l *Lane) quotasFor(refs []trie.Ref) []*Quota {
	list := make([]*Quota, len(refs))
	for i := 0; i < len(refs); {
		n := run(refs[i:])
		for at := i; at < i+n && list[i] == nil; at++ {
			list[i] = l.hub.quotaOf(&refs[at])
		}
		i += n
	}
	return list
}

// quotasOf returns the quotas of lanes[lane], nil when there are none.
func (r *Route) quotasOf(lane int) []*Quota {
	if r.quotas == nil {
		return nil
	}
	return r.quotas[lane]
}

// neither is a value of flag FlagMQTT that no Ref has.
const neither = ^uint16(0)

// name fills in the topic if a member needs it, and returns which kind of
// members must be left out because the name does not exist in their protocol.
func (l *Lane) name(r *Route, m *trie.Matches) (exclude uint16) {
	mqtt, nats := false, false
	see := func(refs []trie.Ref) {
		for i := range refs {
			if refs[i].Flags&FlagMQTT != 0 {
				mqtt = true
			} else {
				nats = true
			}
			if refs[i].Flags&FlagNoLocal != 0 {
				r.special = true
			}
		}
	}
	see(m.Plain)
	for i := range m.Groups {
		see(m.Groups[i].Members)
	}
	if mqtt {
		var room []byte
		if r.brief {
			room = l.brief.topic[:0]
		}
		topic, ok := l.hub.names.AppendTopic(room, r.Subject)
		if !ok {
			r.drop = reason.SubjectNotATopic
			return FlagMQTT
		}
		r.Topic = topic
		if r.brief {
			l.brief.topic = topic
		}
	}
	if nats {
		if withheld, why := l.hub.Withheld(r.Subject); withheld {
			r.drop = why
			return 0
		}
	}
	return neither
}

// byOwner orders members so that those of one owner stand together and each
// owner's first subscription comes first.
func byOwner(a, b trie.Ref) int {
	return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Slot, b.Slot))
}

// merged tells whether b's copy is contained in that of a before it.
func merged(a, b *trie.Ref) bool {
	return b.Flags&FlagMerge != 0 && a.Flags&FlagMerge != 0 && a.Owner == b.Owner
}

func emptyToken(subject []byte) bool {
	n := len(subject)
	return n == 0 || subject[0] == '.' || subject[n-1] == '.' || bytes.Contains(subject, twoDots)
}

var twoDots = []byte("..")
