//go:build !race

package session_test

import (
	"bytes"
	"testing"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// From a read to the bytes that a socket takes, a message costs no allocation
// on one lane, in whatever direction it crosses.
func TestMessagesDoNotAllocate(t *testing.T) {
	g, err := newGateway(defaultOptions(), manner{lanes: 1, budget: 64 << 10})
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
