package e2e

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	paho5 "github.com/eclipse/paho.golang/paho"
	"github.com/nats-io/nats.go"
)

// The order of headers does not show in nats.go, so this one looks at the wire.
func TestUserPropertiesBecomeHeadersInOrder(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		w := s.rawNATS(t, `CONNECT {"verbose":false,"headers":true}`+"\r\nSUB x 1\r\nPING\r\n")
		w.expect(t, "PONG\r\n")
		plain := s.rawNATS(t, `CONNECT {"verbose":false}`+"\r\nSUB x 1\r\nPING\r\n")
		plain.expect(t, "PONG\r\n")
		_, err := s.mqtt5(t).Publish(t.Context(), &paho5.Publish{
			Topic: "x", Payload: []byte("hi"),
			Properties: &paho5.PublishProperties{User: paho5.UserProperties{
				{Key: "z", Value: "1"}, {Key: "a", Value: "x:y"}, {Key: "z", Value: "2"}, {Key: "Z", Value: "3"},
				{Key: "two words", Value: "1"}, {Key: "a:b", Value: " padded"}, {Key: "größe", Value: "groß"},
			}},
		})
		must(t, err)
		block := "NATS/1.0\r\nz: 1\r\na: x:y\r\nz: 2\r\nZ: 3\r\n%~two%20words: 1\r\n" +
			"%~a%3Ab: %~%20padded\r\n%~gr%C3%B6%C3%9Fe: groß\r\n\r\n"
		w.expect(t, fmt.Sprintf("HMSG x 1 %d %d\r\n%shi\r\n", len(block), len(block)+2, block))
		plain.expect(t, "MSG x 1 2\r\nhi\r\n")
	})
}

func TestHeadersBecomeUserPropertiesInOrder(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		sub, old := s.mqtt5(t), s.mqtt3(t, 4)
		sub.subscribe(t, "x")
		old.subscribe(t, "x", 0)
		block := "NATS/1.0\r\nz: 1\r\nContent-Type: text/plain\r\na: http://h:1/?q=%20\r\nz: 2\r\nMqtt-Expiry: 60\r\n%~two%20words: 3\r\nEmpty:\r\n\r\n"
		w := s.rawNATS(t, `CONNECT {"verbose":false,"headers":true}`+"\r\n")
		w.send(t, fmt.Sprintf("HPUB x %d %d\r\n%shi\r\n", len(block), len(block)+2, block))
		p := sub.nextText(t, "x", "hi").Properties
		want := paho5.UserProperties{
			{Key: "z", Value: "1"}, {Key: "a", Value: "http://h:1/?q=%20"}, {Key: "z", Value: "2"},
			{Key: "two words", Value: "3"}, {Key: "Empty", Value: ""},
		}
		if !slices.Equal(p.User, want) {
			t.Errorf("user properties %v, want %v", p.User, want)
		}
		if p.ContentType != "text/plain" || p.MessageExpiry == nil || *p.MessageExpiry != 60 {
			t.Errorf("content type %q, expiry %v", p.ContentType, p.MessageExpiry)
		}
		old.nextText(t, "x", "hi")
	})
}

func TestNATSRequestAnsweredByMQTT5(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		responder(t, s, "svc/+", "answer to ")
		nc := s.natsClient(t)
		for i := range 200 {
			m, err := nc.Request("svc.x", fmt.Append(nil, i), patience)
			must(t, err)
			if want := fmt.Sprintf("answer to %d", i); string(m.Data) != want {
				t.Fatalf("got %q, want %q", m.Data, want)
			}
		}
	})
}

// A NATS responder knows nothing of Correlation Data: its plain answer brings it
// back all the same.
func TestMQTT5RequestAnsweredByNATS(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc := s.natsClient(t)
		_, err := nc.Subscribe("svc.*", func(m *nats.Msg) {
			_ = m.Respond(append([]byte("answer to "), m.Data...))
		})
		must(t, err)
		must(t, nc.Flush())
		c := s.mqtt5(t)
		c.subscribe(t, "replies/mine")
		for i := range 100 {
			correlation := []byte{0, byte(i), 0xff, ' ', '%'}
			_, err := c.Publish(t.Context(), &paho5.Publish{
				Topic: "svc/y", Payload: fmt.Append(nil, i),
				Properties: &paho5.PublishProperties{ResponseTopic: "replies/mine", CorrelationData: correlation},
			})
			must(t, err)
			p := c.nextText(t, "replies/mine", fmt.Sprintf("answer to %d", i))
			if !bytes.Equal(p.Properties.CorrelationData, correlation) {
				t.Fatalf("correlation data %q, want %q", p.Properties.CorrelationData, correlation)
			}
		}
	})
}

func TestLargePayloadsAcross(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc, c, old := s.natsClient(t), s.mqtt5(t), s.mqtt3(t, 4)
		ch := subscribe(t, nc, "large.mqtt")
		c.subscribe(t, "large/nats")
		old.subscribe(t, "large/nats", 0)
		for _, size := range []int{1 << 20, 0, 200_000, 65_536, 1 << 20} {
			data := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
			_, err := c.Publish(t.Context(), &paho5.Publish{Topic: "large/mqtt", Payload: data, QoS: 1})
			must(t, err)
			if m := next(t, ch, "a large message from MQTT"); !bytes.Equal(m.Data, data) {
				t.Fatalf("%d bytes came as %d", size, len(m.Data))
			}
			must(t, nc.Publish("large.nats", data))
			if m := next(t, c.in, "a large message from NATS"); !bytes.Equal(m.Payload, data) {
				t.Fatalf("%d bytes came as %d", size, len(m.Payload))
			}
			if m := next(t, old.in, "a large message from NATS"); !bytes.Equal(m.Payload(), data) {
				t.Fatalf("%d bytes came as %d", size, len(m.Payload()))
			}
		}
	})
}

// After SUBACK a subscription is in force for publishes of every connection.
func TestSubackThenPublishFromAnotherConnection(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc, a, b := s.natsClient(t), s.mqtt5(t), s.mqtt5(t)
		for i := range 200 {
			topic, subject := fmt.Sprintf("now/%d", i), fmt.Sprintf("now.%d", i)
			a.subscribe(t, topic)
			b.publish(t, topic, "mqtt")
			a.nextText(t, topic, "mqtt")
			must(t, nc.Publish(subject, []byte("nats")))
			a.nextText(t, topic, "nats")
			_, err := a.Unsubscribe(t.Context(), &paho5.Unsubscribe{Topics: []string{topic}})
			must(t, err)
			r, err := b.Publish(t.Context(), &paho5.Publish{Topic: topic, QoS: 1})
			must(t, err)
			if r.ReasonCode != 0x10 {
				t.Fatalf("round %d: PUBACK %#x after UNSUBACK, want 0x10", i, r.ReasonCode)
			}
		}
	})
}
