package e2e

import (
	"fmt"
	"strings"
	"testing"
)

func TestMosquittoClientsInEveryVersion(t *testing.T) {
	for _, version := range []string{"mqttv31", "mqttv311", "mqttv5"} {
		t.Run(version, func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) {
				nc := s.natsClient(t)
				sub := s.spawn(t, "mosquitto_sub", "-V", version, "-i", "sub", "-t", "mosq/#", "-v", "-C", "8")
				s.awaitInterest(t, "mosq.probe")
				ch := subscribe(t, nc, "mosq.>")
				for sub.line(t) != "mosq/probe probe" {
				}
				for qos := range 3 {
					payload := fmt.Sprintf("q%d", qos)
					s.call(t, "mosquitto_pub", "-V", version, "-q", fmt.Sprint(qos), "-t", "mosq/a/b", "-m", payload)
					nextText(t, ch, "mosq.a.b", payload)
					if got := sub.line(t); got != "mosq/a/b "+payload {
						t.Errorf("mosquitto_sub printed %q", got)
					}
				}
				must(t, nc.Publish("mosq.from.nats", []byte("n")))
				if got := sub.line(t); got != "mosq/from/nats n" {
					t.Errorf("mosquitto_sub printed %q", got)
				}
				s.call(t, "mosquitto_pub", "-V", version, "-t", "mosq/empty", "-n")
				if got := sub.line(t); got != "mosq/empty (null)" && got != "mosq/empty " {
					t.Errorf("mosquitto_sub printed %q for an empty message", got)
				}
				for i := range 2 { // then it disconnects by itself, cleanly
					must(t, nc.Publish("mosq.end", fmt.Append(nil, i)))
				}
				sub.wait(t)
			})
		})
	}
}

func TestMosquittoPropertiesBecomeHeaders(t *testing.T) {
	t.Parallel()
	s := start(t)
	ch := subscribe(t, s.natsClient(t), "mp")
	s.call(t, "mosquitto_pub", "-V", "mqttv5", "-t", "mp", "-m", "x",
		"-D", "publish", "user-property", "first", "1",
		"-D", "publish", "user-property", "first", "2",
		"-D", "publish", "content-type", "text/plain",
		"-D", "publish", "response-topic", "back/to/me",
		"-D", "publish", "correlation-data", "c1")
	m := nextText(t, ch, "mp", "x")
	if v := m.Header.Values("first"); len(v) != 2 || v[0] != "1" || v[1] != "2" {
		t.Errorf("headers %v", m.Header)
	}
	if m.Header.Get("Content-Type") != "text/plain" || m.Header.Get("Mqtt-Correlation-Data") != "c1" || !strings.HasPrefix(m.Reply, "_ISTHMUS.R.") {
		t.Errorf("headers %v, reply %q", m.Header, m.Reply)
	}
}

func TestMosquittoWill(t *testing.T) {
	t.Parallel()
	s := start(t)
	ch := subscribe(t, s.natsClient(t), "mw.gone")
	sub := s.spawn(t, "mosquitto_sub", "-V", "mqttv5", "-t", "mw/in", "-C", "1",
		"--will-topic", "mw/gone", "--will-payload", "bye")
	s.awaitInterest(t, "mw.in")
	sub.wait(t) // it ends with DISCONNECT: no will
	quiet(t, ch, "will after DISCONNECT")
}

// A line of input is a message: many of them on one connection, in order.
func TestMosquittoPubFromStandardInput(t *testing.T) {
	t.Parallel()
	s := start(t)
	ch := subscribe(t, s.natsClient(t), "lines")
	cmd := s.command(t.Context(), t, "mosquitto_pub", "-t", "lines", "-l", "-q", "1")
	in, err := cmd.StdinPipe()
	must(t, err)
	must(t, cmd.Start())
	for i := range 500 {
		_, err := fmt.Fprintf(in, "line %d\n", i)
		must(t, err)
	}
	must(t, in.Close())
	for i := range 500 {
		nextText(t, ch, "lines", fmt.Sprintf("line %d", i))
	}
	must(t, cmd.Wait())
}
