package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/isthmus-mq/isthmus/trie"
)

// newRandom is the same for every run.
func newRandom() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// direction is who publishes to whom.
type direction struct{ from, to protocol }

func (d direction) String() string { return d.from.String() + "→" + d.to.String() }

var directions = []direction{
	{speaksNATS, speaksNATS}, {speaksNATS, speaksMQTT}, {speaksMQTT, speaksNATS}, {speaksMQTT, speaksMQTT},
}

// readSize is what a lane reads at once from a busy publisher, in bytes.
const readSize = 64 << 10

// reads encodes messages to names that take turns, count of them to a read.
func reads(p protocol, names []string, payload, count int) (all [][]byte) {
	for len(names) > 0 {
		var in []byte
		n := min(count, len(names))
		for _, name := range names[:n] {
			in = appendPublish(in, p, name, make([]byte, payload))
		}
		all, names = append(all, in), names[n:]
	}
	return all
}

// repeated is a list of so many names, which take turns. One name makes a
// stream, which isthmus takes at once; with two no message is like the one
// before it.
func repeated(count int, names ...string) (list []string) {
	for i := range count {
		list = append(list, names[i%len(names)])
	}
	return list
}

// randomSubjects are those of clients below n.
func randomSubjects(n int) (list []string) {
	const count = 1 << 16
	random := newRandom()
	for range count {
		list = append(list, subject(random.IntN(n)))
	}
	return list
}

// deliveries measures the CPU time of a delivered message while from publishes
// these reads one after the other.
func (g *gateway) deliveries(s *settings, x int, from *conn, in [][]byte) (point, error) {
	for _, read := range in { // routes, buffers and lines are there from now on
		g.turn(from, read)
	}
	at := 0
	return s.cost(x, func() int {
		before := g.delivered()
		for range min(16, len(in)) {
			g.turn(from, in[at%len(in)])
			at++
		}
		return g.delivered() - before
	})
}

// matching is the trie alone: one of n subscriptions is found.
func matching(s *settings, r *report, tell *progress) error {
	c := curve{Name: "match", Load: load(), X: "subscriptions", Y: "CPU ns per match that finds one of them"}
	for _, n := range steps(1000, s.sessions) {
		names := randomSubjects(n)
		subjects := make([][]byte, len(names))
		for i, name := range names {
			subjects[i] = []byte(name)
		}
		for _, k := range []kind{exact, wildcard} {
			tell.say("match: %d subscriptions, %s", n, k)
			t, _ := fillTrie(k, n)
			var m trie.Matches
			at, found := 0, 0
			p, err := s.cost(n, func() int {
				const count = 1024
				found = 0
				for range count {
					t.Match(subjects[at%len(subjects)], 0, &m)
					found += len(m.Plain)
					at++
				}
				return found
			})
			if err != nil {
				return err
			}
			c.add(k.String(), p)
		}
	}
	r.Curves = append(r.Curves, c)
	return nil
}

// bySubscriptions: a thousand sessions hold n subscriptions; each message
// reaches one of them.
func bySubscriptions(s *settings, r *report, tell *progress) error {
	c := curve{Name: "subscriptions", Load: load(), X: "subscriptions of 1,000 sessions", Y: "CPU ns per delivered message of 16 B"}
	for _, n := range steps(1000, s.sessions) {
		for _, k := range []kind{exact, wildcard} {
			for _, p := range []protocol{speaksNATS, speaksMQTT} {
				name := fmt.Sprintf("%v, %v", direction{p, p}, k)
				tell.say("subscriptions: %d, %s", n, name)
				g := newGateway(1, 1000)
				var clients []*conn
				for i := range 1000 {
					clients = append(clients, g.client(p, 0, i))
				}
				var in []byte
				for i := range n {
					in = appendSubscribe(in[:0], p, filter(p, k, i), i/1000)
					g.turn(clients[i%1000], in)
					tell.at(i, n)
				}
				if err := g.check(n); err != nil {
					return err
				}
				from := g.client(p, 0, 1000)
				y, err := g.deliveries(s, n, from, reads(p, randomSubjects(n), 16, batchSize))
				if err != nil {
					return err
				}
				c.add(name, y)
				if k == exact && p == speaksNATS {
					if y, err = g.deliveries(s, n, from, reads(p, repeated(2*batchSize, subject(1), subject(2)), 16, batchSize)); err != nil {
						return err
					}
					c.add("NATS→NATS, the same two subjects", y)
				}
			}
		}
	}
	r.Curves = append(r.Curves, c)
	return nil
}

// twoNames are what one pattern matches: messages to them in turn are no
// stream.
var twoNames = []string{"fleet.one.commands", "fleet.two.commands"}

// crowd opens n subscribers of both names on lanes in turn.
func (g *gateway) crowd(p protocol, n int) {
	pattern := "fleet.*.commands"
	if p == speaksMQTT {
		pattern = "fleet/+/commands"
	}
	for i := range n {
		g.turn(g.client(p, i%len(g.lanes), i), appendSubscribe(nil, p, pattern, 0))
	}
}

