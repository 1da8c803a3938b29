package soak

import (
	"math/rand/v2"
	"testing"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// replayStory is a reader whose topic is changed and whose copies come by hand.
type replayStory struct {
	*replayReader
	t *testing.T
}

func newReplayStory(t *testing.T) *replayStory {
	r := &Round{Ledger: NewLedger(nil), faults: NewFaults()}
	l := &replayReader{
		round: r, trail: NewTrail("reader", &r.Ledger.Clock), filter: "x", first: Never,
		topics: []*retainedTopic{{name: "x"}},
		seen:   make(map[replayKey]int), last: make(map[replayKey]int),
	}
	return &replayStory{l, t}
}

// change sets or deletes; done: it is acknowledged.
func (s *replayStory) change(deletes, done bool) {
	n := s.topics[0].begin(s.round.Ledger.Clock.Next(), deletes)
	if done {
		s.topics[0].end(n, s.round.Ledger.Clock.Next())
	}
}

func (s *replayStory) subscribe(rap, replays bool) {
	s.ask(codec.NewSubscribeOptions(0, false, rap, 0), replays)
}

func (s *replayStory) got(number int, retain bool) {
	p := &codec.Packet{Topic: []byte("x"), Retain: retain, Payload: Stamp{0, number}.AppendPayload(nil, 10)}
	if err := s.take(p); err != nil {
		s.t.Error(err)
	}
}

func TestReplays(t *testing.T) {
	for _, c := range []struct {
		name, rule string
		tell       func(s *replayStory)
	}{
		{"replayed", "", func(s *replayStory) { s.change(false, true); s.subscribe(false, true); s.got(0, true) }},
		{"live", "", func(s *replayStory) { s.subscribe(false, true); s.change(false, true); s.got(0, false) }},
		{"seen both ways", "", func(s *replayStory) {
			s.subscribe(false, true)
			s.change(false, true)
			s.got(0, true)
			s.got(0, false)
		}},
		{"another value that may be under way", "", func(s *replayStory) {
			s.change(false, true)
			s.change(false, false)
			s.subscribe(false, true)
			s.got(0, true)
		}},
		{"replaced before", "replay-stale", func(s *replayStory) {
			s.change(false, true)
			s.change(false, true)
			s.subscribe(false, true)
			s.got(0, true)
		}},
		{"deleted before", "replay-stale", func(s *replayStory) {
			s.change(false, true)
			s.change(true, true)
			s.subscribe(false, true)
			s.got(0, true)
		}},
		{"replayed twice", "replay-twice", func(s *replayStory) {
			s.change(false, true)
			s.subscribe(false, true)
			s.got(0, true)
			s.got(0, true)
		}},
		{"replayed although Retain Handling says no", "replay-twice", func(s *replayStory) {
			s.change(false, true)
			s.subscribe(false, false)
			s.got(0, true)
		}},
		{"published before, without RETAIN", "replay-live", func(s *replayStory) {
			s.change(false, true)
			s.subscribe(false, true)
			s.got(0, false)
		}},
		{"published as retained, without RETAIN", "replay-live", func(s *replayStory) {
			s.subscribe(true, true)
			s.change(false, true)
			s.got(0, false)
		}},
		{"older behind newer", "replay-order", func(s *replayStory) {
			s.subscribe(false, true)
			s.change(false, false)
			s.change(false, false)
			s.got(1, false)
			s.got(0, true)
		}},
		{"a live one behind a newer replay", "", func(s *replayStory) {
			s.subscribe(false, true)
			s.change(false, false)
			s.change(false, false)
			s.got(1, true)
			s.got(0, false)
			s.got(1, false)
		}},
		{"nothing comes", "replay-missing", func(s *replayStory) {
			s.change(false, true)
			s.subscribe(false, true)
		}},
		{"nothing comes of what may be deleted", "", func(s *replayStory) {
			s.change(false, true)
			s.subscribe(false, true)
			s.change(true, false)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newReplayStory(t)
			c.tell(s)
			rule := ""
			if list := s.round.faults.All(); len(list) > 0 {
				rule = list[0].Rule
			} else if s.missing() != "" {
				rule = "replay-missing"
			}
			if rule != c.rule {
				t.Errorf("rule %q, want %q", rule, c.rule)
			}
		})
	}
}

func TestWills(t *testing.T) {
	for _, c := range []struct {
		name, rule string
		came       int
		fate       fate
		from       time.Duration
	}{
		{"published", "", 1, published, 0},
		{"published twice", "will-twice", 2, published, 0},
		{"withdrawn", "", 0, withdrawn, 0},
		{"withdrawn and published", "will-never", 1, withdrawn, 0},
		{"too early", "will-never", 1, published, time.Hour},
		{"nobody knows", "", 1, unknown, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Round{Ledger: NewLedger(nil), faults: NewFaults()}
			w := &willWatcher{round: r, trail: NewTrail("watcher", &r.Ledger.Clock), wills: make(map[string]*will)}
			x := &will{topic: "t", payload: "p"}
			w.expect(x)
			w.decide(x, c.fate, time.Now().Add(c.from))
			for range c.came {
				if err := w.take(&codec.Packet{Topic: []byte("t"), Payload: []byte("p")}); err != nil {
					t.Error(err)
				}
			}
			rule := ""
			if list := r.faults.All(); len(list) > 0 {
				rule = list[0].Rule
			}
			if rule != c.rule {
				t.Errorf("rule %q, want %q", rule, c.rule)
			}
		})
	}
}

func TestIdentifiedCopies(t *testing.T) {
	ids := func(list ...uint32) (section []byte) {
		for _, id := range list {
			section = codec.AppendVarIntProperty(section, codec.PropSubscriptionID, id)
		}
		return section
	}
	for _, c := range []struct {
		name, rule string
		want       identifiedCopy
		times      int
		qos        byte
		properties []byte
	}{
		{"with all identifiers", "", identifiedCopy{any: true, qos: 1, numbers: []uint32{3, 500}}, 1, 1, ids(500, 3)},
		{"without one of them", "merged", identifiedCopy{any: true, qos: 1, numbers: []uint32{3, 500}}, 1, 1, ids(500)},
		{"with one too many", "merged", identifiedCopy{any: true, qos: 1, numbers: []uint32{3}}, 1, 1, ids(3, 3)},
		{"with a lower QoS", "merged", identifiedCopy{any: true, qos: 1}, 1, 0, nil},
		{"twice", "merged", identifiedCopy{any: true}, 2, 0, nil},
		{"its own", "no-local", identifiedCopy{}, 1, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Round{Ledger: NewLedger(nil), faults: NewFaults()}
			c.want.topic = "t"
			l := &identified{round: r, trail: NewTrail("client", &r.Ledger.Clock), random: rand.New(rand.NewPCG(1, 1))}
			l.wants = map[Stamp]*identifiedCopy{{}: &c.want}
			p := &codec.Packet{Topic: []byte("t"), QoS: c.qos, Payload: Stamp{}.AppendPayload(nil, 5)}
			if err := codec.DecodeProperties(c.properties, codec.TypePublish, &p.Properties); err != nil {
				t.Fatal(err)
			}
			for range c.times {
				if err := l.take(p); err != nil {
					t.Error(err)
				}
			}
			rule := ""
			if list := r.faults.All(); len(list) > 0 {
				rule = list[0].Rule
			}
			if rule != c.rule {
				t.Errorf("rule %q, want %q", rule, c.rule)
			}
		})
	}
}
