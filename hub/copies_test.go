package hub_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

// copyOracle is what one publish must do, found by looking at every session.
type copyOracle struct {
	hub.Outcome
	unheard int                    // session_offline
	copies  map[*mqttSession]uint8 // QoS of the copy that a session gets
}

func askCopies(sessions []*mqttSession, from *hub.Publisher, fromLane int, subject string, qos uint8, limits *hub.QuotaLimits) (o copyOracle) {
	o.copies = make(map[*mqttSession]uint8)
	for _, s := range sessions {
		own := s.lane == fromLane && s.pub.Owner == from.Owner
		wants, best := false, uint8(0)
		for _, r := range s.subs {
			flags := r.what.Flags
			if !reaches(r.what.Filter, r.what.Opens, subject) || own && flags&hub.FlagNoLocal != 0 {
				continue
			}
			wants = true
			switch {
			case flags&hub.FlagQoS2 != 0:
				best = 2
			case flags&hub.FlagQoS1 != 0:
				best = max(best, 1)
			}
		}
		best = min(best, qos)
		used, _ := s.quota.Used()
		switch full := used >= limits.Messages; {
		case !wants:
		case best == 0 && s.offline:
			o.unheard++
		case best > 0 && full:
			o.Full++
			if !s.offline {
				o.Matched++
			}
		case s.offline:
			o.Stored++
			o.copies[s] = best
		default:
			o.Matched++
			o.copies[s] = best
		}
		if o.copies[s] > 0 {
			o.Assured++
		}
	}
	return o
}

// check compares one publish with the oracle, and forgets what has come.
func (o *copyOracle) check(t *rapid.T, sessions []*mqttSession, got hub.Outcome) {
	if o.Full > 0 {
		o.Why = reason.QueueFull
	}
	if got != o.Outcome {
		t.Fatalf("outcome %+v, want %+v", got, o.Outcome)
	}
	for _, s := range sessions {
		count, qos := 0, uint8(0)
		for _, r := range s.subs {
			count += r.count
			for _, q := range r.qos {
				qos = max(qos, q)
			}
			r.count, r.qos = 0, r.qos[:0]
		}
		want, gets := o.copies[s]
		switch {
		case gets && s.offline && want == 0:
			t.Fatal("the oracle gives a copy of QoS 0 to a session that is away")
		case !gets && s.offline && qos == 0:
			// What comes with QoS 0 the session itself drops and counts.
		case !gets && count > 0:
			t.Fatalf("%d copies of QoS %d for a session that must not get one", count, qos)
		case gets && (count != 1 || qos != want):
			t.Fatalf("%d copies of QoS %d, want one of %d", count, qos, want)
		}
	}
}

var copySubjects = rapid.SampledFrom([]string{"a", "a", "b", "a.b", "a.c"})

var copyFilters = rapid.SampledFrom([]string{"a", "b", "+", "#", "a/#", "a/+", "+/b"})

// TestCopiesAreALinearScan: sessions with overlapping subscriptions on one, two
// and four lanes get one copy each with the highest QoS that any of them was
// granted, unless it is their own or there is no room; what Publish reports is
// what happens, and what is reserved is what they have.
func TestCopiesAreALinearScan(t *testing.T) {
	for _, n := range []int{1, 2, 4} {
		t.Run(fmt.Sprint(n, " lanes"), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { copiesRun(t, n) })
		})
	}
}

