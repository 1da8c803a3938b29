package e2e

import (
	"errors"
	"testing"

	"github.com/nats-io/nats.go"
)

// The wildcards of both protocols, across: each subscription keeps the rules
// of its own protocol.
func TestWildcardsBothWays(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc, pub := s.natsClient(t), s.natsClient(t)
		m5 := s.mqtt5(t)
		toMQTT := func(filter, subject, topic string, want bool) {
			t.Helper()
			c := s.mqtt5(t)
			c.subscribe(t, filter, "end")
			must(t, pub.Publish(subject, []byte("x")))
			must(t, pub.Publish("end", []byte("end")))
			if want {
				c.nextText(t, topic, "x")
			}
			c.nextText(t, "end", "end")
		}
		toNATS := func(pattern, topic, subject string, want bool) {
			t.Helper()
			ch := make(chan *nats.Msg, 10)
			for _, p := range []string{pattern, "end"} {
				sub, err := nc.ChanSubscribe(p, ch)
				must(t, err)
				defer sub.Unsubscribe()
			}
			must(t, nc.Flush())
			m5.publish(t, topic, "x")
			m5.publish(t, "end", "end")
			if want {
				nextText(t, ch, subject, "x")
			}
			nextText(t, ch, "end", "end")
		}
		toMQTT("+/b/#", "a.b.c", "a/b/c", true)
		toMQTT("+/b/#", "a.b", "a/b", true)
		toMQTT("+/b/#", "a.c.b", "", false)
		toMQTT("a/#", "a", "a", true)
		toMQTT("a/#", "a.b.c", "a/b/c", true)
		toMQTT("a/#", "ab", "", false)
		toMQTT("a/+", "a.b.c", "", false)
		toMQTT("#", "any.thing", "any/thing", true)
		toMQTT("a/>", "a.b", "", false)
		toMQTT("a/*", "a.b", "", false)

		toNATS("*.b.>", "a/b/c", "a.b.c", true)
		toNATS("*.b.>", "a/b", "", false)
		toNATS("a.>", "a", "", false)
		toNATS("a.>", "a/b/c", "a.b.c", true)
		toNATS("a.*", "a/b", "a.b", true)
		toNATS("a.*", "a/b/c", "", false)
		toNATS(">", "any/thing", "any.thing", true)
		toNATS("a.+", "a/b", "", false)
		toNATS("a.#", "a/b", "", false)
	})
}

// Every legal topic has a subject and comes back as it was: docs/mapping.md.
func TestTopicsRoundTrip(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc := s.natsClient(t)
		ch := subscribe(t, nc, ">")
		sub, pub := s.mqtt5(t), s.mqtt5(t)
		sub.subscribe(t, "#")
		back := s.natsClient(t, nats.NoEcho())
		f := func(topic, subject string) {
			t.Helper()
			pub.publish(t, topic, "there")
			sub.nextText(t, topic, "there")
			m := nextText(t, ch, subject, "there")
			must(t, back.Publish(m.Subject, []byte("back")))
			sub.nextText(t, topic, "back")
			nextText(t, ch, subject, "back")
		}
		f("a/b", "a.b")
		f("sensors/eu/42/temp", "sensors.eu.42.temp")
		f("/lead", "/.lead")
		f("trail/", "trail./")
		f("a//b", "a./.b")
		f("a///b", "a././.b")
		f("/", "/./")
		f("a.b/c", "a//b.c")
		f("v1.0", "v1//0")
		f(".", "//")
		f("Living Room/Lamp", "Living/_Room.Lamp")
		f("中文/é", "中文.é")
		f("a*/b>c", "a*.b>c")
		f("a/*", "a./*")
		f("a/>/b", "a./>.b")
		f("\U0001F321/°C", "\U0001F321.°C")

		// A filter with such levels finds them too.
		exact := s.mqtt5(t)
		exact.subscribe(t, "a.b/+", "Living Room/#", "a//+", "end")
		for _, topic := range []string{"a.b/c", "a/b/c", "Living Room/Lamp", "a//b", "end"} {
			pub.publish(t, topic, "x")
		}
		for _, topic := range []string{"a.b/c", "Living Room/Lamp", "a//b", "end"} {
			exact.nextText(t, topic, "x")
		}
	})
}

