package hub_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// share is the group of a subscription, as its session hands it back.
func (r *receiver) share(joint bool) hub.Share {
	return hub.Share{Name: r.what.Group.Name, Filter: r.what.Filter, Joint: joint}
}

// redispatch hands a message back on behalf of a member that has gone.
func (w *lanes) redispatch(r *receiver, joint, dup, online bool) (ok bool) {
	w.turn(r.lane, func(l *hub.Lane) {
		m := message.Message{Subject: []byte("a"), Payload: []byte("x"), Origin: message.FromMQTT, QoS: 1}
		ok = l.Redispatch(r.share(joint), hub.Sender{}, &m, dup, online)
	})
	w.settle()
	return ok
}

// What a member has not acknowledged goes to another one of its share, marked
// as a duplicate if it may have been seen; or stays, when there is none.
func TestRedispatchOfWhatWasNotAcknowledged(t *testing.T) {
	for _, lane := range []int{0, 1} {
		w := newLanes(2, hub.Options{})
		limits := &hub.QuotaLimits{Messages: 2, Bytes: 1 << 20}
		gone, other, stranger := w.session(0, limits), w.session(lane, limits), w.session(lane, limits)
		a := gone.sub("a", "g", 1, false)
		b, c := other.sub("a", "g", 1, false), stranger.sub("+", "g", 1, false)
		w.subscribe(a, c)
		w.mark(gone, true)
		if w.redispatch(a, false, true, true) {
			t.Fatal("somebody of another share took it")
		}
		w.subscribe(b)
		if !w.redispatch(a, false, true, true) || b.dup != 1 || !w.redispatch(a, false, false, true) || b.dup != 1 {
			t.Fatalf("lane %d: %d copies, %d duplicates", lane, b.count, b.dup)
		}
		if w.redispatch(a, false, true, true) {
			t.Error("a member without room took it")
		}
		if n := w.Count(reason.QueueFull); n != 0 {
			t.Errorf("queue_full counted %d times for what its session keeps", n)
		}
		w.acknowledge(b)
		w.mark(other, true)
		if w.redispatch(a, false, true, true) {
			t.Error("a member that is away took it, though only a connected one should")
		}
		// The session of a itself has ended: away is better than nothing.
		w.unsubscribe(a)
		if !w.redispatch(a, false, true, false) || len(b.owed) != 1 {
			t.Errorf("%d came to a member that is away", len(b.owed))
		}
		if c.count != 0 || w.Count(reason.GroupRedispatched) != 3 {
			t.Errorf("%d to another share, %d counted", c.count, w.Count(reason.GroupRedispatched))
		}
	}
}

// A share whose last MQTT member is gone leaves its messages to the NATS
// members that took part in it, wherever they take part now.
func TestRedispatchToNATSMembers(t *testing.T) {
	w := newLanes(2, hub.Options{})
	s := w.session(0, &hub.QuotaLimits{Messages: 9, Bytes: 1 << 20})
	a := s.sub("a", "q", 1, false)
	queue := natsSub(1, w.owner(1), "*", "q")
	w.subscribe(a, queue)
	w.unsubscribe(a)
	if w.redispatch(a, false, true, true) {
		t.Error("a NATS member that took no part got it")
	}
	if !w.redispatch(a, true, true, true) || queue.count != 1 || queue.qos[0] != 0 {
		t.Errorf("%d copies", queue.count)
	}
}

