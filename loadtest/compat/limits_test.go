package e2e

import (
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
)

// A client that asks where its responses can go is told a topic of its own.
func TestResponseInformation(t *testing.T) {
	t.Parallel()
	s := start(t, "--response-information", "replies/${clientid}/")
	c := s.mqtt5(t, func(p *paho5.Connect) {
		p.Properties = &paho5.ConnectProperties{RequestResponseInfo: true, RequestProblemInfo: true}
		p.ClientID = "asker"
	})
	if got := c.connack.Properties.ResponseInfo; got != "replies/asker/" {
		t.Fatalf("Response Information %q", got)
	}
	c.subscribe(t, c.connack.Properties.ResponseInfo+"#")
	nc := s.natsClient(t)
	ch := subscribe(t, nc, "ask")
	c.publishRequest(t, "ask", c.connack.Properties.ResponseInfo+"1", "?")
	must(t, nextText(t, ch, "ask", "?").Respond([]byte("!")))
	c.nextText(t, "replies/asker/1", "!")
	if other := s.mqtt5(t); other.connack.Properties.ResponseInfo != "" {
		t.Errorf("who does not ask is told %q", other.connack.Properties.ResponseInfo)
	}
}

// At the end 5.0 clients are told where to go, others are closed as ever.
func TestServerReference(t *testing.T) {
	t.Parallel()
	s := start(t, "--server-reference", "next:1883", "--max-connections", "4")
	c := s.mqtt5(t)
	var old *wire
	for range 3 {
		eventually(t, "room", func() bool { // those that looked for the listener must have left
			old = dial(t, s.mqtt)
			old.send(t, mqttConnect(4, unique("raw"), 60, ""))
			_, body := old.packet(t)
			return body[1] == 0
		})
	}
	late := dial(t, s.mqtt)
	late.send(t, mqttConnect(5, "late", 60, ""))
	if got, want := late.rest(t), "\x20\x0f\x00\x9c\x0c\x1c\x00\x09next:1883"; got != want {
		t.Errorf("one too many is told % x, want % x", got, want)
	}
	s.stop()
	d := next(t, c.disconnect, "DISCONNECT from the server that stops")
	if d.ReasonCode != 0x9c || d.Properties.ServerReference != "next:1883" {
		t.Errorf("DISCONNECT %#x with Server Reference %q", d.ReasonCode, d.Properties.ServerReference)
	}
	if got := old.rest(t); got != "" {
		t.Errorf("a 3.1.1 client is told % x", got)
	}
}

// paho.golang hears the reasons in words.
func TestReasonStrings(t *testing.T) {
	t.Parallel()
	s := start(t, "--reason-strings", "--max-topic-levels", "2", "--receive-maximum", "1")
	c := s.mqtt5(t, func(p *paho5.Connect) {
		p.Properties = &paho5.ConnectProperties{RequestProblemInfo: true}
	})
	r, err := c.Publish(t.Context(), &paho5.Publish{Topic: "a/b/c", QoS: 1})
	if r == nil || r.ReasonCode != 0x90 || r.Properties.ReasonString == "" {
		t.Errorf("PUBACK %+v, %v", r, err)
	}
	w := s.rawMQTT(t, 5, 60)
	w.send(t, "\x34\x06\x00\x01a\x00\x01\x00\x34\x06\x00\x01a\x00\x02\x00")
	w.expectPacket(t, 0x50, "\x00\x01\x10")
	const words = "More unfinished QoS 2 publishes than CONNACK allowed."
	w.expectPacket(t, 0xe0, "\x93"+mqttProperties("\x1f"+mqttString(words)))
}

// mosquitto_sub gets retained messages no faster than it may.
func TestRetainedRate(t *testing.T) {
	t.Parallel()
	s := start(t, "--retained-rate", "10")
	c := s.mqtt5(t)
	for range 25 {
		_, err := c.Publish(t.Context(), &paho5.Publish{Topic: unique("slow/"), QoS: 1, Retain: true, Payload: []byte("x")})
		must(t, err)
	}
	began := time.Now()
	s.call(t, "mosquitto_sub", "-t", "slow/#", "-C", "10")
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("a second's worth took %v", took)
	}
	began = time.Now()
	s.call(t, "mosquitto_sub", "-t", "slow/#", "-C", "25")
	if took := time.Since(began); took < 1400*time.Millisecond {
		t.Errorf("25 came within %v, at 10 a second", took)
	}
}

// Messages wait for a session, and stay retained, no longer than they may. What
// NATS says of their time does not change that.
func TestMessageExpiryIsBounded(t *testing.T) {
	t.Parallel()
	s := start(t, "--max-message-expiry", "2s")
	w, _ := s.rawSession(t, 5, "bounded", sessionExpiry(60))
	w.grant(t, 5, "b/#")
	w.Close()
	s.awaitNobody(t, "b.x")
	nc, c := s.natsClient(t), s.mqtt5(t)
	must(t, nc.PublishMsg(withQoS("1", "b.x", "no longer")))
	m := withQoS("1", "b.kept", "nor this")
	m.Header.Set("Mqtt-Retain", "1")
	m.Header.Set("Mqtt-Expiry", "3600")
	must(t, nc.PublishMsg(m))
	must(t, nc.Flush())
	time.Sleep(2200 * time.Millisecond) // lets the bound pass: there is nothing to wait for
	must(t, nc.PublishMsg(withQoS("1", "b.x", "still")))
	must(t, nc.Flush())
	w, present := s.rawSession(t, 5, "bounded", sessionExpiry(60))
	if !present {
		t.Fatal("the session is gone")
	}
	w.ack(t, w.deliveries(t, 5, false, "still")...)
	w.ping(t)
	c.subscribe(t, "b/kept")
	c.sync(t)
	if n := s.counted("message_expired"); n != 2 {
		t.Errorf("message_expired was counted %d times", n)
	}
	if n := s.counted("retained_expired"); n != 1 {
		t.Errorf("retained_expired was counted %d times", n)
	}
}
