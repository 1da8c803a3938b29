package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	paho5 "github.com/eclipse/paho.golang/paho"
	"github.com/nats-io/nats.go"
)

// topicOf is the topic of a subject that needs no escapes.
func topicOf(subject string) string { return strings.ReplaceAll(subject, ".", "/") }

// $share and $queue in every version: each message goes to one member of each
// group, beside everybody who is subscribed without a group.
func TestSharedSubscriptionsInEveryVersion(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		for _, prefix := range []string{"$share/g/", "$share/a group/", "$queue/"} {
			g := s.gathering(t)
			subject := fmt.Sprint("shared.", len(prefix))
			g.mqtt("3.1", 3, prefix+topicOf(subject))
			g.mqtt("3.1.1", 4, prefix+topicOf(subject))
			g.mqtt("5", 5, prefix+topicOf(subject))
			queue := strings.TrimPrefix(strings.TrimSuffix(prefix, "/"), "$share/")
			g.nats("NATS", strings.ReplaceAll(queue, " ", "_"), subject)
			g.mqtt("plain 5", 5, "shared/+")
			g.nats("plain NATS", "", subject)
			const n = 600
			parts := [][]string{{"3.1", "3.1.1", "5", "NATS"}, {"plain 5"}, {"plain NATS"}}
			if queue == "a group" { // a name that no NATS queue can have
				parts = [][]string{{"3.1", "3.1.1", "5"}, {"NATS"}, {"plain 5"}, {"plain NATS"}}
			}
			g.expect(g.counts(n, subject), n, parts...)
			g.publish = fromMQTT(t, s.mqtt5(t))
			g.expect(g.counts(n/6, subject), n/6, parts...)
			g.publish = fromNATS(t, s.natsClient(t)) // QoS 0
			g.expect(g.counts(n, subject), n, parts...)
		}
	})
}

// Groups of one name across the protocols, as docs/mapping.md has it: each MQTT
// filter is a group of its own; the NATS members are one group, whatever they
// are subscribed to, and join one of those.
func TestGroupsAcrossProtocols(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const n = 400
		type patterns []string
		f := func(name string, queues map[string]patterns, shares map[string]string, sets ...[]string) {
			t.Helper()
			level := unique("cross")
			g := s.gathering(t)
			for member, subjects := range queues {
				var mine patterns
				for _, subject := range subjects {
					mine = append(mine, level+"."+subject)
				}
				g.nats(member, "q", mine...)
			}
			version := uint(3)
			for member, filter := range shares {
				g.mqtt(member, version, "$share/q/"+level+"/"+filter)
				version = max(3, (version+1)%6)
			}
			before := t.Failed()
			if g.expect(g.counts(n, level+".a.b"), n, sets...); t.Failed() && !before {
				t.Logf("this was: %s", name)
			}
			for _, leave := range g.leave {
				leave()
			}
		}
		all := func(names ...string) []string { return names }
		f("no MQTT member", map[string]patterns{"n1": {"a.b"}, "n2": {"a.>"}, "n3": {"a.*"}, "n4": {"*.b", "a.c"}}, nil,
			all("n1", "n2", "n3", "n4"))
		f("an MQTT filter that does not match", map[string]patterns{"n1": {"a.b"}}, map[string]string{"c": "c/#"},
			all("n1"))
		f("no NATS member", nil, map[string]string{"exact": "a/b", "plus": "a/+", "hash": "a/#", "hash too": "a/#"},
			all("exact"), all("plus"), all("hash", "hash too"))
		f("the same filter", map[string]patterns{"n1": {"a.b"}}, map[string]string{"m1": "a/b", "m2": "a/b"},
			all("n1", "m1", "m2"))
		f("another filter", map[string]patterns{"n1": {"a.>"}, "n2": {"a.b"}}, map[string]string{"plus": "a/+"},
			all("n1", "n2", "plus"))
		f("one filter is the same, and not the first", map[string]patterns{"n1": {"a.b"}, "n2": {"a.>"}},
			map[string]string{"plus": "a/+", "exact": "a/b"},
			all("n1", "n2", "exact"), all("plus"))
		f("> is #", map[string]patterns{"n1": {"a.>"}}, map[string]string{"hash": "a/#", "plus": "a/+"},
			all("n1", "hash"), all("plus"))
		f("* is +", map[string]patterns{"n1": {"*.b"}}, map[string]string{"plus": "+/b", "exact": "a/b", "hash": "#"},
			all("n1", "plus"), all("exact"), all("hash"))
		f("none is the same: the first in byte order", map[string]patterns{"n1": {">"}},
			map[string]string{"exact": "a/b", "plus": "a/+"},
			all("n1", "plus"), all("exact"))
		f("# comes before what it goes beyond", map[string]patterns{"n1": {"*.*"}},
			map[string]string{"hash": "a/#", "plus and hash": "a/+/#", "exact": "a/b"},
			all("n1", "hash"), all("plus and hash"), all("exact"))
		f("several NATS subscriptions of one client", map[string]patterns{"n1": {"a.b", "a.*", "a.>", ">", "a.b"}},
			map[string]string{"exact": "a/b"},
			all("n1", "exact"))
		f("only some match", map[string]patterns{"n1": {"c.d"}, "n2": {"a.b"}}, map[string]string{"c": "c/d", "hash": "#"},
			all("n2", "hash"))
	})
}

