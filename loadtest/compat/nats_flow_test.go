package e2e

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// What nats.go promises around the life of a connection: drain, flush, reconnect.

func TestNatsDrain(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		b := s.natsClient(t)
		closed := make(chan struct{})
		a := s.natsClient(t, nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
		got := make(chan string, 100)
		_, err := a.Subscribe("drain", func(m *nats.Msg) { got <- string(m.Data); _ = m.Respond([]byte("ok")) })
		must(t, err)
		must(t, a.Flush())
		answers := subscribe(t, b, "answers")
		for i := range 100 {
			must(t, b.PublishRequest("drain", "answers", fmt.Append(nil, i)))
		}
		must(t, b.Flush())
		must(t, a.Flush()) // everything is on its way before the drain
		must(t, a.Drain())
		for i := range 100 {
			if m := next(t, got, "a message of the drained client"); m != fmt.Sprint(i) {
				t.Fatalf("got %q, want %d", m, i)
			}
			next(t, answers, "an answer of the drained client")
		}
		next1(t, closed, "the end of the drain")
	})
}

// What a publisher has flushed is the draining client's, though the two have never
// spoken and are on different lanes.
func TestNatsDrainBehindAnothersFlush(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const total = 5000
		for range 20 {
			a, b := s.natsClient(t), s.natsClient(t)
			got := subscribe(t, a, "drain.behind")
			for i := range total {
				must(t, b.Publish("drain.behind", fmt.Append(nil, i)))
			}
			must(t, b.Flush())
			must(t, a.Drain())
			for i := range total {
				nextText(t, got, "drain.behind", fmt.Sprint(i))
			}
		}
	})
}

// A member that drains loses nothing: what it no longer takes goes to the rest
// of its group.
func TestNatsDrainOfAQueueMember(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const total = 20000
		got := make(chan string, 2*total)
		join := func() *nats.Conn {
			nc := s.natsClient(t)
			_, err := nc.QueueSubscribe("dq", "q", func(m *nats.Msg) { got <- string(m.Data) })
			must(t, err)
			must(t, nc.Flush())
			return nc
		}
		join()
		leaver, pub := join(), s.natsClient(t)
		for i := range total {
			if i == total/2 {
				must(t, pub.Flush())
				go func() { _ = leaver.Drain() }()
			}
			must(t, pub.Publish("dq", fmt.Append(nil, i)))
		}
		must(t, pub.Flush())
		seen := map[string]bool{}
		for range total {
			m := next(t, got, fmt.Sprintf("message %d of %d of the group", len(seen)+1, total))
			if seen[m] {
				t.Fatalf("message %s came twice", m)
			}
			seen[m] = true
		}
	})
}

// next1 waits for the closing of a channel.
func next1(t *testing.T, closed <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-closed:
	case <-time.After(patience):
		t.Fatalf("waited %v for %s", patience, what)
	}
}

// After PONG a SUB is effective for publishes from every connection, and a
// PUB is delivered before a later PONG to the subscriber: with several lanes
// too. This is what Flush is used for.
func TestNatsFlushAcrossConnections(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		var conns []*nats.Conn
		for range 5 {
			conns = append(conns, s.natsClient(t))
		}
		for i := range 300 {
			a, b := conns[i%5], conns[(i/5+i+1)%5]
			subject := fmt.Sprintf("flush.%d", i)
			ch := make(chan *nats.Msg, 2)
			sub, err := a.ChanSubscribe(subject, ch)
			must(t, err)
			must(t, a.Flush())
			must(t, b.Publish(subject, []byte("1")))
			must(t, b.Flush())
			nextText(t, ch, subject, "1")
			must(t, sub.Unsubscribe())
			must(t, a.Flush())
			if _, err := b.Request(subject, nil, patience); !errors.Is(err, nats.ErrNoResponders) {
				t.Fatalf("round %d: after Unsubscribe and Flush: %v", i, err)
			}
		}
	})
}

func TestNatsReconnectAfterRestart(t *testing.T) {
	t.Parallel()
	s := start(t, "--lanes", "2")
	lost, back := make(chan struct{}, 9), make(chan struct{}, 9)
	nc := s.natsClient(t,
		func(o *nats.Options) error { o.AllowReconnect = true; return nil },
		nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { lost <- struct{}{} }),
		nats.ReconnectHandler(func(*nats.Conn) { back <- struct{}{} }))
	ch := subscribe(t, nc, "again.>")
	s.stop()
	next(t, lost, "the client to see the end of the server")

	var natsPort, mqttPort int
	_, err := fmt.Sscanf(s.nats+" "+s.mqtt, "127.0.0.1:%d 127.0.0.1:%d", &natsPort, &mqttPort)
	must(t, err)
	s = startAs(t, nil, natsPort, mqttPort, "--lanes", "2")
	next(t, back, "the client to come back")
	must(t, nc.Flush())
	m5 := s.mqtt5(t)
	m5.publish(t, "again/mqtt", "1")
	nextText(t, ch, "again.mqtt", "1")
	must(t, nc.Publish("again.nats", []byte("2")))
	nextText(t, ch, "again.nats", "2")
}
