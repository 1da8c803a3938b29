package e2e

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A client that subscribes to "#" where 50,000 topics have retained messages gets each
// of them once, together with what is published meanwhile; and others on its lane,
// the only one, talk to each other all the time: nobody waits for the end of it.
func TestAReplayOfVeryManyRetainedMessagesDelaysNobody(t *testing.T) {
	t.Parallel()
	const topics, least = 50_000, 10
	s := start(t, "--lanes", "1", "--max-pending", "64MB")
	retain(t, s, topics)
	talking := s.natsClient(t)
	answers := subscribe(t, talking, "ping.pong")
	trip := func() time.Duration {
		begin := time.Now()
		must(t, talking.Publish("ping.pong", []byte("hello")))
		nextText(t, answers, "ping.pong", "hello")
		return time.Since(begin)
	}
	trip()

	reader := s.rawMQTT(t, 5, 0)
	reader.send(t, mqttSubscribe(5, "#"))
	reader.expectPacket(t, 0x90, "\x00\x01\x00\x00")
	var replayed atomic.Bool
	lives, seen := make(chan int, 1), make(map[string]bool)
	go func() {
		defer replayed.Store(true)
		live := 0
		defer func() { lives <- live }()
		for len(seen) < topics {
			first, body, err := reader.readPacket()
			if err != nil {
				t.Errorf("after %d retained messages: %v", len(seen), err)
				return
			}
			switch d := readDelivery(5, first, body); {
			case !d.retain && d.topic == "ping/pong":
				live++
			case !d.retain || seen[d.topic] || !strings.HasPrefix(d.payload, d.topic+" "):
				t.Errorf("got %q %.40q, retain %v, for the second time: %v", d.topic, d.payload, d.retain, seen[d.topic])
				return
			default:
				seen[d.topic] = true
			}
		}
	}()
	trips, worst, begin := 0, time.Duration(0), time.Now()
	for !replayed.Load() {
		worst = max(worst, trip())
		trips++
	}
	took := time.Since(begin)
	live := <-lives
	t.Logf("%d retained messages in %v; meanwhile %d round trips, the slowest took %v; %d live messages among them", len(seen), took, trips, worst, live)
	if trips < least || live < least {
		t.Errorf("%d round trips, and %d live messages among %d retained ones; want %d of each", trips, live, len(seen), least)
	}
}

// retain publishes so many retained messages of some 250 bytes, each to its topic.
func retain(t *testing.T, s *server, topics int) {
	t.Helper()
	w := s.rawMQTT(t, 5, 0)
	var b strings.Builder
	for i := range topics {
		topic := fmt.Sprintf("site/%d/device/%d", i%100, i)
		b.WriteString(mqttPacket(0x31, mqttString(topic)+"\x00"+topic+" "+strings.Repeat("x", 200)))
		if b.Len() > 64<<10 {
			w.send(t, b.String())
			b.Reset()
		}
	}
	w.send(t, b.String())
	w.ping(t)
}
