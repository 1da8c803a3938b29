package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
)

// expiry is the Message Expiry Interval of what has no other property.
func (d delivery) expiry() string {
	if len(d.properties) == 5 && d.properties[0] == 2 {
		return fmt.Sprintf("%d", uint32(d.properties[1])<<24|uint32(d.properties[2])<<16|uint32(d.properties[3])<<8|uint32(d.properties[4]))
	}
	return fmt.Sprintf("% x", d.properties)
}

// The time that a message waits is taken off its expiry; one that is over is
// not delivered. It waits for a client that is away, or for its window.
func TestMessageExpiryRunsWhileItWaits(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		away, _ := s.rawSession(t, 5, "away", sessionExpiry(60))
		away.grant(t, 5, "expires")
		away.Close()
		s.awaitNobody(t, "expires")
		busy, _ := s.rawSession(t, 5, "busy", sessionExpiry(60), receiveMaximum(1))
		busy.grant(t, 5, "expires")
		old, _ := s.rawSession(t, 4, "old")
		old.grant(t, 4, "expires")
		old.Close()

		nc, pub := s.natsClient(t), s.mqtt5(t)
		publish := func(payload string, seconds uint32) {
			t.Helper()
			r, err := pub.Publish(t.Context(), &paho5.Publish{
				Topic: "expires", QoS: 1, Payload: []byte(payload),
				Properties: &paho5.PublishProperties{MessageExpiry: &seconds},
			})
			must(t, err)
			if r.ReasonCode != 0 {
				t.Errorf("PUBACK %#x for %q", r.ReasonCode, payload)
			}
		}
		pub.publish1(t, "expires", "at once")
		publish("short", 1)
		publish("long", 100)
		for payload, seconds := range map[string]string{"short from NATS": "1", "long from NATS": "100"} {
			m := withQoS("1", "expires", payload)
			m.Header.Set("Mqtt-Expiry", seconds)
			must(t, nc.PublishMsg(m))
			must(t, nc.Flush())
		}
		publish("zero", 0)
		pub.publish1(t, "expires", "never")

		first := busy.deliveries(t, 5, false, "at once")
		time.Sleep(2100 * time.Millisecond) // nothing tells that time has passed

		check := func(w *wire, name string) {
			t.Helper()
			want := map[string]bool{"long": true, "long from NATS": true, "never": false}
			for len(want) > 0 {
				d := w.delivery(t, 5)
				expires, ok := want[d.payload]
				if !ok || d.dup || d.qos != 1 || expires && d.expiry() != "98" && d.expiry() != "97" || !expires && d.properties != "" {
					t.Errorf("%s got %+v with expiry %s, want %v with 98", name, d, d.expiry(), want)
				}
				delete(want, d.payload)
				w.ack(t, d.id)
			}
			w.ping(t)
		}
		busy.ack(t, first...)
		check(busy, "the busy client")
		away, _ = s.rawSession(t, 5, "away", sessionExpiry(60))
		away.ack(t, away.deliveries(t, 5, false, "at once")...)
		check(away, "the client that was away")
		old, _ = s.rawSession(t, 4, "old")
		old.ack(t, old.deliveries(t, 4, false, "at once")...)
		for range 3 {
			old.ack(t, old.delivery(t, 4).id)
		}
		old.ping(t)
		for _, w := range []*wire{away, busy, old} {
			w.Close()
		}
		if n := s.counted("message_expired"); n != 9 {
			t.Errorf("message_expired is counted %d times, want 9", n)
		}
	})
}

