package hub_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// pickSet is the members of which one must get a message.
type pickSet struct{ members []*receiver }

// askGroups is the rule in slow words (docs/architecture.md, "Groups"): one
// pick for each share that matches; the NATS members of the name take part in
// the first share whose filter is one of theirs, or else in the first; without
// a share they are a set of their own.
func askGroups(all []*receiver, subject string) (sets []*pickSet) {
	type share struct {
		name    string
		pattern string
		tail    trie.Tail
	}
	byShare, byQueue := make(map[share]*pickSet), make(map[string][]*receiver)
	var shares []share
	for _, r := range all {
		switch g := r.what.Group; {
		case !reaches(r.what.Filter, r.what.Opens, subject):
		case g.Kind == trie.GroupQueue:
			byQueue[g.Name] = append(byQueue[g.Name], r)
		case g.Kind == trie.GroupShare:
			s := share{g.Name, r.what.Filter.Pattern, r.what.Filter.Tail}
			if byShare[s] == nil {
				byShare[s] = new(pickSet)
				shares = append(shares, s)
			}
			byShare[s].members = append(byShare[s].members, r)
		}
	}
	slices.SortFunc(shares, func(a, b share) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.pattern, b.pattern), cmp.Compare(a.tail, b.tail))
	})
	for name, queue := range byQueue {
		var first, same *pickSet
		for _, s := range shares {
			if s.name != name {
				continue
			}
			if first == nil {
				first = byShare[s]
			}
			for _, r := range queue {
				f := r.what.Filter
				if same == nil && f.Pattern == s.pattern && (f.Tail == trie.TailNone) == (s.tail == trie.TailNone) {
					same = byShare[s]
				}
			}
		}
		switch {
		case same != nil:
			same.members = append(same.members, queue...)
		case first != nil:
			first.members = append(first.members, queue...)
		default:
			sets = append(sets, &pickSet{queue})
		}
	}
	for _, s := range shares {
		sets = append(sets, byShare[s])
	}
	return sets
}

// check tells whether one publish did with a set what it must, and what that
// adds to the outcome and to session_offline. room tells whether the session of
// a member had room before.
func (p *pickSet) check(t *rapid.T, from *hub.Publisher, lane int, qos uint8, room func(*receiver) bool, o *hub.Outcome, unheard *int) {
	count, eligible, full, away := 0, []*receiver(nil), false, []*receiver(nil)
	deaf := false
	for _, r := range p.members {
		count += r.count
		granted := uint8(0)
		if r.what.Flags&hub.FlagQoS1 != 0 {
			granted = 1
		}
		fits := min(granted, qos) == 0 || room(r)
		switch {
		case r.lane == lane && r.what.Owner == from.Owner && from.NoEcho:
		case r.what.Flags&hub.FlagOffline != 0 && granted == 0:
			deaf = true
		case r.what.Flags&hub.FlagOffline != 0:
			away = append(away, r)
		case fits:
			eligible = append(eligible, r)
		default:
			full = true
		}
	}
	switch {
	case len(eligible) > 0:
		o.Matched++
	case full:
		o.Full++
	case qos == 0:
		if len(away) > 0 || deaf {
			*unheard++
		}
	default:
		for _, r := range away {
			if room(r) {
				eligible = append(eligible, r)
			} else {
				full = true
			}
		}
		switch {
		case len(eligible) > 0:
			o.Stored++
		case full:
			o.Full++
		case deaf:
			*unheard++
		}
	}
	if want := min(1, len(eligible)); count != want {
		t.Fatalf("%d copies for a set of %d, %d of them eligible", count, len(p.members), len(eligible))
	}
	for _, r := range p.members {
		if r.count > 0 && !slices.Contains(eligible, r) {
			t.Fatalf("one that must not be chosen was: %+v", r.what)
		}
	}
}

var (
	groupNames    = rapid.SampledFrom([]string{"q", "q", "r"})
	queuePatterns = rapid.SampledFrom([]string{"a", "a.b", "*", "a.*", "a.>", ">"})
	shareFilters  = rapid.SampledFrom([]string{"a", "a", "a/b", "a/b", "+", "a/+", "a/#", "#"})
)

// TestGroupsAreTheRule publishes to queue groups and shares of the same names
// over different filters, with members that are away, full, or the publisher
// itself: each set of members gets each message once, or says why not.
func TestGroupsAreTheRule(t *testing.T) {
	for _, n := range []int{1, 2, 4} {
		for strategy := hub.Random; strategy <= hub.HashPublisher; strategy++ {
			t.Run(fmt.Sprint(n, " lanes, ", strategy), func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) { groupsRun(t, n, strategy) })
			})
		}
	}
}

