package e2e

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	paho5 "github.com/eclipse/paho.golang/paho"
)

func TestMQTT5ConnackTellsWhatIsNotAvailable(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.mqtt5(t).connack.Properties
	if !p.RetainAvailable || !p.SubIDAvailable || !p.WildcardSubAvailable || !p.SharedSubAvailable {
		t.Errorf("CONNACK says that something is not there: %+v", p)
	}
	if p.TopicAliasMaximum == nil || *p.TopicAliasMaximum != 16 {
		t.Error("CONNACK offers another number of topic aliases than 16")
	}
	if p.MaximumQoS != nil && *p.MaximumQoS < 2 {
		t.Errorf("CONNACK says Maximum QoS %d, but QoS 2 publishes are taken", *p.MaximumQoS)
	}
}

func TestMQTT5AssignedClientIdentifier(t *testing.T) {
	t.Parallel()
	s := start(t)
	empty := func(p *paho5.Connect) { p.ClientID = "" }
	a, b := s.mqtt5(t, empty), s.mqtt5(t, empty)
	if x, y := a.connack.Properties.AssignedClientID, b.connack.Properties.AssignedClientID; x == "" || x == y {
		t.Errorf("assigned client identifiers %q and %q", x, y)
	}
	if c := s.mqtt5(t); c.connack.Properties.AssignedClientID != "" {
		t.Errorf("a client that has an identifier is assigned %q", c.connack.Properties.AssignedClientID)
	}
}

func TestMQTT5SubscribeAndUnsubscribeCodes(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		c := s.mqtt5(t)
		ack, err := c.Subscribe(t.Context(), &paho5.Subscribe{Subscriptions: []paho5.SubscribeOptions{
			{Topic: "a/0", QoS: 0}, {Topic: "a/1", QoS: 1}, {Topic: "a/2", QoS: 2}, {Topic: "a/+/#", QoS: 1},
		}})
		must(t, err)
		if !bytes.Equal(ack.Reasons, []byte{0, 1, 2, 1}) {
			t.Errorf("SUBACK % x, want 00 01 02 01", ack.Reasons)
		}
		ack, err = c.Subscribe(t.Context(), &paho5.Subscribe{Subscriptions: []paho5.SubscribeOptions{
			{Topic: "ok"}, {Topic: "a+"}, {Topic: "a/#/b"}, {Topic: "also/ok"},
		}})
		if ack == nil || !bytes.Equal(ack.Reasons, []byte{0, 0x8f, 0x8f, 0}) {
			t.Fatalf("bad filters: %v, %v", ack, err)
		}
		out, err := c.Unsubscribe(t.Context(), &paho5.Unsubscribe{Topics: []string{"a/1", "never", "ok", "ok"}})
		must(t, err)
		if !bytes.Equal(out.Reasons, []byte{0, 0x11, 0, 0x11}) {
			t.Errorf("UNSUBACK % x, want 00 11 00 11", out.Reasons)
		}
		c.publish(t, "ok", "1")
		c.publish(t, "also/ok", "2")
		c.nextText(t, "also/ok", "2")
	})
}

func TestMQTT5PublishQoS(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		pub, sub := s.mqtt5(t), s.mqtt5(t)
		nc := s.natsClient(t)
		send := func(qos byte, topic, payload string) byte {
			t.Helper()
			r, err := pub.Publish(t.Context(), &paho5.Publish{QoS: qos, Topic: topic, Payload: []byte(payload)})
			must(t, err)
			return r.ReasonCode
		}
		if code := send(1, "q/nobody", ""); code != 0x10 {
			t.Errorf("PUBACK %#x with nobody subscribed, want 0x10", code)
		}
		if code := send(2, "q/nobody", ""); code != 0 {
			t.Errorf("PUBCOMP %#x, want 0", code)
		}
		sub.subscribe(t, "q/+")
		ch := subscribe(t, nc, "q.*")
		for i := range 200 {
			payload := fmt.Sprint(i)
			if code := send(byte(i%3), "q/x", payload); code != 0 {
				t.Errorf("QoS %d: reason %#x with subscribers", i%3, code)
			}
			if m := sub.nextText(t, "q/x", payload); m.QoS != 0 || m.Retain || m.Duplicate() {
				t.Fatalf("delivered with QoS %d, retain %v, DUP %v", m.QoS, m.Retain, m.Duplicate())
			}
			nextText(t, ch, "q.x", payload)
		}
		// A NATS subscriber alone is a subscriber too.
		subscribe(t, nc, "only.nats")
		if code := send(1, "only/nats", ""); code != 0 {
			t.Errorf("PUBACK %#x with a NATS subscriber, want 0", code)
		}
	})
}

