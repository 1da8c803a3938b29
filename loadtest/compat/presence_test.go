package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// event is what a test looks at in an event.
type event struct {
	Event      string `json:"event"`
	ClientID   string `json:"client_id"`
	Generation uint64 `json:"generation"`
	Protocol   string `json:"protocol"`
	User       string `json:"username"`
	Reason     string `json:"reason"`
	Filter     string `json:"filter"`
}

func readEvent(t *testing.T, text string) (e event) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return e
}

// A NATS client and mosquitto_sub hear the same of a mosquitto_sub that comes,
// subscribes, is taken over by another and leaves; the client identifier is one
// that no subject could hold.
func TestPresenceForBothProtocols(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const id, level = "plant/7.a", "plant%2F7%2Ea"
		ch := subscribe(t, s.natsClient(t), "$events.client."+level+".*")
		watch := s.spawn(t, "mosquitto_sub", "-V", "mqttv5", "-i", "watch", "-q", "1", "-t", "$events/client/"+level+"/+", "-v")
		ready := subscribe(t, s.natsClient(t), "$events.client.*.connected")
		for hears := false; !hears; { // until the filter of watch is in force
			s.call(t, "mosquitto_pub", "-i", id, "-t", "x", "-m", "x")
			next(t, ready, "connected event")
			hears = len(watch.lines) > 0
		}
		s.spawn(t, "mosquitto_sub", "-V", "mqttv5", "-i", id, "-u", "ann", "-t", "jobs/#")
		var events []event
		until := func(name, user string) event {
			t.Helper()
			for {
				m := next(t, ch, name+" event")
				e := readEvent(t, string(m.Data))
				if m.Subject != "$events.client."+level+"."+e.Event || e.ClientID != id || e.Protocol != "mqtt" {
					t.Fatalf("%s: %s", m.Subject, m.Data)
				}
				if e.User == user {
					events = append(events, e)
				}
				if e.Event == name && e.User == user {
					return e
				}
			}
		}
		one := until("connected", "ann")
		if e := until("subscribed", "ann"); e.Filter != "jobs/#" || e.Generation != one.Generation {
			t.Errorf("%+v", e)
		}
		second := s.spawn(t, "mosquitto_sub", "-V", "mqttv5", "-i", id, "-u", "bob", "-t", "jobs/#", "-C", "1")
		until("taken_over", "ann")
		if e := until("disconnected", "ann"); e.Reason != "session_taken_over" || e.Generation != one.Generation {
			t.Errorf("%+v", e)
		}
		until("session_ended", "ann")
		two := until("connected", "bob")
		if two.Generation <= one.Generation {
			t.Errorf("generation %d after %d", two.Generation, one.Generation)
		}
		until("subscribed", "bob")
		s.call(t, "mosquitto_pub", "-t", "jobs/1", "-m", "x")
		second.wait(t)
		if e := until("disconnected", "bob"); e.Reason != "client_disconnect" || e.Generation != two.Generation {
			t.Errorf("%+v", e)
		}
		until("session_ended", "bob")
		for i := 0; i < len(events); {
			topic, text, _ := strings.Cut(watch.line(t), " ")
			e := readEvent(t, text)
			if e.User == "" {
				continue
			}
			if e != events[i] || topic != "$events/client/"+level+"/"+e.Event {
				t.Fatalf("mosquitto_sub heard %+v on %s, the NATS client %+v", e, topic, events[i])
			}
			i++
		}
	}, "--presence", "subscriptions")
}

// A NATS client is told of by its name and number, and nothing is told when
// nobody has asked for it.
func TestPresenceOfNATSClients(t *testing.T) {
	t.Parallel()
	s := start(t, "--presence", "sessions")
	ch := subscribe(t, s.natsClient(t), "$events.>")
	nc := s.natsClient(t, nats.Name("billing"))
	e := readEvent(t, string(next(t, ch, "event").Data))
	if e.Event != "connected" || !strings.HasPrefix(e.ClientID, "billing-") || e.Protocol != "nats" {
		t.Errorf("%+v", e)
	}
	_ = subscribe(t, nc, "x")
	nc.Close()
	if gone := readEvent(t, string(next(t, ch, "event").Data)); gone.Event != "disconnected" || gone.Generation != e.Generation || gone.Reason != "client_closed" {
		t.Errorf("%+v", gone)
	}
}

func TestPresenceIsOffAtFirst(t *testing.T) {
	t.Parallel()
	s := start(t)
	ch := subscribe(t, s.natsClient(t), "$events.>")
	s.call(t, "mosquitto_pub", "-t", "x", "-m", "x")
	quiet(t, ch, "event")
}