// Behind a mountpoint the names of both sides meet as everywhere else.
func TestGroupsBehindAMountpoint(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const n = 200
		g := s.gathering(t)
		g.mount = "dev/eu/"
		g.mqtt("same", 5, "$share/q/dev/eu/a/b")
		g.mqtt("other", 4, "$share/q/dev/+/a/b")
		g.nats("n", "q", "a.b")
		g.expect(g.counts(n, "a.b"), n, []string{"same", "n"}, []string{"other"})
	}, "--mountpoint", "dev/eu/")
}

// Groups of different names know nothing of each other, and a client may be in
// several, and have a plain subscription too.
func TestGroupsOfDifferentNames(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const n = 200
		g := s.gathering(t)
		g.nats("n", "one", "names.a")
		g.mqtt("m", 5, "$share/two/names/a")
		g.mqtt("case", 4, "$share/One/names/a")
		g.expect(g.counts(n, "names.a"), n, []string{"n"}, []string{"m"}, []string{"case"})
		g.mqtt("both", 5, "$share/three/names/a", "names/a", "names/+")
		if counts := g.counts(n, "names.a"); counts["both"] != 2*n {
			t.Errorf("a member with a plain subscription got %d messages, want %d", counts["both"], 2*n)
		}
		g.mqtt("thrice", 5, "$share/4/names/a", "$share/5/names/a", "$share/4/names/+")
		if counts := g.counts(n, "names.a"); counts["thrice"] != 3*n {
			t.Errorf("the only member of three groups got %d messages, want %d", counts["thrice"], 3*n)
		}
	})
}

func TestSharedSubscriptionCodes(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		if c := s.mqtt5(t); !c.connack.Properties.SharedSubAvailable {
			t.Error("CONNACK says that shared subscriptions are not available")
		}
		for _, version := range []byte{3, 4, 5} {
			w := s.rawMQTT(t, version, 0)
			f := func(filter string, good bool) {
				t.Helper()
				want := "\x00\x01"
				if version == 5 {
					want += "\x00"
				}
				switch {
				case good:
					want += "\x01"
				case version == 5:
					want += "\x8f"
				default:
					want += "\x80"
				}
				w.send(t, mqttSubscribeQoS(version, filter, 1))
				w.expectPacket(t, 0x90, want)
			}
			f("$share/g/a", true)
			f("$share/g//", true)
			f("$share/g/a/#", true)
			f("$queue/a/+", true)
			f("$share", true) // are names like any others
			f("$queue", true)
			for _, filter := range []string{"$share/", "$share/g", "$share/g/", "$share//a", "$share/g+/a", "$share/#/a"} {
				if version != 5 {
					f(filter, false)
					continue
				}
				bad := s.rawMQTT(t, 5, 0) // [MQTT-4.8.2-1], [MQTT-4.8.2-2]
				bad.send(t, mqttSubscribeQoS(5, filter, 1))
				if got := bad.rest(t); len(got) < 3 || got[0] != 0xe0 || got[2] != 0x82 {
					t.Errorf("%q is answered by % x, want DISCONNECT 0x82", filter, got)
				}
			}
			f("$share/g/a/#/b", false)
			f("$queue/", false)
			w.ping(t)
		}
		w := s.rawMQTT(t, 5, 0) // No Local
		w.send(t, mqttSubscribeQoS(5, "$share/g/a", 4))
		if got := w.rest(t); len(got) < 3 || got[0] != 0xe0 || got[2] != 0x82 {
			t.Errorf("No Local on a shared subscription is answered by % x, want DISCONNECT 0x82", got)
		}
		// Nobody can publish there.
		pub := s.mqtt5(t)
		other := s.mqtt5(t)
		other.subscribe1(t, "$share/g/codes")
		if code := pub.publish1(t, "codes", "x"); code != 0 {
			t.Errorf("PUBACK %#x for a shared subscription", code)
		}
		other.nextText(t, "codes", "x")
		out, err := other.Unsubscribe(t.Context(), &paho5.Unsubscribe{Topics: []string{"codes", "$share/h/codes", "$share/g/codes", "$share/g/codes"}})
		must(t, err)
		if !bytes.Equal(out.Reasons, []byte{0x11, 0x11, 0, 0x11}) {
			t.Errorf("UNSUBACK % x, want 11 11 00 11", out.Reasons)
		}
		if code := pub.publish1(t, "codes", "x"); code != 0x10 {
			t.Errorf("PUBACK %#x after the group was left, want 0x10", code)
		}
	})
}