// PUBREC says 0x10 as PUBACK does; a packet sent again before PUBREL is not
// delivered again.
func TestMQTT5QoS2OnTheWire(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		w, sub := s.rawMQTT(t, 5, 60), s.mqtt5(t)
		w.send(t, mqttPacket(0x34, mqttString("two")+"\x00\x09\x00"+"x"))
		w.expectPacket(t, 0x50, "\x00\x09\x10")
		w.send(t, mqttPacket(0x62, "\x00\x09"))
		w.expectPacket(t, 0x70, "\x00\x09")
		sub.subscribe(t, "two")
		w.send(t, mqttPacket(0x34, mqttString("two")+"\x00\x0a\x00"+"once"))
		w.expectPacket(t, 0x50, "\x00\x0a")
		w.send(t, mqttPacket(0x3c, mqttString("two")+"\x00\x0a\x00"+"once")) // DUP
		w.expectPacket(t, 0x50, "\x00\x0a")
		w.send(t, mqttPacket(0x62, "\x00\x0a"))
		w.expectPacket(t, 0x70, "\x00\x0a")
		w.send(t, mqttPacket(0x62, "\x00\x0b")) // of an identifier not in use
		w.expectPacket(t, 0x70, "\x00\x0b\x92")
		sub.nextText(t, "two", "once")
		w.send(t, mqttPublish(5, "two", "end"))
		sub.nextText(t, "two", "end")
	})
}

func TestMQTT5PropertiesBetweenMQTTClients(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		pub, sub := s.mqtt5(t), s.mqtt5(t)
		sub.subscribe(t, "props/#")
		user := paho5.UserProperties{{Key: "z", Value: "1"}, {Key: "a b", Value: ":"}, {Key: "z", Value: "0"}, {Key: "", Value: ""}}
		_, err := pub.Publish(t.Context(), &paho5.Publish{
			Topic: "props/x", Payload: []byte("p"),
			Properties: &paho5.PublishProperties{
				User: user, ContentType: "text/plain", ResponseTopic: "re/ply",
				CorrelationData: []byte("\x00\xff "), PayloadFormat: paho5.Byte(1), MessageExpiry: paho5.Uint32(100),
			},
		})
		must(t, err)
		p := sub.nextText(t, "props/x", "p").Properties
		if !slices.Equal(p.User, user) {
			t.Errorf("user properties %v, want %v", p.User, user)
		}
		if p.ContentType != "text/plain" || p.ResponseTopic != "re/ply" || string(p.CorrelationData) != "\x00\xff " {
			t.Errorf("content type %q, response topic %q, correlation data %q", p.ContentType, p.ResponseTopic, p.CorrelationData)
		}
		if p.PayloadFormat == nil || *p.PayloadFormat != 1 {
			t.Errorf("payload format %v", p.PayloadFormat)
		}
		if p.MessageExpiry == nil || *p.MessageExpiry > 100 || *p.MessageExpiry < 90 {
			t.Errorf("message expiry %v", p.MessageExpiry)
		}
		pub.publish(t, "props/none", "p")
		p = sub.nextText(t, "props/none", "p").Properties
		if p.MessageExpiry != nil || p.PayloadFormat != nil || len(p.User) != 0 || p.CorrelationData != nil || p.SubscriptionIdentifier != nil {
			t.Errorf("a message without properties arrives with %+v", p)
		}
	})
}

func TestMQTT5NoLocal(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		c, other := s.mqtt5(t), s.mqtt5(t)
		_, err := c.Subscribe(t.Context(), &paho5.Subscribe{Subscriptions: []paho5.SubscribeOptions{{Topic: "local/#", NoLocal: true}}})
		must(t, err)
		r, err := c.Publish(t.Context(), &paho5.Publish{Topic: "local/x", QoS: 1, Payload: []byte("own")})
		must(t, err)
		if r.ReasonCode != 0x10 {
			t.Errorf("PUBACK %#x when only the publisher is subscribed with No Local, want 0x10", r.ReasonCode)
		}
		other.publish(t, "local/x", "of another")
		c.nextText(t, "local/x", "of another")
		must(t, s.natsClient(t).Publish("local.x", []byte("of NATS")))
		c.nextText(t, "local/x", "of NATS")
	})
}

