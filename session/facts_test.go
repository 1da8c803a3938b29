package session_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/session"
)

// facts are what the client's session tells of it.
func facts(t *testing.T, c *client) (f session.Facts) {
	t.Helper()
	d, ok := c.session.(session.Describer)
	if !ok {
		t.Fatalf("%s tells nothing", c.name)
	}
	d.Describe(&f, true)
	return f
}

// What a client has published and been delivered is counted: one by one and as a
// stream, with every QoS, from other lanes and its own.
func TestConnectionsCountTheirTraffic(t *testing.T) {
	for _, lanes := range []int{1, 3} {
		g, err := newGateway(defaultOptions(), manner{lanes: lanes, budget: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		n := g.openNATS("n")
		converse(t, g, n, `CONNECT {"verbose":false,"name":"billing","lang":"go","version":"1.2.3","user":"ann","headers":true}`,
			"SUB a.> team 1", "SUB a.b 2", "UNSUB 2 3")
		m := g.openMQTT("m", mqtt.V5)
		converse(t, g, m, "CONNECT dev-1 clean", "SUBSCRIBE 1 a/#,qos=1", "SUBSCRIBE 2 b,qos=0")

		stream := strings.Repeat("PUB b 5\r\nhello\r\n", 20)
		g.send(n, []byte(stream+"HPUB b 18 20\r\nNATS/1.0\r\nA: 1\r\n\r\nhi\r\n"))
		for i := range 4 {
			converse(t, g, m, fmt.Sprintf("PUBLISH a/b x qos=1 id=%d", i+1))
		}
		g.settle()

		f := facts(t, n)
		if f.Protocol != "nats" || f.Name != "billing" || f.Language != "go" || f.Version != "1.2.3" || f.User != "ann" {
			t.Errorf("the NATS client says that it is %+v", f)
		}
		// Each of four came to the group, and to the other subscription until it had three.
		if want := (hub.Tally{Messages: 21, Bytes: 20*5 + 20}); f.In != want {
			t.Errorf("%d lanes: in from NATS %+v, want %+v", lanes, f.In, want)
		}
		if want := (hub.Tally{Messages: 7, Bytes: 7}); f.Out != want {
			t.Errorf("%d lanes: out to NATS %+v, want %+v", lanes, f.Out, want)
		}
		if len(f.List) != 1 || f.Subscriptions != 1 || f.List[0].Key != "1" || f.List[0].Group.Name != "team" ||
			f.List[0].Filter.Pattern != "a" || f.List[0].Delivered != 4 {
			t.Errorf("subscriptions of NATS: %+v", f.List)
		}

		f = facts(t, m)
		if f.Protocol != "mqtt" || f.Name != "dev-1" || f.Version != "5.0" || f.Language != "" {
			t.Errorf("the MQTT client says that it is %+v", f)
		}
		if want := (hub.Tally{Messages: 4, Bytes: 4}); f.In != want {
			t.Errorf("%d lanes: in from MQTT %+v, want %+v", lanes, f.In, want)
		}
		if f.Out.Messages != 25 || f.Out.Bytes < 20*5+2+4 {
			t.Errorf("%d lanes: out to MQTT %+v", lanes, f.Out)
		}
		delivered := map[string]uint64{}
		for _, s := range f.List {
			delivered[s.Key] = s.Delivered
		}
		if len(f.List) != 2 || f.Subscriptions != 2 || delivered["a/#"] != 4 || delivered["b"] != 21 {
			t.Errorf("subscriptions of MQTT: %+v", f.List)
		}
		total := g.hub.Traffic()
		if sum := facts(t, n).Out.Messages + f.Out.Messages; total.Out != sum {
			t.Errorf("%d lanes: %d copies in all, connections count %d", lanes, total.Out, sum)
		}
		if err := g.shut(); err != nil {
			t.Error(err)
		}
	}
}

// What a client says of itself is kept up to a bound, and shared where many say the
// same.
func TestWhatClientsSayOfThemselves(t *testing.T) {
	g, err := newGateway(defaultOptions(), manner{lanes: 1, budget: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	c := g.openNATS("long")
	converse(t, g, c, `CONNECT {"verbose":false,"name":"`+strings.Repeat("n", 3000)+`"}`)
	if f := facts(t, c); f.Name != strings.Repeat("n", 256) {
		t.Errorf("a name of %d bytes is kept", len(f.Name))
	}
	for i := range 200 { // more libraries than are shared
		c := g.openNATS(fmt.Sprint("c", i))
		converse(t, g, c, fmt.Sprintf(`CONNECT {"verbose":false,"lang":"go","version":"%d"}`, i%100))
		if f := facts(t, c); f.Language != "go" || f.Version != fmt.Sprint(i%100) || f.Name != "" || f.User != "" {
			t.Errorf("client %d: %+v", i, f)
		}
	}
	silent := g.openNATS("silent")
	if f := facts(t, silent); f.Name != "" || f.Version != "" || f.Since != g.now {
		t.Errorf("a client that has said nothing: %+v", f)
	}
	user := g.openMQTT("user", mqtt.V311)
	converse(t, g, user, "CONNECT dev clean username=joe")
	if f := facts(t, user); f.User != "joe" || f.Version != "3.1.1" {
		t.Errorf("an MQTT client with a user name: %+v", f)
	}
	if err := g.shut(); err != nil {
		t.Error(err)
	}
}

// A PING that is answered tells the round trip; other input does not.
func TestRoundTrip(t *testing.T) {
	o := defaultOptions()
	o.heartbeat = time.Second
	g, err := newGateway(o, manner{lanes: 1, budget: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	c := g.openNATS("c")
	converse(t, g, c, `CONNECT {"verbose":false}`)
	g.pass(1100 * time.Millisecond)
	if !strings.HasSuffix(string(c.got), "PING\r\n") {
		t.Fatalf("no PING came: %q", c.got)
	}
	g.pass(20 * time.Millisecond)
	converse(t, g, c, "PING")
	if f := facts(t, c); f.RTT != 0 || f.Heard != g.now {
		t.Errorf("before the answer: %+v", f)
	}
	g.pass(10 * time.Millisecond)
	converse(t, g, c, "PONG")
	if f := facts(t, c); f.RTT < 30*time.Millisecond || f.RTT > 31*time.Millisecond+100*time.Millisecond {
		t.Errorf("the round trip took %v", f.RTT)
	}
	g.pass(5 * time.Millisecond)
	converse(t, g, c, "PONG")
	if f := facts(t, c); f.RTT > 131*time.Millisecond {
		t.Errorf("a PONG to nothing made the round trip %v", f.RTT)
	}
	if err := g.shut(); err != nil {
		t.Error(err)
	}
}