// A session ends so long after its connection as was agreed: in CONNECT, in
// DISCONNECT, or by the server's own limit, of which it tells. Its end shows in
// PUBACK, and nothing of it comes back.
func TestSessionExpiry(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		pub := s.mqtt5(t)
		told := func(asked uint32) *uint32 {
			c := s.mqtt5(t, stays(unique("told"), asked))
			defer c.Disconnect(&paho5.Disconnect{Properties: &paho5.DisconnectProperties{SessionExpiryInterval: paho5.Uint32(0)}})
			return c.connack.Properties.SessionExpiryInterval
		}
		for _, asked := range []uint32{4, 60, 0xffffffff} {
			if got := told(asked); got == nil || *got != 3 {
				t.Errorf("Session Expiry Interval %d was asked for; CONNACK says %v, want 3", asked, got)
			}
		}
		for _, asked := range []uint32{0, 1, 3} {
			if got := told(asked); got != nil && *got != asked {
				t.Errorf("Session Expiry Interval %d was asked for; CONNACK says %d", asked, *got)
			}
		}

		disconnect := func(seconds uint32) string { return "\xe0\x07\x00\x05" + sessionExpiry(seconds) }
		sessions := []struct {
			name    string
			version byte
			asked   uint32
			leaves  string // how; a cut if empty
			lives   time.Duration
			left    time.Time
		}{
			{name: "one", version: 5, asked: 1, lives: time.Second},
			{name: "two", version: 5, asked: 2, leaves: "\xe0\x00", lives: 2 * time.Second},
			{name: "capped", version: 5, asked: 0xffffffff, lives: 3 * time.Second},
			{name: "old", version: 4, leaves: "\xe0\x00", lives: 3 * time.Second},
			{name: "oldest", version: 3, lives: 3 * time.Second},
			{name: "shortened", version: 5, asked: 60, leaves: disconnect(1), lives: time.Second},
			{name: "lengthened", version: 5, asked: 1, leaves: disconnect(2), lives: 2 * time.Second},
			{name: "beyond", version: 5, asked: 1, leaves: disconnect(3600), lives: 3 * time.Second},
			{name: "ended", version: 5, asked: 60, leaves: disconnect(0)},
		}
		for i := range sessions {
			x := &sessions[i]
			w, _ := s.rawSession(t, x.version, x.name, sessionExpiry(x.asked))
			w.grant(t, x.version, "expiry/"+x.name)
			x.left = time.Now()
			if w.send(t, x.leaves); x.leaves == "" {
				w.Close()
			} else if got := w.rest(t); got != "" {
				t.Errorf("%s: DISCONNECT is answered by % x", x.name, got)
			}
		}
		for _, x := range sessions {
			if s.awaitNobody(t, "expiry."+x.name); x.lives > 0 && time.Since(x.left) < x.lives {
				if code := pub.publish1(t, "expiry/"+x.name, "stored"); code != 0 && time.Since(x.left) < x.lives {
					t.Errorf("%s: PUBACK %#x after %v", x.name, code, time.Since(x.left))
				}
			}
		}
		for _, x := range sessions {
			eventually(t, "the end of the session "+x.name, func() bool {
				return pub.publish1(t, "expiry/"+x.name, "stored") == 0x10
			})
			lived := time.Since(x.left)
			if lived < x.lives {
				t.Errorf("%s: the session ended after %v, want %v", x.name, lived, x.lives)
			}
			if _, present := s.rawSession(t, x.version, x.name, sessionExpiry(0)); present {
				t.Errorf("%s: the session is present after its end", x.name)
			}
		}
		if d := time.Since(sessions[0].left); d > 3*time.Second+patience/5 {
			t.Errorf("the last session ended after %v, want 3 s", d)
		}

		// What is stored ends with the session, and is counted.
		if n := s.counted("session_ended"); n == 0 {
			t.Error("session_ended is not counted")
		}
	}, "--max-session-expiry", "3s")
}

// A DISCONNECT may not give a life to a session that had none.
func TestDisconnectRevivesNoSession(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		for _, properties := range []string{"", sessionExpiry(0)} {
			w, _ := s.rawSession(t, 5, "revives", properties)
			w.grant(t, 5, "revives")
			w.send(t, "\xe0\x07\x00\x05"+sessionExpiry(5))
			if got := w.rest(t); !strings.HasPrefix(got, "\xe0") || len(got) < 3 || got[2] != 0x82 {
				t.Errorf("answered by % x, want DISCONNECT 0x82", got)
			}
			if _, present := s.rawSession(t, 5, "revives"); present {
				t.Error("the session is there")
			}
		}
	})
}
