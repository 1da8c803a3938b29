package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
	"github.com/nats-io/nats.go"
)

// volume is how many messages each direction carries.
func volume() int {
	if raceMode {
		return messages / 10
	}
	return messages
}

// Two publishers send a hundred thousand numbered messages (with the build tag
// slow: four times as many); two subscribers
// get every one of them, each publisher's in order.
func TestOrderAndCounts(t *testing.T) {
	type publisher func(t *testing.T, s *server, name string) (publish func(payload string), flush func())
	type subscriber func(t *testing.T, s *server, handle func(payload []byte))

	fromNATS := func(t *testing.T, s *server, name string) (func(string), func()) {
		nc := s.natsClient(t)
		return func(p string) { must(t, nc.Publish("order."+name, []byte(p))) }, func() { must(t, nc.Flush()) }
	}
	fromMQTT := func(t *testing.T, s *server, name string) (func(string), func()) {
		c := s.mqtt5(t)
		return func(p string) { c.publish(t, "order/"+name, p) }, func() { c.sync(t) }
	}
	toNATS := func(t *testing.T, s *server, handle func([]byte)) {
		nc := s.natsClient(t)
		sub, err := nc.Subscribe("order.*", func(m *nats.Msg) { handle(m.Data) })
		must(t, err)
		must(t, sub.SetPendingLimits(-1, -1))
		must(t, nc.Flush())
	}
	toMQTT := func(t *testing.T, s *server, handle func([]byte)) {
		c := s.mqtt5(t)
		c.AddOnPublishReceived(func(p paho5.PublishReceived) (bool, error) { handle(p.Packet.Payload); return true, nil })
		go func() { // the queue of the usual handler is not read here
			for range c.in {
			}
		}()
		c.subscribe(t, "order/+")
	}

	f := func(name string, pub publisher, sub subscriber) {
		t.Run(name, func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) {
				const publishers, subscribers = 2, 2
				each := volume() / publishers
				finished := make(chan string, subscribers)
				for range subscribers {
					want := map[string]int{}
					left := volume()
					over := false
					sub(t, s, func(payload []byte) {
						if over {
							return
						}
						who, text, _ := strings.Cut(string(payload), " ")
						n, err := strconv.Atoi(text)
						switch {
						case err != nil || n != want[who]:
							over = true
							finished <- fmt.Sprintf("got %q, want number %d of %q", payload, want[who], who)
						case left == 1:
							over = true
							finished <- ""
						}
						want[who]++
						left--
					})
				}
				begin := time.Now()
				sent := make(chan struct{}, publishers)
				for i := range publishers {
					who := fmt.Sprint("p", i)
					publish, flush := pub(t, s, who)
					go func() {
						defer func() { sent <- struct{}{} }()
						for n := range each {
							publish(who + " " + strconv.Itoa(n))
						}
						flush()
					}()
				}
				for range publishers {
					select {
					case <-sent:
					case <-time.After(6 * patience):
						t.Fatal("the publishers are stuck")
					}
				}
				for range subscribers {
					select {
					case bad := <-finished:
						if bad != "" {
							t.Fatal(bad)
						}
					case <-time.After(6 * patience):
						t.Fatal("not every message arrives")
					}
				}
				t.Logf("%d messages to each of %d subscribers in %v", volume(), subscribers, time.Since(begin).Round(time.Millisecond))
			})
		})
	}
	f("NATS to NATS", fromNATS, toNATS)
	f("NATS to MQTT", fromNATS, toMQTT)
	f("MQTT to NATS", fromMQTT, toNATS)
	f("MQTT to MQTT", fromMQTT, toMQTT)
}