func groupsRun(t *rapid.T, n int, strategy hub.Strategy) {
	w := newLanes(n, hub.Options{Strategy: strategy})
	limits := &hub.QuotaLimits{Messages: rapid.SampledFrom([]int{1, 1, 2, 5}).Draw(t, "room"), Bytes: 1 << 20}
	var sessions []*mqttSession
	var queues []*receiver
	var publishers []*hub.Publisher
	var at []int
	lane := rapid.IntRange(0, n-1)
	for range rapid.IntRange(1, 4).Draw(t, "sessions") {
		sessions = append(sessions, w.session(lane.Draw(t, "lane"), limits))
	}
	for range rapid.IntRange(1, 3).Draw(t, "publishers") {
		l := lane.Draw(t, "lane")
		publishers = append(publishers, &hub.Publisher{Owner: w.owner(l), NoEcho: rapid.Bool().Draw(t, "no echo")})
		at = append(at, l)
	}
	all := func() (list []*receiver) {
		list = slices.Clone(queues)
		for _, s := range sessions {
			list = append(list, s.subs...)
		}
		return list
	}
	some := func(t *rapid.T) *mqttSession { return rapid.SampledFrom(sessions).Draw(t, "who") }
	t.Repeat(map[string]func(*rapid.T){
		"queue": func(t *rapid.T) {
			p := rapid.IntRange(0, len(publishers)-1).Draw(t, "whose")
			r := natsSub(at[p], publishers[p].Owner, queuePatterns.Draw(t, "pattern"), groupNames.Draw(t, "name"))
			w.subscribe(r)
			queues = append(queues, r)
		},
		"share": func(t *rapid.T) {
			if s := some(t); !s.offline {
				w.subscribe(s.sub(shareFilters.Draw(t, "filter"), groupNames.Draw(t, "name"), rapid.Uint8Range(0, 1).Draw(t, "granted"), false))
			}
		},
		"leave": func(t *rapid.T) {
			if len(queues) > 0 {
				i := rapid.IntRange(0, len(queues)-1).Draw(t, "which")
				w.unsubscribe(queues[i])
				queues = slices.Delete(queues, i, i+1)
			}
		},
		"connect or disconnect": func(t *rapid.T) {
			s := some(t)
			w.mark(s, !s.offline)
		},
		"acknowledge": func(t *rapid.T) { w.acknowledge(some(t).subs...) },
		"publish": func(t *rapid.T) {
			p := rapid.IntRange(0, len(publishers)-1).Draw(t, "from")
			subject, qos := rapid.SampledFrom([]string{"a", "a.b", "a.c", "b"}).Draw(t, "subject"), rapid.Uint8Range(0, 1).Draw(t, "qos")
			sets := askGroups(all(), subject)
			// Sets of one message share rooms; look at each alone.
			if len(sets) > 1 {
				for _, s := range sessions {
					w.acknowledge(s.subs...)
				}
				if limits.Messages < len(sets) {
					return
				}
			}
			used := make(map[*hub.Quota]int)
			for _, s := range sessions {
				used[&s.quota], _ = s.quota.Used()
			}
			away, owed := w.Count(reason.SessionOffline), owedBy(all())
			got := w.tell(at[p], publishers[p], subject, "x", qos)
			w.settle()
			var want hub.Outcome
			unheard := 0
			for _, set := range sets {
				set.check(t, publishers[p], at[p], qos,
					func(r *receiver) bool { return used[r.what.Quota] < limits.Messages }, &want, &unheard)
			}
			want.Assured = owedBy(all()) - owed
			if want.Full > 0 {
				want.Why = reason.QueueFull
			}
			if got != want {
				t.Fatalf("outcome %+v, want %+v", got, want)
			}
			if n := w.Count(reason.SessionOffline) - away; n != uint64(unheard) {
				t.Fatalf("session_offline counted %d times, want %d", n, unheard)
			}
			total := 0
			for _, r := range all() {
				total += r.count
				r.count = 0
			}
			if total != want.Matched+want.Stored {
				t.Fatalf("%d copies in all, want %d", total, want.Matched+want.Stored)
			}
		},
	})
	for _, s := range sessions {
		w.acknowledge(s.subs...)
		if used, bytes := s.quota.Used(); used != 0 || bytes != 0 {
			t.Fatalf("%d messages of %d bytes are left reserved", used, bytes)
		}
	}
}

// owedBy is how many acknowledgements receivers owe.
func owedBy(list []*receiver) (n int) {
	for _, r := range list {
		n += len(r.owed)
	}
	return n
}
