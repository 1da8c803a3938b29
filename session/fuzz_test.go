package session_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// FuzzSessions feeds any bytes, in chunks of any size, to a NATS and an MQTT
// session that live next to two healthy clients. Nothing panics, no output
// memory stays out, the healthy ones get each other's messages exactly once,
// and what the others leave behind when they go is nothing.
func FuzzSessions(f *testing.F) {
	connect := func(line string) []byte {
		b, err := speakMQTT(mqtt.V5, line)
		if err != nil {
			f.Fatal(err)
		}
		return b
	}
	packets := bytes.Join([][]byte{
		connect("CONNECT evil clean will-topic=will/x will-payload=y will:user=k=>v"),
		connect("SUBSCRIBE 1 # a/+ +/b,nolocal"),
		connect("PUBLISH a/b hello qos=2 id=7 user=k=>v response-topic=r"),
		connect("PUBREL 7"),
		connect("PUBLISH a/b hello"),
		connect("UNSUBSCRIBE 2 a/+"),
		connect("PINGREQ"),
		connect("DISCONNECT code=0x04"),
	}, nil)
	three, _ := speakMQTT(mqtt.V311, "CONNECT evil keepalive=1 username=u password=p")
	f.Add([]byte("CONNECT {\"verbose\":true,\"headers\":true,\"no_responders\":true}\r\nSUB > 1\r\nSUB a.* q 2\r\nUNSUB 2 1\r\nPUB a.b r 5\r\nhello\r\nHPUB a 12 13\r\nNATS/1.0\r\n\r\n!\r\nPING\r\n"), packets, uint64(1))
	f.Add([]byte("SUB \x00/\xFF.+ 1\r\nPUB a..b 0\r\n\r\nPUB $GR.x 0\r\n\r\nPUB a/b 999999999\r\n"), append(three, "\x82\x08\x00\x01\x00\x03a/b\x02\x30\x05\x00\x03a/b"...), uint64(2))
	f.Add([]byte("PUB foo 2\r\nhello\r\n"), []byte("\x10\xFF\xFF\xFF\xFF\x01"), uint64(3))
	f.Add([]byte("\x16\x03\x01"), []byte("GET / HTTP/1.1\r\n\r\n"), uint64(4))
	f.Add([]byte("CONNECT {\r\n"), append(packets[:len(packets):len(packets)], packets...), uint64(5))
	f.Fuzz(fuzzRun)
}

func fuzzRun(t *testing.T, toNATS, toMQTT []byte, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 6))
	how := manner{lanes: 1 + r.IntN(2), budget: 1 << r.IntN(17), piece: r.IntN(3), eager: r.IntN(2) == 0}
	o := defaultOptions()
	o.maxPayload, o.maxSubscriptions, o.heartbeat = 1000, 20, time.Minute
	g, err := newGateway(o, how)
	if err != nil {
		t.Fatal(err)
	}
	g.mqttOpts.MaxSessionExpiry = time.Second
	n, m := g.openNATS("healthy NATS"), g.openMQTT("healthy MQTT", mqtt.V5)
	for _, s := range []struct {
		c    *client
		line string
	}{
		{n, `CONNECT {"verbose":false,"pedantic":false}`},
		{n, "SUB 7f3a9c.m.* 1"},
		{m, "CONNECT 7f3a9c clean"},
		{m, "SUBSCRIBE 1 7f3a9c/n/+"},
	} {
		b, err := speak(s.c, s.line, false)
		if err != nil {
			t.Fatal(err)
		}
		g.send(s.c, b)
	}
	const healthySubscriptions = 2
	bad := []*client{g.openNATS("NATS"), g.openMQTT("MQTT", mqtt.V5)}
	left := [][]byte{toNATS, toMQTT}
	for round := 0; len(left[0])+len(left[1]) > 0; round++ {
		for i, c := range bad {
			size := min(len(left[i]), 1+r.IntN(1<<r.IntN(10)))
			g.send(c, left[i][:size])
			left[i] = left[i][size:]
		}
		if r.IntN(4) == 0 {
			g.pass(time.Duration(r.IntN(30)) * time.Second)
		}
		if round < 4 || r.IntN(4) == 0 {
			exchange(t, g, n, m, round)
		}
	}
	for _, c := range bad {
		if !c.ended {
			g.hangUp(c)
		}
		c.got = nil
	}
	g.pass(2 * time.Second) // sessions that outlive their connection
	exchange(t, g, n, m, -1)
	if got := g.hub.Subscriptions(); got != healthySubscriptions {
		t.Fatalf("%d subscriptions after the others have gone", got)
	}
	if err := g.shut(); err != nil {
		t.Fatal(err)
	}
}

// exchange sends a message each way between the healthy clients.
func exchange(t *testing.T, g *gateway, n, m *client, round int) {
	t.Helper()
	n.got, m.got = nil, nil
	mark := fmt.Sprintf("<%d>", round)
	b, err := speakMQTT(mqtt.V5, "PUBLISH 7f3a9c/m/x "+mark)
	if err != nil {
		t.Fatal(err)
	}
	g.send(n, fmt.Appendf(nil, "PUB 7f3a9c.n.x %d\r\n%s\r\n", len(mark), mark))
	g.send(m, b)
	for _, c := range []*client{n, m} {
		if got := bytes.Count(c.got, []byte(mark)); got != 1 || c.ended {
			t.Fatalf("%s got %d copies: %q", c.name, got, c.got)
		}
		if c.out.Len() != 0 {
			t.Fatalf("%s: %d bytes wait", c.name, c.out.Len())
		}
	}
	if lent := g.lent(); lent != 0 {
		t.Fatalf("%d output buffers in use", lent)
	}
}