func copiesRun(t *rapid.T, n int) {
	w := newLanes(n, hub.Options{})
	limits := &hub.QuotaLimits{Messages: rapid.IntRange(1, 4).Draw(t, "room"), Bytes: 1 << 20}
	var sessions []*mqttSession
	for range rapid.IntRange(1, 5).Draw(t, "sessions") {
		sessions = append(sessions, w.session(rapid.IntRange(0, n-1).Draw(t, "lane"), limits))
	}
	some := func(t *rapid.T) *mqttSession { return rapid.SampledFrom(sessions).Draw(t, "who") }
	t.Repeat(map[string]func(*rapid.T){
		"subscribe": func(t *rapid.T) {
			s := some(t)
			if !s.offline {
				qos := rapid.Uint8Range(0, 2).Draw(t, "granted")
				w.subscribe(s.sub(copyFilters.Draw(t, "filter"), "", qos, rapid.IntRange(0, 3).Draw(t, "no local") == 0))
			}
		},
		"unsubscribe": func(t *rapid.T) {
			s := some(t)
			if len(s.subs) > 0 && !s.offline {
				i := rapid.IntRange(0, len(s.subs)-1).Draw(t, "which")
				w.acknowledge(s.subs[i])
				w.unsubscribe(s.subs[i])
				s.subs = slices.Delete(s.subs, i, i+1)
			}
		},
		"connect or disconnect": func(t *rapid.T) {
			s := some(t)
			w.mark(s, !s.offline)
		},
		"acknowledge": func(t *rapid.T) { w.acknowledge(some(t).subs...) },
		"publish": func(t *rapid.T) {
			s := some(t)
			from := s.pub
			from.NoEcho = rapid.IntRange(0, 3).Draw(t, "no echo") == 0
			subject, qos := copySubjects.Draw(t, "subject"), rapid.Uint8Range(0, 2).Draw(t, "qos")
			others := sessions
			if from.NoEcho {
				others = slices.DeleteFunc(slices.Clone(sessions), func(o *mqttSession) bool { return o == s })
			}
			want := askCopies(others, &from, s.lane, subject, qos, limits)
			full := w.Count(reason.QueueFull)
			got := w.tell(s.lane, &from, subject, "x", qos)
			w.settle()
			want.check(t, sessions, got)
			if n := w.Count(reason.QueueFull) - full; n != uint64(want.Full) {
				t.Fatalf("queue_full counted %d times, want %d", n, want.Full)
			}
		},
		"": func(t *rapid.T) {
			for _, s := range sessions {
				owed, bytes := 0, 0
				for _, r := range s.subs {
					owed += len(r.owed)
					for _, cost := range r.owed {
						bytes += cost
					}
				}
				if used, b := s.quota.Used(); used != owed || b != bytes {
					t.Fatalf("%d messages of %d bytes reserved, the session has %d of %d", used, b, owed, bytes)
				}
			}
		},
	})
	for _, s := range sessions {
		w.acknowledge(s.subs...)
		if used, bytes := s.quota.Used(); used != 0 || bytes != 0 {
			t.Fatalf("%d messages of %d bytes are left reserved", used, bytes)
		}
	}
	if n := w.Stored(); n != 0 {
		t.Fatalf("%d bytes are left stored", n)
	}
}

// Room that another lane has taken for a subscription that leaves before the
// mail comes is given back, and the copy goes to nobody.
func TestRoomComesBackWhenTheSubscriptionHasLeft(t *testing.T) {
	w := newLanes(2, hub.Options{})
	s := w.session(1, &hub.QuotaLimits{Messages: 10, Bytes: 1000})
	first, second := s.sub("a", "", 1, false), s.sub("+", "", 0, false)
	w.subscribe(first, second)
	from := &hub.Publisher{Owner: w.owner(0)}
	for range 3 {
		w.tell(0, from, "a", "x", 1)
	}
	if used, _ := s.quota.Used(); used != 3 {
		t.Fatalf("%d reserved", used)
	}
	// The copy is still wanted by the other subscription of the session.
	w.unsubscribe(first)
	w.deliver(1, 1)
	if len(second.owed) != 1 {
		t.Fatalf("the other subscription got %d", len(second.owed))
	}
	w.unsubscribe(second)
	w.settle()
	w.acknowledge(second)
	if used, bytes := s.quota.Used(); used != 0 || bytes != 0 || w.Stored() != 0 {
		t.Fatalf("%d messages of %d bytes are left, %d stored", used, bytes, w.Stored())
	}
}

// A receiver that refuses a copy of QoS 1 owes nothing for it.
func TestRefusedReceiverGivesBack(t *testing.T) {
	for _, lane := range []int{0, 1} {
		w := newLanes(2, hub.Options{})
		s := w.session(lane, &hub.QuotaLimits{Messages: 1, Bytes: 1000})
		r := s.sub("a", "", 1, false)
		r.refuses = reason.ClientPacketLimit
		w.subscribe(r)
		for range 3 {
			if o := w.tell(0, &hub.Publisher{Owner: w.owner(0)}, "a", "x", 1); o.Full != 0 {
				t.Fatalf("lane %d: full", lane)
			}
			w.settle()
		}
		if n := w.Count(reason.ClientPacketLimit); n != 3 {
			t.Errorf("lane %d: counted %d times", lane, n)
		}
		if used, _ := s.quota.Used(); used != 0 {
			t.Errorf("lane %d: %d are left reserved", lane, used)
		}
	}
}
