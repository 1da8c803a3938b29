package e2e

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
)

// gathering is a number of subscribers with names, most of them members of
// groups, and what each of them got.
type gathering struct {
	t *testing.T
	s *server
	// publish is how messages are published; with QoS 1 by a NATS client unless
	// the test says otherwise.
	publish func(subject, payload string)
	mount   string // the server's mountpoint

	mu    sync.Mutex
	got   map[string][]string // payloads by name, in the order of their coming
	over  map[string]string   // by name, the last end that it has seen
	leave map[string]func()
}

func (s *server) gathering(t *testing.T) *gathering {
	t.Helper()
	g := &gathering{t: t, s: s, got: map[string][]string{}, over: map[string]string{}, leave: map[string]func(){}}
	g.publish = fromNATS(t, s.natsClient(t, verbose))
	return g
}

// fromNATS and fromMQTT are ways to publish.
func fromNATS(t *testing.T, nc *nats.Conn) func(subject, payload string) {
	return func(subject, payload string) { must(t, nc.Publish(subject, []byte(payload))) }
}

func fromMQTT(t *testing.T, c *client5) func(subject, payload string) {
	return func(subject, payload string) { c.publish1(t, topicOf(subject), payload) }
}

// Each subscriber has one more subscription: behind what is sent there, nothing
// is on its way any more.
const theEnd = "gathering.end"

// come notes a message, unless it is the end.
func (g *gathering) come(name, topic, payload string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if topic == theEnd || topic == g.mount+topicOf(theEnd) {
		g.over[name] = payload
	} else {
		g.got[name] = append(g.got[name], payload)
	}
}

// nats adds a NATS client with these subscriptions; queue may be empty.
func (g *gathering) nats(name, queue string, subjects ...string) {
	g.t.Helper()
	nc, ch := g.s.natsClient(g.t), make(chan *nats.Msg, 10000)
	for _, subject := range subjects {
		_, err := nc.ChanQueueSubscribe(subject, queue, ch)
		must(g.t, err)
	}
	_, err := nc.ChanSubscribe(theEnd, ch)
	must(g.t, err)
	must(g.t, nc.Flush())
	go func() {
		for m := range ch {
			g.come(name, m.Subject, string(m.Data))
		}
	}()
	g.joined(name, nc.Close)
}

// mqtt adds an MQTT client of this version with these subscriptions of QoS 1.
func (g *gathering) mqtt(name string, version uint, filters ...string) {
	g.t.Helper()
	filters = append(slices.Clone(filters), g.mount+topicOf(theEnd))
	if version == 5 {
		c := g.s.mqtt5(g.t)
		go func() {
			for m := range c.in {
				g.come(name, m.Topic, string(m.Payload))
			}
		}()
		c.subscribe1(g.t, filters...)
		g.joined(name, func() { c.conn.Close() })
		return
	}
	c := g.s.mqtt3(g.t, version)
	go func() {
		for m := range c.in {
			g.come(name, m.Topic(), string(m.Payload()))
		}
	}()
	for _, filter := range filters {
		if got := c.subscribe(g.t, filter, 1); got != 1 {
			g.t.Fatalf("SUBACK %#x for %s, want QoS 1", got, filter)
		}
	}
	g.joined(name, func() { c.Disconnect(0) })
}

func (g *gathering) joined(name string, leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leave[name], g.over[name] = leave, ""
}

// leaves ends the connection of a subscriber; who has alone subscribed to the
// subject, so that it shows when the server has noticed.
func (g *gathering) leaves(name, alone string) {
	g.t.Helper()
	g.leave[name]()
	g.s.awaitNobody(g.t, alone)
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.over, name)
}

// counts publishes n numbered messages to the subject, waits until all that is
// to come has come, and says how many came to whom.
func (g *gathering) counts(n int, subject string) map[string]int {
	g.t.Helper()
	for i := range n {
		g.publish(subject, fmt.Sprint(i))
	}
	return g.settled()
}

// settled waits until all that is to come has come, says how many came to
// whom, and begins anew.
func (g *gathering) settled() map[string]int {
	g.t.Helper()
	end := unique("end")
	g.publish(theEnd, end)
	eventually(g.t, "the end to come to all", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, last := range g.over {
			if last != end {
				return false
			}
		}
		return true
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	counts := map[string]int{}
	for name, payloads := range g.got {
		counts[name] = len(payloads)
	}
	clear(g.got)
	return counts
}

// has is how many messages have come to a subscriber so far.
func (g *gathering) has(name string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.got[name])
}

// expect compares counts. Each of the sets of names, together, must have got n
// messages and each of its names a part of them; all others none.
func (g *gathering) expect(counts map[string]int, n int, sets ...[]string) {
	g.t.Helper()
	left := maps.Clone(counts)
	for _, set := range sets {
		sum := 0
		for _, name := range set {
			if sum += counts[name]; counts[name] == 0 {
				g.t.Errorf("%s got nothing: %v", name, counts)
			}
			delete(left, name)
		}
		if sum != n {
			g.t.Errorf("%v together got %d messages, want %d: %v", set, sum, n, counts)
		}
	}
	for name, count := range left {
		if count != 0 {
			g.t.Errorf("%s got %d messages, want none: %v", name, count, counts)
		}
	}
}
