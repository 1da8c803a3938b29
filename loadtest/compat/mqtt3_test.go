package e2e

import (
	"fmt"
	"testing"
	"time"
)

// both runs the scenario with MQTT 3.1 and 3.1.1.
func both(t *testing.T, scenario func(t *testing.T, s *server, version uint)) {
	t.Helper()
	for version, name := range map[uint]string{3: "3.1", 4: "3.1.1"} {
		t.Run("MQTT "+name, func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) { scenario(t, s, version) })
		})
	}
}

func TestMQTT3PublishSubscribe(t *testing.T) {
	both(t, func(t *testing.T, s *server, version uint) {
		a, b := s.mqtt3(t, version), s.mqtt3(t, version)
		nc := s.natsClient(t)
		fromMQTT := subscribe(t, nc, "m.>")
		for qos := range byte(3) {
			if granted := a.subscribe(t, fmt.Sprintf("m/%d/+", qos), qos); granted != qos {
				t.Errorf("QoS %d granted for %d, want %d", granted, qos, qos)
			}
		}
		for i := range 300 {
			qos, payload := byte(i%3), fmt.Sprint(i)
			topic, subject := fmt.Sprintf("m/%d/x", qos), fmt.Sprintf("m.%d.x", qos)
			done(t, b.Publish(topic, qos, false, payload))
			if m := a.nextText(t, topic, payload); m.Qos() != qos || m.Retained() {
				t.Fatalf("delivered with QoS %d, retain %v", m.Qos(), m.Retained())
			}
			nextText(t, fromMQTT, subject, payload)
			must(t, nc.Publish(subject, []byte(payload)))
			a.nextText(t, topic, payload)
			nextText(t, fromMQTT, subject, payload)
		}
		done(t, a.Unsubscribe("m/0/+"))
		done(t, b.Publish("m/0/x", 1, false, "not any more"))
		done(t, b.Publish("m/1/x", 1, false, "still"))
		a.nextText(t, "m/1/x", "still")
	})
}

func TestMQTT3Wildcards(t *testing.T) {
	both(t, func(t *testing.T, s *server, version uint) {
		pub := s.mqtt3(t, version)
		f := func(filter string, topic string, want bool) {
			t.Helper()
			c := s.mqtt3(t, version)
			c.subscribe(t, filter, 0)
			c.subscribe(t, "end", 0)
			done(t, pub.Publish(topic, 1, false, "x"))
			done(t, pub.Publish("end", 1, false, "end"))
			if want {
				c.nextText(t, topic, "x")
			}
			c.nextText(t, "end", "end")
			c.Disconnect(0)
		}
		f("a/b", "a/b", true)
		f("a/b", "a/B", false)
		f("a/+", "a/b", true)
		f("a/+", "a/", true)
		f("a/+", "a", false)
		f("a/+", "a/b/c", false)
		f("+/+", "/x", true)
		f("+", "/x", false)
		f("a/#", "a", true)
		f("a/#", "a/b/c", true)
		f("a/#", "ab", false)
		f("+/b/#", "a/b", true)
		f("/#", "/x", true)
	})
}

func TestMQTT3Will(t *testing.T) {
	both(t, func(t *testing.T, s *server, version uint) {
		ch := subscribe(t, s.natsClient(t), "last.>")
		w := dial(t, s.mqtt)
		name := map[uint]string{3: "MQIsdp", 4: "MQTT"}[version]
		w.send(t, mqttPacket(0x10, mqttString(name)+string([]byte{byte(version), 0x06, 0, 60})+
			mqttString("w")+mqttString("last/words")+mqttString("bye")))
		w.expect(t, "\x20\x02\x00\x00")
		w.Close()
		nextText(t, ch, "last.words", "bye")
	})
}

// A client that keeps silent is closed after one and a half times its keep
// alive; one that pings is not, and neither is one with keep alive 0.
func TestMQTTKeepAlive(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const keepalive = 2 * time.Second
		pinging := s.rawMQTT(t, 4, 2)
		never := s.rawMQTT(t, 4, 0)
		type end struct {
			after time.Duration
			said  string
		}
		silent := func(version byte) <-chan end {
			w, begin, ch := s.rawMQTT(t, version, 2), time.Now(), make(chan end, 1)
			go func() {
				said := make([]byte, 100)
				n, _ := w.r.Read(said)
				if n > 0 { // until the close
					m, _ := w.r.Read(said[n:])
					n += m
				}
				ch <- end{time.Since(begin), string(said[:n])}
			}()
			return ch
		}
		three, four, five := silent(3), silent(4), silent(5)
		for range 5 { // of its own pace: every second a ping
			time.Sleep(time.Second)
			pinging.send(t, "\xc0\x00")
			pinging.expect(t, "\xd0\x00")
		}
		for version, ch := range map[int]<-chan end{3: three, 4: four, 5: five} {
			e := next(t, ch, "the close for the keep alive")
			if e.after < keepalive*3/2-50*time.Millisecond || e.after > keepalive*9/4 {
				t.Errorf("version %d: closed after %v, want about %v", version, e.after, keepalive*3/2)
			}
			switch {
			case version < 5 && e.said != "":
				t.Errorf("version %d: told % x; these versions have no words for it", version, e.said)
			case version == 5 && (len(e.said) < 3 || e.said[0] != '\xe0' || e.said[2] != '\x8d'):
				t.Errorf("version 5: told % x, want DISCONNECT 0x8d", e.said)
			}
		}
		never.send(t, "\xc0\x00")
		never.expect(t, "\xd0\x00")
	})
}
