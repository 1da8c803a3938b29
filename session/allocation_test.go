//go:build !race

package session_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/reason"
)

// From a read to the bytes that a socket takes, a message costs no allocation
// on one lane, in whatever direction it crosses.
func TestMessagesDoNotAllocate(t *testing.T) {
	o := defaultOptions()
	o.presence = "subscriptions" // tells of clients, never of messages
	g, err := newGateway(o, manner{lanes: 1, budget: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	nats, plain, five, old := g.openNATS("nats"), g.openNATS("plain"), g.openMQTT("five", mqtt.V5), g.openMQTT("old", mqtt.V311)
	say := func(c *client, line string) {
		t.Helper()
		b, err := speak(c, line, false)
		if err != nil {
			t.Fatal(err)
		}
		g.send(c, b)
	}
	say(nats, `CONNECT {"verbose":false,"pedantic":false,"headers":true}`)
	say(plain, `CONNECT {"verbose":false,"pedantic":false,"headers":true}`)
	say(five, "CONNECT five clean")
	say(old, "CONNECT old clean")
	say(nats, "SUB to.nats 1")
	say(plain, "SUB to.queue q 1")
	say(nats, "SUB to.queue q 2")
	say(five, "SUBSCRIBE 1 to/five to/both to/+/merged")
	say(old, "SUBSCRIBE 1 to/old to/both")
	say(nats, "SUB to.both 3")

	for _, c := range []struct {
		name string
		from *client
		line string
	}{
		{"NATS to NATS", plain, `PUB to.nats 16\r\n0123456789abcdef`},
		{"NATS to NATS with a reply", plain, `PUB to.nats _INBOX.x 16\r\n0123456789abcdef`},
		{"NATS to NATS with headers", plain, `HPUB to.nats 18 34\r\nNATS/1.0\r\nK: v\r\n\r\n0123456789abcdef`},
		{"NATS to a queue group", plain, `PUB to.queue 16\r\n0123456789abcdef`},
		{"NATS to MQTT 5", plain, `PUB to.five 16\r\n0123456789abcdef`},
		{"NATS to MQTT 5 with headers and reply", plain, `HPUB to.five _INBOX.x 18 34\r\nNATS/1.0\r\nK: v\r\n\r\n0123456789abcdef`},
		{"NATS to MQTT 3.1.1", plain, `PUB to.old 16\r\n0123456789abcdef`},
		{"NATS to all", plain, `PUB to.both 256\r\n\*256{x}`},
		{"NATS to nobody", plain, `PUB nobody 16\r\n0123456789abcdef`},
		{"MQTT to NATS", old, "PUBLISH to/nats 0123456789abcdef"},
		{"MQTT 5 to NATS", five, "PUBLISH to/nats 0123456789abcdef"},
		{"MQTT 5 to NATS with properties", five, "PUBLISH to/nats 0123456789abcdef user=k=>v content-type=text/plain response-topic=r/x"},
		{"MQTT to NATS, QoS 1", old, "PUBLISH to/nats 0123456789abcdef qos=1 id=7"},
		{"MQTT to MQTT", old, "PUBLISH to/five 0123456789abcdef"},
		{"MQTT 5 to MQTT 5 with properties", five, "PUBLISH to/five 0123456789abcdef user=k=>v"},
		{"MQTT to all", five, `PUBLISH to/both \*256{x}`},
		{"MQTT to an escaped name", five, `PUBLISH "to/a b/merged" 0123456789abcdef`},
		{"PING", plain, "PING"},
		{"PINGREQ", five, "PINGREQ"},
	} {
		one, err := speak(c.from, c.line, false)
		if err != nil {
			t.Fatal(err)
		}
		in := bytes.Repeat(one, 4)
		l := g.lanes[0]
		var iov [][]byte
		run := func() {
			l.hub.BeginTurn()
			c.from.session.Input(in)
			l.hub.EndTurn()
			for _, c := range l.dirty {
				c.dirty = false
				iov = c.out.Segments(iov[:0], 64)
				c.out.Sent(c.out.Len())
			}
			l.dirty = l.dirty[:0]
		}
		for range 10 {
			run()
		}
		if n := testing.AllocsPerRun(200, run); n != 0 {
			t.Errorf("%s: %v allocations for four", c.name, n)
		}
		if c.from.ended {
			t.Errorf("%s: the client is gone: %v", c.name, c.from.why)
		}
	}
	if err := g.shut(); err != nil {
		t.Error(err)
	}
}

// acker is a subscriber that acknowledges messages of QoS 1 in their order.
type acker struct {
	*client
	next uint16 // packet identifier
	in   []byte
}

// acknowledge sends PUBACK for the next n messages, in one read.
func (a *acker) acknowledge(n int) {
	a.in = a.in[:0]
	for range n {
		a.in = mqtt.AppendPuback(a.in, a.version, a.next, mqtt.CodeSuccess, nil)
		if a.next++; a.next == 0 {
			a.next = 1
		}
	}
	a.session.Input(a.in)
}

// With QoS 1 too: from a read of the publisher to the end of the subscribers'
// acknowledgements. Windows that run empty and windows that never do go round.
func TestAcknowledgedMessagesDoNotAllocate(t *testing.T) {
	const lag = 8
	for _, c := range []struct{ name, from, line string }{
		{"NATS to MQTT", "nats", `PUB to.all 16\r\n0123456789abcdef`},
		{"NATS to MQTT with headers and reply", "nats", `HPUB to.all _INBOX.x 18 34\r\nNATS/1.0\r\nK: v\r\n\r\n0123456789abcdef`},
		{"NATS to MQTT by header", "quiet", `HPUB to.all 25 41\r\nNATS/1.0\r\nMqtt-Qos: 1\r\n\r\n0123456789abcdef`},
		{"NATS to a share", "nats", `PUB to.share 16\r\n0123456789abcdef`},
		{"MQTT to MQTT", "old", "PUBLISH to/all 0123456789abcdef qos=1 id=7"},
		{"MQTT 5 to MQTT with properties", "five", "PUBLISH to/all 0123456789abcdef qos=1 id=7 user=k=>v content-type=text/plain"},
		{"MQTT to a share", "old", "PUBLISH to/share 0123456789abcdef qos=1 id=7"},
		{"MQTT to MQTT, by reference", "old", `PUBLISH to/all \*5000{x} qos=1 id=7`},
	} {
		g, err := newGateway(defaultOptions(), manner{lanes: 1, budget: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		from := map[string]*client{"nats": g.openNATS("nats"), "quiet": g.openNATS("quiet"),
			"old": g.openMQTT("old", mqtt.V311), "five": g.openMQTT("five", mqtt.V5)}
		converse(t, g, from["nats"], `CONNECT {"verbose":true,"pedantic":false,"headers":true}`)
		converse(t, g, from["quiet"], `CONNECT {"verbose":false,"pedantic":false,"headers":true}`)
		converse(t, g, from["old"], "CONNECT old clean")
		converse(t, g, from["five"], "CONNECT five clean")
		topic, messages := "to/all", 4
		if strings.Contains(c.name, "reference") {
			messages = 2 // more segments than that an idle outbox does not keep
		}
		if strings.HasSuffix(c.name, "share") {
			topic = "to/share"
		}
		prompt, slow := &acker{client: g.openMQTT("prompt", mqtt.V311), next: 1}, &acker{client: g.openMQTT("slow", mqtt.V5), next: 1}
		converse(t, g, prompt.client, "CONNECT prompt clean", "SUBSCRIBE 1 $share/a/"+topic+",qos=1")
		converse(t, g, slow.client, "CONNECT slow clean", "SUBSCRIBE 1 $share/b/"+topic+",qos=1")
		if topic == "to/all" {
			converse(t, g, prompt.client, "UNSUBSCRIBE 2 $share/a/to/all", "SUBSCRIBE 3 to/all,qos=1")
			converse(t, g, slow.client, "UNSUBSCRIBE 2 $share/b/to/all", "SUBSCRIBE 3 to/+,qos=1")
		}
		one, err := speak(from[c.from], c.line, false)
		if err != nil {
			t.Fatal(err)
		}
		in, l := bytes.Repeat(one, messages), g.lanes[0]
		var iov [][]byte
		flush := func() {
			for _, c := range l.dirty {
				c.dirty = false
				iov = c.out.Segments(iov[:0], 64)
				c.out.Sent(c.out.Len())
			}
			l.dirty = l.dirty[:0]
		}
		waits := 0 // at slow
		run := func() {
			l.hub.BeginTurn()
			from[c.from].session.Input(in)
			l.hub.EndTurn()
			flush()
			if waits += messages; waits > lag {
				l.hub.BeginTurn()
				slow.acknowledge(waits - lag)
				waits = lag
				l.hub.EndTurn()
			}
			l.hub.BeginTurn()
			prompt.acknowledge(messages)
			l.hub.EndTurn()
			flush()
		}
		for range 20 {
			run()
		}
		if n := testing.AllocsPerRun(200, run); n != 0 {
			t.Errorf("%s: %v allocations for %d", c.name, n, messages)
		}
		if n := g.hub.Count(reason.AckNotInFlight); n != 0 {
			t.Errorf("%s: %d acknowledgements were for nothing", c.name, n)
		}
		if want := int64(lag * (64 + len(one))); g.hub.Stored() == 0 || g.hub.Stored() > want+lag*64 {
			t.Errorf("%s: %d bytes wait, about %d expected", c.name, g.hub.Stored(), want)
		}
		if err := g.shut(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// The outbox gives memory back to its lane, and takes it from there again.
func TestOutputDoesNotAllocate(t *testing.T) {
	g, err := newGateway(defaultOptions(), manner{lanes: 1})
	if err != nil {
		t.Fatal(err)
	}
	c := g.openNATS("c")
	line := bytes.Repeat([]byte("x"), 1000)
	var iov [][]byte
	run := func() {
		for range 60 {
			c.out.Write(line)
		}
		iov = c.out.Segments(iov[:0], 64)
		c.out.Sent(c.out.Len())
		g.lanes[0].dirty, c.dirty = g.lanes[0].dirty[:0], false
	}
	for range 10 {
		run()
	}
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
