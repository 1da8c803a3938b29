package hub_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// costOf is what a message without anything but these takes of a quota.
func costOf(subject, payload string) int {
	return hub.Cost(&message.Message{Subject: []byte(subject), Payload: []byte(payload)})
}

func TestQuotaLimits(t *testing.T) {
	payload := strings.Repeat("x", 100)
	cost := costOf("a", payload)
	for _, c := range []struct {
		name   string
		limits hub.QuotaLimits
		fit    int
	}{
		{"messages", hub.QuotaLimits{Messages: 3, Bytes: 1 << 20}, 3},
		{"bytes", hub.QuotaLimits{Messages: 100, Bytes: 5 * cost}, 5},
		{"bytes, but one", hub.QuotaLimits{Messages: 100, Bytes: 5*cost - 1}, 4},
		{"nothing", hub.QuotaLimits{}, 0},
		{"the largest", hub.QuotaLimits{Messages: hub.MaxQuotaMessages, Bytes: 1 << 40}, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newLanes(2, hub.Options{})
			s := w.session(1, &c.limits)
			r := s.sub("a", "", 1, false)
			w.subscribe(r)
			from := &hub.Publisher{Owner: w.owner(0)}
			for i := range 20 {
				o := w.tell(0, from, "a", payload, 1)
				if full := i >= c.fit; (o.Full == 1) != full || o.Matched != 1 {
					t.Fatalf("number %d: %+v", i, o)
				}
			}
			w.settle()
			if messages, bytes := s.quota.Used(); messages != c.fit || bytes != c.fit*cost || len(r.owed) != c.fit {
				t.Fatalf("%d messages of %d bytes are reserved, %d came, want %d", messages, bytes, len(r.owed), c.fit)
			}
			// A copy of QoS 0 needs no room.
			if o := w.tell(0, from, "a", payload, 0); o != (hub.Outcome{Matched: 1}) {
				t.Errorf("QoS 0: %+v", o)
			}
			// What comes back can be taken again.
			w.settle()
			w.acknowledge(r)
			if o := w.tell(0, from, "a", payload, 1); (o.Full == 0) != (c.fit > 0) {
				t.Errorf("after all was acknowledged: %+v", o)
			}
			w.settle()
			w.acknowledge(r)
			if messages, bytes := s.quota.Used(); messages != 0 || bytes != 0 || w.Stored() != 0 {
				t.Errorf("%d messages of %d bytes are left, %d stored", messages, bytes, w.Stored())
			}
		})
	}
}

// Four lanes publish to one session at the same time, while it gives back: it
// never has more than its limits, and in the end has what was not refused.
func TestQuotaHoldsAgainstAllLanes(t *testing.T) {
	const lanes, each, turn, room = 4, 5000, 10, 64
	w := newLanes(lanes, hub.Options{})
	limits := &hub.QuotaLimits{Messages: room, Bytes: room * costOf("a", "x")}
	s := w.session(0, limits)
	r := s.sub("a", "", 1, false)
	r.silent = true
	w.subscribe(r)

	var lock sync.Mutex // of waiting, which every lane posts to
	for i := range lanes {
		w.Lane(i).SetPost(func(to int, m *hub.Mail) {
			lock.Lock()
			defer lock.Unlock()
			w.waiting[to] = append(w.waiting[to], mailed{m})
		})
	}
	var wg sync.WaitGroup
	var taken, publishers atomic.Int64
	publishers.Store(lanes - 1)
	for lane := 1; lane < lanes; lane++ {
		wg.Go(func() {
			defer publishers.Add(-1)
			from := &hub.Publisher{Owner: w.owner(lane)}
			m := message.Message{Subject: []byte("a"), Payload: []byte("x"), QoS: 1}
			for range each / turn {
				w.turn(lane, func(l *hub.Lane) {
					for range turn {
						taken.Add(int64(1 - l.Publish(from, &m, 0).Full))
					}
				})
			}
		})
	}
	received, most := 0, 0
	for done := false; !done; {
		done = publishers.Load() == 0
		lock.Lock()
		list := w.waiting[0]
		w.waiting[0] = nil
		lock.Unlock()
		w.turn(0, func(l *hub.Lane) {
			for _, m := range list {
				l.Receive(m.mail, 1<<30)
				m.mail.Done()
			}
		})
		most = max(most, len(r.owed))
		received += len(r.owed)
		w.acknowledge(r)
	}
	wg.Wait()
	if most > room {
		t.Errorf("%d messages were there, limit %d", most, room)
	}
	if int64(received) != taken.Load() {
		t.Errorf("%d came, %d had room", received, taken.Load())
	}
	if refused := w.Count(reason.QueueFull); refused+uint64(received) != (lanes-1)*each {
		t.Errorf("%d refused and %d received of %d", refused, received, (lanes-1)*each)
	}
	if messages, bytes := s.quota.Used(); messages != 0 || bytes != 0 {
		t.Errorf("%d messages of %d bytes are left", messages, bytes)
	}
	for i := range lanes {
		w.turn(i, func(*hub.Lane) {})
	}
	if n := w.Stored(); n != 0 {
		t.Errorf("%d bytes are left stored", n)
	}
}