// A NATS client without echo that is a member of the group to which it
// publishes is passed over.
func TestGroupMemberWithoutEcho(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		self := s.natsClient(t, nats.NoEcho(), verbose)
		own := make(chan *nats.Msg, 1000)
		_, err := self.ChanQueueSubscribe("echo.x", "q", own)
		must(t, err)
		must(t, self.Flush())
		if _, err := self.Request("echo.x", nil, patience); !errors.Is(err, nats.ErrNoResponders) {
			t.Errorf("a request to a group of which only the requester is a member: %v", err)
		}
		const n = 200
		g := s.gathering(t)
		g.mqtt("m", 5, "$share/q/echo/x")
		others := g.publish
		g.publish = fromNATS(t, self)
		g.expect(g.counts(n, "echo.x"), n, []string{"m"})
		g.nats("n", "q", "echo.>")
		g.expect(g.counts(n, "echo.x"), n, []string{"m", "n"})
		g.mqtt("hash", 4, "$share/q/echo/#") // which is the filter of n
		g.expect(g.counts(n, "echo.x"), n, []string{"m"}, []string{"n", "hash"})
		if len(own) != 0 {
			t.Errorf("the publisher got %d of its own messages", len(own))
		}
		g.publish = others
		counts := g.counts(n, "echo.x")
		eventually(t, "the messages of others to reach the one without echo", func() bool {
			return counts["m"] == n && len(own) > 0 && counts["n"]+counts["hash"]+len(own) == n
		})
	})
}

// Members of a group that leave after some messages, by UNSUB with a maximum,
// get exactly those, on whatever lane they are, and no message is lost.
func TestGroupMembersWithAMaximum(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const members, most, n = 8, 10, 1000
		limited := func(subject string) (sum func() int) {
			var all []chan *nats.Msg
			for range members {
				ch, nc := make(chan *nats.Msg, n), s.natsClient(t)
				sub, err := nc.ChanQueueSubscribe(subject, "q", ch)
				must(t, err)
				must(t, sub.AutoUnsubscribe(most))
				must(t, nc.Flush())
				all = append(all, ch)
			}
			return func() (sum int) {
				for _, ch := range all {
					sum += len(ch)
				}
				return sum
			}
		}
		sum := limited("max.x")
		g := s.gathering(t)
		g.mqtt("m", 5, "$share/q/max/x")
		g.nats("n", "q", "max.x")
		for i := range n {
			g.publish("max.x", fmt.Sprint(i))
		}
		// What meets a member that has left goes on to another, behind its turn.
		eventually(t, "every member to have its most, and the others the rest", func() bool {
			return sum() == members*most && g.has("m")+g.has("n") == n-members*most
		})
		g.settled()
		g.expect(g.counts(n/2, "max.x"), n/2, []string{"m", "n"})

		// Among themselves: what is too much goes to nobody, and that shows.
		sum = limited("most.x")
		for i := range n / 2 {
			g.publish("most.x", fmt.Sprint(i))
		}
		g.settled()
		s.awaitNobody(t, "most.x")
		eventually(t, "every member to have its most", func() bool { return sum() == members*most })
	})
}
