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

	watch      trie.Watch
	generation uint64
	checked    uint64 // Lane.changes when generation was last compared; owner lane only

	lanes   [][]trie.Ref // plain members by lane, ordered by owner; nil when there are none
	remote  []int        // the lanes among them that are not the owner lane
	groups  []group
	plain   int       // number of plain copies: merged subscriptions count once
	special bool      // a member may be skipped for who publishes, or stands for several
	drop    reason.ID // why matching members of one protocol are left out, each time
}

// group is one queue group. Members are in no particular order.
type group struct {
	name    string
	members []trie.Ref
}

// route returns the current route of subject.
func (l *Lane) route(subject []byte) *Route {
	r := l.routes[string(subject)]
	if r != nil && l.current(r) {
		return r
	}
	r = l.find(subject)
	if len(l.routes) >= l.hub.cachedRoutes {
		clear(l.routes)
	}
	l.routes[string(r.Subject)] = r
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

// find asks the trie.
func (l *Lane) find(subject []byte) *Route {
	r := &Route{Subject: bytes.Clone(subject), watch: l.hub.trie.Watch(subject), checked: l.changes}
	if emptyToken(subject) {
		// Accepted from publishers, but nobody's: not even of '>'.
		r.generation = r.watch.Generation()
		return r
	}
	m := &l.matches
	guarded := translate.GuardedLevels(subject, l.hub.mount)
	r.generation = l.hub.trie.Match(subject, guarded, m)

	exclude := l.name(r, m)
	for _, ref := range m.Plain {
		if ref.Flags&FlagMQTT == exclude {
			continue
		}
		if r.lanes == nil {
			r.lanes = make([][]trie.Ref, len(l.hub.lanes))
		}
		r.lanes[ref.Lane] = append(r.lanes[ref.Lane], ref)
	}
	for lane, refs := range r.lanes {
		if len(refs) > 0 && lane != l.index {
			r.remote = append(r.remote, lane)
		}
		slices.SortFunc(refs, byOwner)
		for i := range refs {
			if i > 0 && merged(&refs[i-1], &refs[i]) {
				r.special = true
				continue
			}
			r.plain++
		}
	}
	l.groups(r, m, exclude)
	return r
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
		topic, ok := l.hub.names.AppendTopic(nil, r.Subject)
		if !ok {
			r.drop = reason.SubjectNotATopic
			return FlagMQTT
		}
		r.Topic = topic
	}
	if nats && len(r.Subject) > l.hub.maxSubject+len(l.hub.mount.Prefix()) {
		r.drop = reason.TopicTooLong
		return 0
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