// What all sessions together may have is looked at once a turn, whichever lane
// the bytes were reserved and given back on.
func TestMaxStored(t *testing.T) {
	cost := costOf("a", "x")
	w := newLanes(3, hub.Options{MaxStored: 4 * cost})
	limits := &hub.QuotaLimits{Messages: 100, Bytes: 1 << 20}
	one, two := w.session(1, limits), w.session(2, limits)
	a, b := one.sub("a", "", 1, false), two.sub("a", "", 1, false)
	w.subscribe(a, b)
	from := &hub.Publisher{Owner: w.owner(0)}
	for i, want := range []hub.Outcome{{Matched: 2, Assured: 2}, {Matched: 2, Assured: 2}, {Matched: 2, Assured: 2}, {Matched: 2, Full: 2, Why: reason.StoredFull}, {Matched: 2, Full: 2, Why: reason.StoredFull}} {
		if o := w.tell(0, from, "a", "x", 1); o != want {
			t.Fatalf("number %d: %+v, want %+v", i, o, want)
		}
	}
	if n := w.Count(reason.StoredFull); n != 4 {
		t.Errorf("counted %d times", n)
	}
	w.settle()
	if n := w.Stored(); n != int64(6*cost) {
		t.Errorf("%d bytes stored, want %d", n, 6*cost)
	}
	w.acknowledge(a)
	if o := w.tell(0, from, "a", "x", 1); o != (hub.Outcome{Matched: 2, Assured: 2}) {
		t.Errorf("with room again: %+v", o)
	}
	w.settle()
	w.acknowledge(a, b)
	if n := w.Stored(); n != 0 {
		t.Errorf("%d bytes are left stored", n)
	}
}

// Each subscription finds its session's quota, however many there are and
// whoever has had the slot before.
func TestQuotasBySlot(t *testing.T) {
	const n = 3000 // beyond what one piece of the table holds
	w := newLanes(2, hub.Options{})
	limits := &hub.QuotaLimits{Messages: 2, Bytes: 1 << 20}
	from := &hub.Publisher{Owner: w.owner(0)}
	for round := range 2 {
		var list []*mqttSession
		w.turn(1, func(l *hub.Lane) {
			for i := range n {
				// Every other slot is that of a client without a quota.
				nats := natsSub(1, w.owner(1), "nats", "")
				nats.ref = l.Subscribe(nats, nats.what)
				s := w.session(1, limits)
				r := s.sub(fmt.Sprint("t", (i*7+round)%n), "", 1, false)
				r.ref = l.Subscribe(r, r.what)
				list = append(list, s)
				l.Unsubscribe(nats.what, nats.ref)
			}
		})
		w.turn(0, func(l *hub.Lane) {
			for _, s := range list {
				m := message.Message{Subject: []byte(s.subs[0].what.Filter.Pattern), QoS: 1}
				l.Publish(from, &m, 0)
				if used, _ := s.quota.Used(); used != 1 {
					t.Fatalf("%d reserved for %q", used, m.Subject)
				}
			}
		})
		w.settle()
		for _, s := range list {
			w.acknowledge(s.subs...)
			w.unsubscribe(s.subs[0])
			if used, _ := s.quota.Used(); used != 0 {
				t.Fatalf("%d are left reserved", used)
			}
		}
	}
}