// A client with overlapping subscriptions gets one copy of a message.
func TestMQTT5OverlapIsOneCopy(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		c, pub := s.mqtt5(t), s.mqtt5(t)
		c.subscribe(t, "o/#", "o/+", "o/x", "#")
		pub.publish(t, "o/x", "1")
		pub.publish(t, "o/x", "2")
		c.nextText(t, "o/x", "1")
		c.nextText(t, "o/x", "2")
	})
}

func TestMQTT5Takeover(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		same := func(p *paho5.Connect) { p.ClientID = "same" }
		for range 5 {
			old := s.mqtt5(t, same)
			old.subscribe(t, "of/the/old")
			young := s.mqtt5(t, same)
			if d := next(t, old.disconnect, "DISCONNECT to the old client"); d.ReasonCode != 0x8e {
				t.Errorf("the old client is told %#x, want 0x8e", d.ReasonCode)
			}
			young.subscribe(t, "alive")
			young.publish(t, "alive", "yes")
			young.nextText(t, "alive", "yes")
			must(t, young.Disconnect(&paho5.Disconnect{}))
		}
		// The same with version 3.1.1: closed without a packet.
		connect := mqttConnect(4, "same4", 60, "")
		old, young := dial(t, s.mqtt), dial(t, s.mqtt)
		old.send(t, connect)
		old.expect(t, "\x20\x02\x00\x00")
		young.send(t, connect)
		young.expect(t, "\x20\x02\x00\x00")
		if got := old.rest(t); got != "" {
			t.Errorf("the old 3.1.1 client is sent % x", got)
		}
	})
}

func TestMQTT5Will(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		wills, seen := subscribe(t, s.natsClient(t), "will.>"), s.mqtt5(t)
		seen.subscribe(t, "will/#")
		client := func(topic string) *client5 {
			return s.mqtt5(t, func(p *paho5.Connect) {
				p.WillMessage = &paho5.WillMessage{Topic: topic, Payload: []byte("gone"), QoS: 1}
				p.WillProperties = &paho5.WillProperties{User: paho5.UserProperties{{Key: "why", Value: "?"}}}
			})
		}
		comes := func(topic string) {
			t.Helper()
			if p := seen.nextText(t, "will/"+topic, "gone").Properties; p.User.Get("why") != "?" {
				t.Errorf("the will's properties: %+v", p)
			}
			if m := nextText(t, wills, "will."+topic, "gone"); m.Header.Get("why") != "?" {
				t.Errorf("the will's headers: %v", m.Header)
			}
		}
		must(t, client("will/abrupt").conn.Close())
		comes("abrupt")

		must(t, client("will/never").Disconnect(&paho5.Disconnect{}))
		quiet(t, seen.in, "will after DISCONNECT")

		must(t, client("will/with").Disconnect(&paho5.Disconnect{ReasonCode: 4}))
		comes("with")

		a := client("will/takeover")
		s.mqtt5(t, func(p *paho5.Connect) { p.ClientID = a.ClientID() })
		comes("takeover")

		b := client("will/error") // a malformed packet
		_, err := b.conn.Write([]byte{0xf1, 0x00})
		must(t, err)
		comes("error")

		// paho.golang forgets all other properties of a will.
		c := dial(t, s.mqtt)
		properties := "\x01\x01" + "\x02\x00\x00\x00\x64" + "\x03" + mqttString("text/plain") +
			"\x08" + mqttString("re/ply") + "\x09" + mqttString("c1") + "\x18\x00\x00\x00\x05" // a delay of 5 s
		c.send(t, mqttPacket(0x10, mqttString("MQTT")+"\x05\x06\x00\x3c\x00"+mqttString("w5")+
			string([]byte{byte(len(properties))})+properties+mqttString("will/all")+mqttString("gone")))
		c.expectPacket(t, 0x20, "\x00\x00")
		c.Close() // the session ends here, so the delay does not count
		p := seen.nextText(t, "will/all", "gone").Properties
		if p.ContentType != "text/plain" || p.ResponseTopic != "re/ply" || string(p.CorrelationData) != "c1" ||
			p.PayloadFormat == nil || p.MessageExpiry == nil {
			t.Errorf("the will's properties: %+v", p)
		}
		m := nextText(t, wills, "will.all", "gone")
		if m.Header.Get("Content-Type") != "text/plain" || !strings.HasPrefix(m.Reply, "_ISTHMUS.R.") || m.Header.Get("Mqtt-Correlation-Data") != "c1" {
			t.Errorf("the will's headers: %v, reply %q", m.Header, m.Reply)
		}
	})
}
