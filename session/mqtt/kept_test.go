package mqtt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/session"
)

// A class has one size, which holds what belongs to it and wastes little.
func TestKeptClasses(t *testing.T) {
	sizes := make(map[int]int)
	for n := 1; n <= 70000; n++ {
		class, size := keptClass(n)
		switch {
		case n > keptLargest:
			if class < keptClasses || size != n {
				t.Fatalf("%d bytes: class %d of %d bytes", n, class, size)
			}
			continue
		case class < 0 || class >= keptClasses || size < n:
			t.Fatalf("%d bytes: class %d of %d bytes", n, class, size)
		case size-n >= keptStep && (size-n)*8 > n:
			t.Fatalf("%d bytes take %d", n, size)
		case n > 256 && (size-n)*8 > n:
			t.Fatalf("%d bytes take %d", n, size)
		}
		if had, ok := sizes[class]; ok && had != size {
			t.Fatalf("class %d has %d and %d bytes", class, had, size)
		}
		sizes[class] = size
		if again, same := keptClass(size); again != class || same != size {
			t.Fatalf("what was made for %d bytes comes back as class %d", n, again)
		}
	}
}

// shelf is a lane with sessions that are away, and a publisher.
type shelf struct {
	hub  *hub.Lane
	lane *Lane
	from hub.Publisher
	m    message.Message
	name []byte
}

func newShelf() *shelf {
	s := &shelf{hub: hub.New(hub.Options{Lanes: 1}).Lane(0)}
	o := NewOptions(1 << 20)
	o.Quota = hub.QuotaLimits{Messages: hub.MaxQuotaMessages, Bytes: 1 << 40}
	s.lane = NewLane(s.hub, o)
	s.from.Owner = s.hub.NewOwner()
	return s
}

// session makes a session without a connection that takes filter with QoS 1.
func (s *shelf) session(id, filter string) *state {
	st := s.lane.newState(id)
	st.expiry = neverExpires
	_, _, opens, _ := s.hub.Hub().Names().AppendFilter(nil, []byte(filter))
	b := &subscription{state: st, filter: filter}
	b.ref.Flags, b.ref.Opens = hub.FlagMQTT|hub.FlagMerge|hub.FlagQoS1|hub.FlagOffline, opens
	b.ref = s.hub.Subscribe(b, b.what())
	st.subs.Add(b)
	return st
}

func (s *shelf) publish(subject string, properties, payload []byte) hub.Outcome {
	s.name = append(s.name[:0], subject...)
	s.m.Begin(message.FromMQTT, s.name, nil, payload)
	s.m.Properties, s.m.QoS = properties, 1
	s.hub.BeginTurn()
	defer s.hub.EndTurn()
	return s.hub.Publish(&s.from, &s.m, 0)
}

// dropFirst lets the oldest message of a session go.
func (st *state) dropFirst() {
	st.forget(st.flight.at(0))
	st.trim()
}

// Sessions of a lane share a message; it lives as long as one of them has it,
// and says what was published.
func TestKeptIsSharedUntilTheLastOneLetsGo(t *testing.T) {
	s := newShelf()
	var states []*state
	for i := range 4 {
		states = append(states, s.session(fmt.Sprint(i), "t"))
	}
	properties := codec.AppendUserProperty(nil, []byte("k"), []byte("v"))
	r := rand.New(rand.NewPCG(1, 1))
	type sent struct{ payload []byte }
	var want [4][]sent // what each session has, oldest first
	for i := range 3000 {
		// One more message for all of them, or one less for one.
		if r.IntN(5) == 0 || i < 10 {
			payload := bytes.Repeat([]byte{byte(i)}, 1+r.IntN(1<<r.IntN(14)))
			if o := s.publish("t", properties, payload); o.Stored != len(states) {
				t.Fatalf("%+v", o)
			}
			newest := states[0].flight.at(states[0].flight.n - 1).m
			if int(newest.refs) != len(states) {
				t.Fatalf("%d references", newest.refs)
			}
			if large := len(payload) >= session.ShareAt; large != (newest.bulk != nil) {
				t.Fatalf("%d bytes by reference: %v", len(payload), !large)
			}
			for k, st := range states {
				if st.flight.at(st.flight.n-1).m != newest {
					t.Fatal("a session has a message of its own")
				}
				want[k] = append(want[k], sent{payload})
			}
			continue
		}
		k := r.IntN(len(states))
		if len(want[k]) == 0 {
			continue
		}
		m := states[k].flight.at(0).m
		if !bytes.Equal(m.payload(), want[k][0].payload) || string(m.topic()) != "t" || !bytes.Equal(m.section(), properties) {
			t.Fatalf("the oldest message of session %d has changed", k)
		}
		want[k] = want[k][1:]
		states[k].dropFirst()
	}
	for k, st := range states {
		for range want[k] {
			st.dropFirst()
		}
		if messages, n := st.quota.Used(); messages != 0 || n != 0 || st.flight != nil {
			t.Errorf("%d messages of %d bytes are left reserved", messages, n)
		}
	}
	if n := s.lane.keeping.bulk.Lent(); n != 0 {
		t.Errorf("%d large payloads are not given back", n)
	}
	for class, stack := range s.lane.keeping.free {
		seen := make(map[*kept]bool)
		for _, k := range stack {
			if seen[k] || k.refs != 0 || len(k.buf) != 0 || k.bulk != nil || k.extra != nil {
				t.Errorf("class %d: free twice, or not empty: %+v", class, k)
			}
			seen[k] = true
		}
	}
}

// Memory for reuse has a bound for each size.
func TestKeptForReuseIsBounded(t *testing.T) {
	s := newShelf()
	st := s.session("s", "t")
	const n = 12000
	for range n {
		s.publish("t", nil, make([]byte, 40))
	}
	for range n {
		st.dropFirst()
	}
	for class, stack := range s.lane.keeping.free {
		total := 0
		for _, k := range stack {
			total += cap(k.buf)
		}
		if total > freeKept {
			t.Errorf("class %d keeps %d bytes", class, total)
		}
	}
}
