package e2e

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// watch is a pair of well-behaved clients, one of each protocol, that pass a
// number to and fro all the time. Whatever other clients do, they must not
// notice.
type watch struct {
	stop, stopped chan struct{}
	rounds        atomic.Int64
	worst         time.Duration
}

// watch starts the pair; end it with check.
func (s *server) watch(t *testing.T) *watch {
	t.Helper()
	w := &watch{stop: make(chan struct{}), stopped: make(chan struct{})}
	nc, m5 := s.natsClient(t), s.mqtt5(t)
	ch := subscribe(t, nc, "watch.to.nats")
	m5.subscribe(t, "watch/to/mqtt")
	round := func() bool {
		text := fmt.Sprint(w.rounds.Load())
		if err := nc.Publish("watch.to.mqtt", []byte(text)); err != nil {
			t.Errorf("the undisturbed NATS client: %v", err)
			return false
		}
		select {
		case p := <-m5.in:
			if string(p.Payload) != text {
				t.Errorf("the undisturbed MQTT client got %q, want %q", p.Payload, text)
				return false
			}
		case <-time.After(patience):
			t.Errorf("the undisturbed MQTT client got nothing in round %s", text)
			return false
		}
		m5.publish(t, "watch/to/nats", text)
		select {
		case m := <-ch:
			if string(m.Data) != text {
				t.Errorf("the undisturbed NATS client got %q, want %q", m.Data, text)
				return false
			}
		case <-time.After(patience):
			t.Errorf("the undisturbed NATS client got nothing in round %s", text)
			return false
		}
		return true
	}
	go func() {
		defer close(w.stopped)
		for pace := time.NewTicker(2 * time.Millisecond); ; w.rounds.Add(1) {
			begin := time.Now()
			if !round() {
				return
			}
			w.worst = max(w.worst, time.Since(begin))
			select {
			case <-w.stop:
				return
			case <-pace.C:
			}
		}
	}()
	t.Cleanup(w.end)
	return w
}

func (w *watch) end() {
	select {
	case <-w.stop:
	default:
		close(w.stop)
	}
	<-w.stopped
}

// check ends the watch and says whether the pair was disturbed.
func (w *watch) check(t *testing.T) {
	t.Helper()
	w.end()
	t.Logf("undisturbed clients: %d rounds, the slowest took %v", w.rounds.Load()+1, w.worst.Round(time.Microsecond))
	if limit := patience / 5; w.worst > limit {
		t.Errorf("one round of the undisturbed clients took %v", w.worst)
	}
}