// What is no topic reaches NATS subscriptions only, and does not count as heard.
func TestSubjectsThatAreNoTopics(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		sub := s.mqtt5(t)
		sub.subscribe(t, "#")
		nc := s.natsClient(t)
		for _, subject := range []string{"a/b", "a.+", "a#b.c", "a./x41", "no.\xff"} {
			if _, err := nc.Request(subject, nil, patience); !errors.Is(err, nats.ErrNoResponders) {
				t.Errorf("a request to %q: %v, want ErrNoResponders", subject, err)
			}
		}
		must(t, nc.Publish("end", []byte("end")))
		sub.nextText(t, "end", "end")
		ch := subscribe(t, nc, ">")
		must(t, nc.Publish("a/b.+", []byte("x")))
		nextText(t, ch, "a/b.+", "x")
	})
}

// MQTT wildcards show neither $-names nor the answers of NATS requests; a
// filter that spells the level does.
func TestGuardedNames(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc := s.natsClient(t)
		all, spelled := s.mqtt5(t), s.mqtt5(t)
		all.subscribe(t, "#", "+/+", "+/x")
		spelled.subscribe(t, "$app/#", "_INBOX/#")
		must(t, nc.Publish("$app.x", []byte("1")))
		must(t, nc.Publish("_INBOX.x", []byte("2")))
		spelled.nextText(t, "$app/x", "1")
		spelled.nextText(t, "_INBOX/x", "2")
		must(t, nc.Publish("deep.$app", []byte("3")))
		all.nextText(t, "deep/$app", "3")
		m5 := s.mqtt5(t)
		m5.publish(t, "$app/x", "4")
		spelled.nextText(t, "$app/x", "4")
		m5.publish(t, "_INBOXES/x", "5")
		all.nextText(t, "_INBOXES/x", "5")
		ch := subscribe(t, nc, "*.x") // NATS wildcards match everything
		m5.publish(t, "$app/x", "6")
		nextText(t, ch, "$app.x", "6")
	})
}

func TestMountpoint(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc := s.natsClient(t)
		m5, all := s.mqtt5(t), s.mqtt5(t)
		m5.subscribe(t, "dev/eu/#", "other/#")
		must(t, nc.Publish("a.b", []byte("1")))
		m5.nextText(t, "dev/eu/a/b", "1")

		ch := subscribe(t, nc, ">")
		all.publish(t, "other/x", "outside")
		all.publish(t, "dev/x", "outside")
		all.publish(t, "dev/eu", "outside")
		all.publish(t, "dev/eu/x/y", "inside")
		nextText(t, ch, "x.y", "inside")
		m5.nextText(t, "other/x", "outside")
		m5.nextText(t, "dev/eu", "outside")
		m5.nextText(t, "dev/eu/x/y", "inside")

		// Requests: the answer's topic is mounted, and hidden from wildcards.
		requester := s.natsClient(t)
		all.subscribe(t, "#")
		c := s.mqtt5(t)
		c.subscribe(t, "dev/eu/svc")
		go func() {
			p, ok := <-c.in
			if ok {
				c.publish(t, p.Properties.ResponseTopic, "answer to "+string(p.Payload))
			}
		}()
		answer, err := requester.Request("svc", []byte("me"), patience)
		must(t, err)
		if string(answer.Data) != "answer to me" {
			t.Errorf("got %q", answer.Data)
		}
		all.nextText(t, "dev/eu/svc", "me")
		all.publish(t, "end", "end")
		all.nextText(t, "end", "end")
	}, "--mountpoint", "dev/eu/")
}
