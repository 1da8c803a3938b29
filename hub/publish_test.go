package hub_test

import (
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// recorder is a Subscriber that hands each message to a function.
type recorder struct{ on func(m *message.Message) }

func (r *recorder) Deliver(m *message.Message, _ *hub.Route, _ *hub.Copy) reason.ID {
	r.on(m)
	return reason.None
}

// acks writes answers down.
type acks struct {
	tokens  []uint64
	matched []int
}

func (a *acks) Published(token uint64, o hub.Outcome) {
	a.tokens = append(a.tokens, token)
	a.matched = append(a.matched, o.Matched)
}

func TestAcksComeInOrderAndOnlyForTokens(t *testing.T) {
	w := newLanes(2, hub.Options{})
	w.subscribe(natsSub(1, w.owner(1), "a", ""))
	var a acks
	from := hub.Publisher{Owner: w.owner(0), Acks: &a}
	w.turn(0, func(l *hub.Lane) {
		for i, subject := range []string{"a", "b", "a", "a..b"} {
			m := message.Message{Subject: []byte(subject)}
			l.Publish(&from, &m, uint64(i)*10)
		}
	})
	if len(a.tokens) != 3 || a.tokens[0] != 10 || a.tokens[1] != 20 || a.tokens[2] != 30 {
		t.Fatalf("tokens %v", a.tokens)
	}
	if a.matched[0] != 0 || a.matched[1] != 1 || a.matched[2] != 0 {
		t.Fatalf("matched %v", a.matched)
	}
}

// Matched: plain copies one by one, groups once, merged subscriptions once,
// nothing for echo and No Local.
func TestMatchedCounts(t *testing.T) {
	for _, n := range []int{1, 4} {
		w := newLanes(n, hub.Options{})
		far := n - 1
		me, other := w.owner(0), w.owner(far)
		publisher := &hub.Publisher{Owner: me}
		check := func(subject string, want int) {
			t.Helper()
			if got := w.publish(0, publisher, subject, "x"); got != want {
				t.Errorf("%d lanes, %s: matched %d, want %d", n, subject, got, want)
			}
			w.settle()
		}
		check("nobody", 0)
		w.subscribe(
			natsSub(far, other, "plain", ""), natsSub(far, other, "plain", ""), natsSub(0, me, "plain", ""),
			natsSub(far, other, "group", "q"), natsSub(0, w.owner(0), "group", "q"), natsSub(0, me, "*", "r"),
			mqttSub(far, other+100, "merged/#", false), mqttSub(far, other+100, "merged", false), mqttSub(far, other+100, "+", false),
			natsSub(0, me, "own", ""), natsSub(0, me, "own", "q"),
			mqttSub(0, me, "nolocal", true),
		)
		check("plain", 3+1+1) // and group r, and the filter +
		check("group", 2+1)
		check("merged", 1+1)
		check("own", 1+2+1)
		check("nolocal", 1+1)
		publisher.NoEcho = true
		check("plain", 2+1)
		check("own", 1)
		check("group", 1+1)
	}
}

// A member that cannot take a message makes room for the next; when none can,
// nobody was there.
func TestGroupTriesTheNextMember(t *testing.T) {
	w := newLanes(1, hub.Options{})
	a, b := natsSub(0, w.owner(0), "a", "q"), natsSub(0, w.owner(0), "a", "q")
	w.subscribe(a, b)
	from := &hub.Publisher{Owner: w.owner(0)}
	a.refuses = reason.ReceiverClosing
	for range 50 {
		if w.publish(0, from, "a", "x") != 1 {
			t.Fatal("not matched")
		}
	}
	if b.count != 50 {
		t.Fatalf("%d of 50 came", b.count)
	}
	b.refuses = reason.ReceiverClosing
	if w.publish(0, from, "a", "x") != 0 {
		t.Fatal("matched although nobody takes it")
	}
}

// Picks are spread over the members.
func TestGroupPicksEveryMember(t *testing.T) {
	w := newLanes(2, hub.Options{})
	var list []*receiver
	for i := range 4 {
		list = append(list, natsSub(i%2, w.owner(i%2), "a", "q"))
	}
	w.subscribe(list...)
	from := &hub.Publisher{Owner: w.owner(0)}
	const messages = 4000
	for range messages {
		w.publish(0, from, "a", "x")
	}
	w.settle()
	total := 0
	for _, s := range list {
		total += s.count
		if s.count < messages/8 || s.count > messages/2 {
			t.Errorf("a member got %d of %d", s.count, messages)
		}
	}
	if total != messages {
		t.Fatalf("%d of %d came", total, messages)
	}
}

// Dropped copies are counted by their reason.
func TestDropReasons(t *testing.T) {
	w := newLanes(2, hub.Options{MaxSubject: 10})
	near, far := mqttSub(0, w.owner(0), "#", false), mqttSub(1, w.owner(1), "#", false)
	nats, group := natsSub(1, w.owner(1), ">", ""), natsSub(1, w.owner(1), ">", "q")
	w.subscribe(near, far, nats, group)
	from := &hub.Publisher{Owner: w.owner(0)}
	check := func(subject string, matched int, id reason.ID) {
		t.Helper()
		before := w.Count(id)
		got := w.publish(0, from, subject, "x")
		w.settle()
		if got != matched || w.Count(id) != before+1 {
			t.Errorf("%q: matched %d, want %d; %v counted %d times", subject, got, matched, id, w.Count(id)-before)
		}
	}
	check("a.+", 2, reason.SubjectNotATopic)               // NATS only
	check("a/b", 2, reason.SubjectNotATopic)               // again, from the cache or not
	check("a/b", 2, reason.SubjectNotATopic)               // each time
	check(strings.Repeat("x", 11), 2, reason.TopicTooLong) // MQTT only
	w.publish(0, from, strings.Repeat("x", 10), "x")       // fits
	w.settle()
	if nats.count+group.count != 2*(3+1) || near.count != 2 || far.count != 2 {
		t.Errorf("NATS got %d, MQTT %d and %d", nats.count+group.count, near.count, far.count)
	}
	far.refuses = reason.ClientPacketLimit
	check("a", 4, reason.ClientPacketLimit)
	if w.Count(reason.ClientPacketLimit) != 1 {
		t.Error("counted twice")
	}
	// Nobody of the protocol that has no such name: nothing is dropped.
	w.unsubscribe(near)
	w.unsubscribe(far)
	before := w.Count(reason.SubjectNotATopic)
	w.publish(0, from, "a.+", "x")
	if w.Count(reason.SubjectNotATopic) != before {
		t.Error("counted without an MQTT subscription")
	}
}

// A subscription that ends while a message is on its way gets nothing; its
// slot's next owner does not get it either.
func TestNothingComesAfterUnsubscribe(t *testing.T) {
	w := newLanes(2, hub.Options{})
	old := natsSub(1, w.owner(1), "a", "")
	w.subscribe(old)
	from := &hub.Publisher{Owner: w.owner(0)}
	if w.publish(0, from, "a", "x") != 1 {
		t.Fatal("not matched")
	}
	w.unsubscribe(old)
	next := natsSub(1, w.owner(1), "a", "")
	w.subscribe(next)
	w.settle()
	if old.count != 0 || next.count != 0 {
		t.Fatalf("the old one got %d, the next %d", old.count, next.count)
	}
	w.unsubscribe(old) // a second time is nothing
	if w.Subscriptions() != 1 {
		t.Fatal("unsubscribed somebody else")
	}
}

// A subscription that ends within the delivery of a message does not disturb
// the others.
func TestUnsubscribeDuringDelivery(t *testing.T) {
	w := newLanes(1, hub.Options{})
	var list []*receiver
	for range 5 {
		list = append(list, natsSub(0, w.owner(0), "a", ""))
	}
	w.subscribe(list...)
	list[1].on = func() {
		for _, s := range []*receiver{list[1], list[3]} {
			w.Lane(0).Unsubscribe(s.what, s.ref)
		}
	}
	from := &hub.Publisher{Owner: w.owner(0)}
	w.publish(0, from, "a", "1")
	w.publish(0, from, "a", "2")
	for i, want := range []int{2, 1, 2, 0, 2} {
		if list[i].count != want {
			t.Errorf("number %d got %d, want %d", i, list[i].count, want)
		}
	}
}

// A subscription of another lane counts from the next turn on, also for a
// publisher that has published on the subject before.
func TestRoutesSeeOtherLanes(t *testing.T) {
	w := newLanes(2, hub.Options{})
	from := &hub.Publisher{Owner: w.owner(0)}
	for range 3 {
		if w.publish(0, from, "a", "x") != 0 {
			t.Fatal("matched")
		}
		s := natsSub(1, w.owner(1), "a", "")
		w.subscribe(s)
		if w.publish(0, from, "a", "x") != 1 {
			t.Fatal("not matched")
		}
		w.settle()
		w.unsubscribe(s)
	}
}

func TestTrafficCounts(t *testing.T) {
	w := newLanes(2, hub.Options{})
	w.subscribe(natsSub(0, w.owner(0), "a", ""), natsSub(1, w.owner(1), "a", ""), natsSub(1, w.owner(1), "a", "q"))
	w.publish(0, &hub.Publisher{Owner: w.owner(0)}, "a", "12345")
	w.settle()
	if got, want := w.Traffic(), (hub.Traffic{In: 1, Out: 3, InBytes: 5, OutBytes: 15}); got != want {
		t.Fatalf("%+v, want %+v", got, want)
	}
}