// byFanOut: each message reaches n sessions.
func byFanOut(s *settings, r *report, tell *progress) error {
	c := curve{Name: "fan-out", Load: load(), X: "subscribers of each message", Y: "CPU ns per delivered message of 128 B"}
	for _, n := range []int{1, 3, 10, 30, 100, 300, 1000, 3000, 10000} {
		tell.say("fan-out: %d", n)
		for _, d := range directions {
			g := newGateway(1, n)
			g.crowd(d.to, n)
			from := g.client(d.from, 0, n)
			y, err := g.deliveries(s, n, from, reads(d.from, repeated(batchSize, twoNames...), 128, batchSize))
			if err != nil {
				return err
			}
			c.add(d.String(), y)
			if d.from != speaksNATS || d.to != speaksNATS {
				continue
			}
			if y, err = g.deliveries(s, n, from, reads(d.from, repeated(batchSize, twoNames[0]), 128, batchSize)); err != nil {
				return err
			}
			c.add("NATS→NATS, a stream", y)
		}
	}
	r.Curves = append(r.Curves, c)
	return nil
}

// byPayload: one publisher, one subscriber.
func byPayload(s *settings, r *report, tell *progress) error {
	c := curve{Name: "payload", Load: load(), X: "payload, bytes", Y: "CPU ns per delivered message"}
	for n := 16; n <= 64<<10; n *= 2 {
		tell.say("payload: %d", n)
		count := max(2, readSize/n&^1)
		for _, d := range directions {
			g := newGateway(1, 1)
			g.crowd(d.to, 1)
			from := g.client(d.from, 0, 1)
			y, err := g.deliveries(s, n, from, reads(d.from, repeated(count, twoNames...), n, count))
			if err != nil {
				return err
			}
			c.add(d.String(), y)
			if d.from != speaksNATS || d.to != speaksNATS {
				continue
			}
			if y, err = g.deliveries(s, n, from, reads(d.from, repeated(count, twoNames[0]), n, count)); err != nil {
				return err
			}
			c.add("NATS→NATS, a stream", y)
		}
	}
	r.Curves = append(r.Curves, c)
	return nil
}

// byLanes: eight subscribers over the lanes, one publisher on the first. One
// goroutine runs them all, so this is work, without the wake of another lane.
func byLanes(s *settings, r *report, tell *progress) error {
	const subscribers = 8
	c := curve{Name: "lanes", Load: load(), X: "lanes that eight subscribers are spread over", Y: "CPU ns per delivered message of 128 B"}
	for n := 1; n <= subscribers; n++ {
		tell.say("lanes: %d", n)
		for _, d := range directions {
			g := newGateway(n, subscribers)
			g.crowd(d.to, subscribers)
			y, err := g.deliveries(s, n, g.client(d.from, 0, subscribers), reads(d.from, repeated(batchSize, twoNames...), 128, batchSize))
			if err != nil {
				return err
			}
			c.add(d.String()+", all eight", y)
		}
		for _, last := range []bool{false, true} {
			g := newGateway(n, n)
			name, lane := "NATS→NATS, one on the publisher's lane", 0
			if last {
				name, lane = "NATS→NATS, one on the last lane", n-1
			}
			g.turn(g.client(speaksNATS, lane, 0), appendSubscribe(nil, speaksNATS, "fleet.*.commands", 0))
			y, err := g.deliveries(s, n, g.client(speaksNATS, 0, 1), reads(speaksNATS, repeated(batchSize, twoNames...), 128, batchSize))
			if err != nil {
				return err
			}
			c.add(name, y)
		}
	}
	r.Curves = append(r.Curves, c)
	return nil
}

// byConnections: n sessions with a subscription each. Messages go to random
// ones, or always to the same two of them.
func byConnections(s *settings, r *report, tell *progress) error {
	c := curve{Name: "connections", Load: load(), X: "sessions with a subscription each", Y: "CPU ns per delivered message of 16 B"}
	for _, n := range steps(10, s.sessions) {
		for _, p := range []protocol{speaksNATS, speaksMQTT} {
			d := direction{p, p}
			tell.say("connections: %d, %v", n, p)
			g := newGateway(1, n)
			g.populate(n, exact, tell, p)
			if err := g.check(n); err != nil {
				return err
			}
			from := g.client(p, 0, n)
			y, err := g.deliveries(s, n, from, reads(p, randomSubjects(n), 16, batchSize))
			if err != nil {
				return err
			}
			c.add(d.String()+", random ones", y)
			if y, err = g.deliveries(s, n, from, reads(p, repeated(2*batchSize, subject(1), subject(2)), 16, batchSize)); err != nil {
				return err
			}
			c.add(d.String()+", the same two", y)
		}
	}
	r.Curves = append(r.Curves, c)
	return nil
}
