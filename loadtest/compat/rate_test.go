package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
	paho3 "github.com/eclipse/paho.mqtt.golang"
)

// hasty publishes many messages with one client, as fast as it goes. It returns
// when the client has got rid of all.
type hasty struct {
	name    string
	publish func(t *testing.T, s *server, topic string, payloads []string)
}

var hasties = []hasty{
	{"nats.go", func(t *testing.T, s *server, topic string, payloads []string) {
		nc := s.natsClient(t)
		for _, p := range payloads {
			must(t, nc.Publish(strings.ReplaceAll(topic, "/", "."), []byte(p)))
		}
		must(t, nc.FlushTimeout(patience))
	}},
	{"MQTT 3.1.1, QoS 1", func(t *testing.T, s *server, topic string, payloads []string) {
		c := s.mqtt3(t, 4)
		var tokens []paho3.Token
		for _, p := range payloads {
			tokens = append(tokens, c.Publish(topic, 1, false, p))
		}
		for _, token := range tokens {
			done(t, token)
		}
	}},
	{"MQTT 5, QoS 0 and 2", func(t *testing.T, s *server, topic string, payloads []string) {
		c := s.mqtt5(t)
		for i, p := range payloads {
			qos := byte(0)
			if i%50 == 49 {
				qos = 2
			}
			_, err := c.Publish(t.Context(), &paho5.Publish{Topic: topic, QoS: qos, Payload: []byte(p)})
			must(t, err)
		}
		c.sync(t)
	}},
}

// slowedDown publishes with every client. Each is not read for a while, so that it
// takes at least so long, and loses nothing; somebody else on its lane is served.
func slowedDown(t *testing.T, s *server, payloads []string, least time.Duration) {
	for _, h := range hasties {
		topic := unique("rate") + "/t"
		natsSide, mqttSide := s.natsClient(t), s.mqtt5(t)
		fromNATS := subscribe(t, natsSide, strings.ReplaceAll(topic, "/", "."))
		mqttSide.subscribe(t, topic)
		over := make(chan time.Duration)
		go func() {
			defer close(over)
			begin := time.Now()
			h.publish(t, s, topic, payloads)
			over <- time.Since(begin)
		}()
		trips, others := 0, s.natsClient(t)
		for waiting := true; waiting; {
			select {
			case took, ok := <-over:
				if waiting = false; ok && took < least {
					t.Errorf("%s: %d messages took %v, want at least %v", h.name, len(payloads), took, least)
				}
			default:
				must(t, others.FlushTimeout(patience))
				trips++
				time.Sleep(5 * time.Millisecond)
			}
		}
		if trips < 20 {
			t.Errorf("%s: another client made %d round trips meanwhile", h.name, trips)
		}
		for _, p := range payloads {
			nextText(t, fromNATS, strings.ReplaceAll(topic, "/", "."), p)
		}
		for _, p := range payloads {
			mqttSide.nextText(t, topic, p)
		}
	}
	if n := s.counted("rate_paused"); n < len(hasties) {
		t.Errorf("%d pauses, want some for each of %d clients", n, len(hasties))
	}
}

// 300 messages at 100 in a second: the first 100 are free.
func TestPublishersAreHeldToTheirMessages(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		var payloads []string
		for i := range 300 {
			payloads = append(payloads, fmt.Sprint(i))
		}
		slowedDown(t, s, payloads, 1900*time.Millisecond)
	}, "--max-publish-rate", "100")
}

// 300,000 bytes at 100,000 in a second, of which two thirds come in one message.
func TestPublishersAreHeldToTheirBytes(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		var payloads []string
		for i := range 100 {
			payloads = append(payloads, fmt.Sprintf("%03d%s", i, strings.Repeat("x", 1000)))
		}
		payloads = append(payloads, strings.Repeat("y", 200_000), "the last one")
		slowedDown(t, s, payloads, 1900*time.Millisecond)
	}, "--max-publish-bytes", "100000")
}
