package hub_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
)

func TestStrategiesHaveNames(t *testing.T) {
	for s := hub.Random; s <= hub.HashPublisher; s++ {
		if got, err := hub.ParseStrategy(s.String()); got != s || err != nil {
			t.Errorf("%q is %v, %v", s.String(), got, err)
		}
	}
	if s, err := hub.ParseStrategy(""); s != hub.Random || err != nil {
		t.Errorf("no name is %v, %v", s, err)
	}
	if _, err := hub.ParseStrategy("fair"); err == nil {
		t.Error("a name that nothing has is accepted")
	}
}

// crew is a group of NATS members and its publishers, one on each lane.
type crew struct {
	*lanes
	from    []*hub.Publisher
	members []*receiver
}

const crewLanes = 4

func newCrew(s hub.Strategy, members int) *crew {
	c := &crew{lanes: newLanes(crewLanes, hub.Options{Strategy: s})}
	for i := range crewLanes {
		c.from = append(c.from, &hub.Publisher{Owner: c.owner(i)})
	}
	for i := range members {
		c.join(i % crewLanes)
	}
	return c
}

func (c *crew) join(lane int) *receiver {
	r := natsSub(lane, c.owner(lane), "t.*", "crew")
	r.keep = true
	c.subscribe(r)
	c.members = append(c.members, r)
	return r
}

func (c *crew) leave(r *receiver) {
	c.unsubscribe(r)
	c.members = slices.DeleteFunc(c.members, func(o *receiver) bool { return o == r })
}

// taker publishes and returns the member that got the message.
func (c *crew) taker(t *testing.T, lane int, subject string) *receiver {
	t.Helper()
	if c.publish(lane, c.from[lane], subject, "x") != 1 {
		t.Fatal("not matched")
	}
	c.settle()
	var who *receiver
	for _, r := range c.members {
		if len(r.got) > 0 {
			if who != nil || len(r.got) > 1 {
				t.Fatal("came twice")
			}
			who, r.got = r, r.got[:0]
		}
	}
	if who == nil {
		t.Fatal("did not come")
	}
	return who
}

// Round robin goes around exactly, whichever lanes publish.
func TestRoundRobinIsExact(t *testing.T) {
	c := newCrew(hub.RoundRobin, 5)
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		seen := make(map[*receiver]bool)
		for range c.members {
			seen[c.taker(t, r.IntN(crewLanes), "t.1")] = true
		}
		if len(seen) != len(c.members) {
			t.Fatalf("a round of %d came to %d members", len(c.members), len(seen))
		}
	}
}

// Sticky is one member for all lanes until it leaves, whoever joins.
func TestStickyStays(t *testing.T) {
	c := newCrew(hub.Sticky, 1)
	for range 10 {
		chosen := c.taker(t, 0, "t.1")
		for i := range 20 {
			if got := c.taker(t, i%crewLanes, "t.1"); got != chosen {
				t.Fatal("another one was chosen")
			}
			if i == 10 {
				c.leave(c.join(1))
				c.join(2)
				c.join(3)
			}
		}
		// From many to one and back again.
		for len(c.members) > 1 {
			c.leave(chosen)
			chosen = c.taker(t, 0, "t.1")
		}
	}
}

// A member that is away is not stuck to; the one that came for it stays.
func TestStickyLeavesWhoIsAway(t *testing.T) {
	w := newLanes(2, hub.Options{Strategy: hub.Sticky})
	limits := &hub.QuotaLimits{Messages: 100, Bytes: 1 << 20}
	a, b := w.session(0, limits), w.session(1, limits)
	w.subscribe(a.sub("t", "g", 1, false), b.sub("t", "g", 1, false))
	from := &hub.Publisher{Owner: w.owner(0)}
	taker := func() *mqttSession {
		w.tell(0, from, "t", "x", 1)
		w.settle()
		for _, s := range []*mqttSession{a, b} {
			if r := s.subs[0]; len(r.owed) > 0 {
				w.acknowledge(r)
				return s
			}
		}
		t.Fatal("did not come")
		return nil
	}
	first := taker()
	w.mark(first, true)
	second := taker()
	if second == first {
		t.Fatal("one that is away was chosen")
	}
	w.mark(first, false)
	for range 20 {
		if taker() != second {
			t.Fatal("the choice changed without need")
		}
	}
}

// Local prefers the members of the publisher's lane, all of them.
func TestLocalStaysOnTheLane(t *testing.T) {
	c := newCrew(hub.Local, 3*crewLanes)
	for lane := range crewLanes {
		seen := make(map[*receiver]bool)
		for range 200 {
			r := c.taker(t, lane, "t.1")
			if r.lane != lane {
				t.Fatalf("from lane %d to lane %d", lane, r.lane)
			}
			seen[r] = true
		}
		if len(seen) != 3 {
			t.Errorf("lane %d: %d of its 3 members were chosen", lane, len(seen))
		}
	}
	for _, r := range slices.Clone(c.members) {
		if r.lane == 0 {
			c.leave(r)
		}
	}
	c.taker(t, 0, "t.1") // somebody else's
}

// A hash sends the same key to the same member from every lane. Who joins takes
// keys only for itself; who leaves gives up only its own.
func TestHashesAreStable(t *testing.T) {
	const keys = 200
	for _, strategy := range []hub.Strategy{hub.HashTopic, hub.HashPublisher} {
		t.Run(strategy.String(), func(t *testing.T) {
			c := newCrew(strategy, 8)
			owners := make([]uint32, keys)
			for i := range owners {
				owners[i] = c.owner(i % crewLanes)
			}
			look := func(shift int) (takers [keys]*receiver) {
				for i := range takers {
					if strategy == hub.HashTopic {
						takers[i] = c.taker(t, (i+shift)%crewLanes, fmt.Sprint("t.", i))
						continue
					}
					lane := i % crewLanes
					c.from[lane] = &hub.Publisher{Owner: owners[i]}
					takers[i] = c.taker(t, lane, fmt.Sprint("t.", i+shift))
				}
				return takers
			}
			before := look(0)
			if look(1) != before {
				t.Fatal("lanes or subjects disagree")
			}
			count := make(map[*receiver]int)
			for _, r := range before {
				count[r]++
			}
			for _, r := range c.members {
				if n := count[r]; n < keys/8/4 || n > keys/8*4 {
					t.Errorf("a member has %d of %d keys", n, keys)
				}
			}
			newcomer := c.join(1)
			after := look(0)
			for i := range after {
				if after[i] != before[i] && after[i] != newcomer {
					t.Fatal("a key moved between members that were there")
				}
			}
			gone := after[0]
			c.leave(gone)
			for i, r := range look(0) {
				if after[i] != gone && r != after[i] {
					t.Fatal("a key moved although its member stayed")
				}
			}
		})
	}
}

// Random reaches everybody, about equally; the bounds are far beyond chance.
func TestRandomSpreads(t *testing.T) {
	c := newCrew(hub.Random, 4)
	count := make(map[*receiver]int)
	for range 2000 {
		count[c.taker(t, 0, "t.1")]++
	}
	for _, r := range c.members {
		if n := count[r]; n < 300 || n > 800 {
			t.Errorf("a member got %d of 2000", n)
		}
	}
}