// Members of a share and a queue group come and go on all lanes, with and
// without a connection, while messages are on their way, are acknowledged or
// handed on: each message comes at most once, none is lost without being
// counted, and in the end no room is left taken.
func TestShareExactlyOnceWhileMembersChange(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 6))
		const n = 4
		w := newLanes(n, hub.Options{Strategy: hub.Strategy(seed % 6)})
		limits := &hub.QuotaLimits{Messages: 1000, Bytes: 1 << 30}
		var all, queues []*receiver
		var sessions, in []*mqttSession
		join := func() {
			if lane := r.IntN(n); r.IntN(2) == 0 {
				q := natsSub(lane, w.owner(lane), []string{"a", "*", ">"}[r.IntN(3)], "g")
				queues, all = append(queues, q), append(all, q)
			} else {
				s := w.session(lane, limits)
				sessions, in, all = append(sessions, s), append(in, s), append(all, s.sub("a", "g", 1, false))
			}
			last := all[len(all)-1]
			last.keep = true
			w.subscribe(last)
		}
		join()
		from := &hub.Publisher{Owner: w.owner(0)}
		published := 0
		for range 1000 {
			switch k := r.IntN(12); {
			case k < 6:
				o := w.tell(0, from, "a", string(rune('A'+published)), 1)
				if o.Matched+o.Stored == 1 {
					published++
				} else if len(in)+len(queues) > 0 {
					t.Fatalf("seed %d: %+v", seed, o)
				}
			case k < 7:
				join()
			case k < 8 && len(queues) > 0:
				i := r.IntN(len(queues))
				w.unsubscribe(queues[i])
				queues = append(queues[:i], queues[i+1:]...)
			case k < 9 && len(in) > 0:
				i := r.IntN(len(in))
				w.unsubscribe(in[i].subs[0])
				in = append(in[:i], in[i+1:]...)
			case k < 10 && len(in) > 0:
				s := in[r.IntN(len(in))]
				w.mark(s, !s.offline)
			case k < 11 && len(sessions) > 0:
				w.acknowledge(sessions[r.IntN(len(sessions))].subs...)
			default:
				w.deliver(r.IntN(n), 200)
			}
		}
		w.settle()
		seen := make(map[string]bool)
		for _, m := range all {
			for _, payload := range m.got {
				if seen[payload] {
					t.Fatalf("seed %d: %q came twice", seed, payload)
				}
				seen[payload] = true
			}
		}
		if lost := int(w.Count(reason.GroupMembersGone)); len(seen)+lost != published {
			t.Fatalf("seed %d: %d came, %d were counted as lost, of %d", seed, len(seen), lost, published)
		}
		for _, s := range sessions {
			w.acknowledge(s.subs...)
			if used, bytes := s.quota.Used(); used != 0 || bytes != 0 {
				t.Fatalf("seed %d: %d messages of %d bytes are left reserved", seed, used, bytes)
			}
		}
		if w.Stored() != 0 {
			t.Fatalf("seed %d: %d bytes are left stored", seed, w.Stored())
		}
	}
}

// Filters of the same levels with different tails make different shares.
func TestSharesWithTailsAreApart(t *testing.T) {
	w := newLanes(1, hub.Options{})
	s := w.session(0, &hub.QuotaLimits{Messages: 9, Bytes: 1 << 20})
	exact, tail := s.sub("a", "g", 0, false), s.sub("a/#", "g", 0, false)
	w.subscribe(exact, tail)
	if exact.what.Filter.Tail == tail.what.Filter.Tail || tail.what.Filter.Tail == trie.TailNone {
		t.Fatal("the filters are the same")
	}
	if o := w.tell(0, &hub.Publisher{Owner: w.owner(0)}, "a", "x", 0); o.Matched != 2 || exact.count != 1 || tail.count != 1 {
		t.Errorf("%+v", o)
	}
}

// Members that decline on their lanes, because they close or because the message is
// too large for them, do not send it to and fro between them: it comes to the one
// member that takes it, with every strategy and wherever it begins.
func TestDecliningMembersDoNotKeepAMessage(t *testing.T) {
	for strategy := hub.Random; strategy <= hub.HashPublisher; strategy++ {
		for takes := range 2 * crewLanes {
			c := newCrew(strategy, 2*crewLanes)
			for i, r := range c.members {
				if i != takes {
					r.refuses = reason.ReceiverClosing
				}
			}
			for lane := range crewLanes {
				for i := range 20 {
					if got := c.taker(t, lane, fmt.Sprint("t.", i)); got != c.members[takes] {
						t.Fatalf("strategy %v: another than %d got it", strategy, takes)
					}
				}
			}
		}
	}
}
