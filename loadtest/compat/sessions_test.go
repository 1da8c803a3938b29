package e2e

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
	paho3 "github.com/eclipse/paho.mqtt.golang"
)

// A session takes what is published while its client is away, of QoS 1, each
// publisher's in order, and hands it over before what comes later.
func TestSessionKeepsWhatIsPublishedMeanwhile(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const total = 300
		pub, old, nc := s.mqtt5(t), s.mqtt3(t, 4), s.natsClient(t)
		away := func(id string) { // what all of them do to one who is away
			t.Helper()
			topic, subject := "away/"+id, "away."+id
			s.awaitNobody(t, subject)
			for i := range total {
				if code := pub.publish1(t, topic, fmt.Sprint("5 ", i)); code != 0 {
					t.Fatalf("PUBACK %#x for a stored session", code)
				}
				done(t, old.Publish(topic, 1, false, fmt.Sprint("3 ", i)))
				must(t, nc.PublishMsg(withQoS("1", subject, fmt.Sprint("n ", i))))
				pub.publish(t, topic, "QoS 0 is not stored")
				must(t, nc.Publish(subject, []byte("QoS 0 is not stored")))
			}
			pub.sync(t)
			must(t, nc.Flush())
		}
		comes := func(id string, next func() (payload string, qos byte, dup bool)) {
			t.Helper()
			if code := pub.publish1(t, "away/"+id, fmt.Sprint("5 ", total)); code != 0 {
				t.Errorf("PUBACK %#x", code)
			}
			want := map[string]int{}
			for range 3*total + 1 {
				payload, qos, dup := next()
				who, number, _ := strings.Cut(payload, " ")
				if number != fmt.Sprint(want[who]) || qos != 1 || dup {
					t.Fatalf("got %q with QoS %d, DUP %v; want number %d", payload, qos, dup, want[who])
				}
				want[who]++
			}
		}
		for _, version := range []uint{3, 4} {
			id := fmt.Sprint("keeper", version)
			connect := func() *client3 {
				return s.mqtt3(t, version, func(o *paho3.ClientOptions) { o.SetClientID(id).SetCleanSession(false) })
			}
			c := connect()
			c.subscribe(t, "away/"+id, 1)
			c.Disconnect(0)
			away(id)
			c = connect()
			if version == 4 && !c.present { // 3.1 has no word for it
				t.Errorf("version %d: no session present", version)
			}
			comes(id, func() (string, byte, bool) {
				m := next(t, c.in, "a stored message")
				return string(m.Payload()), m.Qos(), m.Duplicate()
			})
		}
		for _, how := range []string{"disconnect", "cut"} {
			id := "keeper5" + how
			c := s.mqtt5(t, stays(id, 60))
			if c.connack.SessionPresent {
				t.Error("a session is present before there was any")
			}
			c.subscribe1(t, "away/"+id)
			if how == "cut" {
				must(t, c.conn.Close())
			} else {
				must(t, c.Disconnect(&paho5.Disconnect{}))
			}
			away(id)
			c = s.mqtt5(t, stays(id, 60))
			if !c.connack.SessionPresent {
				t.Error("no session present")
			}
			comes(id, func() (string, byte, bool) {
				m := next(t, c.in, "a stored message")
				return string(m.Payload), m.QoS, m.Duplicate()
			})
		}
		const dropped, probes = 4 * 2 * total, 4
		if n := s.counted("session_offline"); n < dropped+probes || n > dropped+10*probes {
			t.Errorf("session_offline is counted %d times, want %d, and once or more for each probe", n, dropped)
		}
	})
}

// A queue has a limit in messages and one in bytes. What came first stays, and
// PUBACK said which.
func TestSessionQueueLimits(t *testing.T) {
	f := func(name string, size, least, most int, flags ...string) {
		t.Run(name, func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) {
				w, _ := s.rawSession(t, 5, "full", sessionExpiry(60))
				w.grant(t, 5, "full")
				w.Close()
				s.awaitNobody(t, "full")
				pub := s.mqtt5(t)
				payload := strings.Repeat("x", size)
				taken := 0
				for i := range most + 10 {
					switch code := pub.publish1(t, "full", fmt.Sprintf("%04d%s", i, payload)); {
					case code == 0 && taken == i:
						taken++
					case code != 0x97:
						t.Fatalf("PUBACK %#x for message %d, %d taken before", code, i, taken)
					}
				}
				if taken < least || taken > most {
					t.Errorf("%d messages were taken, want %d to %d", taken, least, most)
				}
				w, _ = s.rawSession(t, 5, "full", sessionExpiry(60))
				for i := range taken {
					w.ack(t, w.deliveries(t, 5, false, fmt.Sprintf("%04d%s", i, payload))...)
				}
				w.ping(t) // nothing more
				w.Close()
				if n := s.counted("queue_full"); n != most+10-taken {
					t.Errorf("queue_full is counted %d times, want %d", n, most+10-taken)
				}
			}, flags...)
		})
	}
	f("messages", 10, 25, 25, "--max-queued", "25")
	f("bytes", 10_000, 5, 10, "--max-queued-bytes", "100000")
	f("both, messages first", 1000, 7, 7, "--max-queued", "7", "--max-queued-bytes", "100000")
}

// There is a limit to the sessions that outlive their connection; it is no limit
// to clients, and whoever ends one makes room.
func TestSessionsAreLimited(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const most = 10
		var all []*wire
		for i := range most {
			w, _ := s.rawSession(t, byte(4+i%2), fmt.Sprint("of-many-", i), sessionExpiry(60))
			all = append(all, w)
		}
		refused := func() {
			t.Helper()
			w := dial(t, s.mqtt)
			w.send(t, mqttConnectWith(4, 0, unique("refused"), 0, "", ""))
			w.expect(t, "\x20\x02\x00\x03")
			w = dial(t, s.mqtt)
			w.send(t, mqttConnectWith(5, 0, unique("refused"), 0, mqttProperties(sessionExpiry(60)), ""))
			w.expectPacket(t, 0x20, "\x00\x97")
		}
		refused()
		s.mqtt5(t).sync(t) // without a session that stays
		s.rawMQTT(t, 4, 0).ping(t)
		for i, w := range all { // those who have one come back to it
			w.Close()
			if w, present := s.rawSession(t, byte(4+i%2), fmt.Sprint("of-many-", i), sessionExpiry(60)); !present {
				t.Errorf("session %d is not present", i)
			} else {
				all[i] = w
			}
		}
		refused()
		all[1].send(t, "\xe0\x07\x00\x05"+sessionExpiry(0))
		all[1].rest(t)
		w, _ := s.rawSession(t, 4, "one-more")
		w.ping(t)
		refused()
		if n := s.counted("max_sessions"); n != 6 {
			t.Errorf("max_sessions is counted %d times, want 6", n)
		}
	}, "--max-sessions", "10")
}

// What was sent and not acknowledged comes again with the same identifiers, in
// the order of the first time and marked DUP; then what waits. There is never
// more under way than the client's and the server's window allow.
func TestSessionResendsAfterACut(t *testing.T) {
	const window = 5
	for _, version := range []byte{4, 5} {
		t.Run(fmt.Sprint("version ", version), func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) {
				pub := s.mqtt5(t)
				w, _ := s.rawSession(t, version, "again", sessionExpiry(60))
				w.grant(t, version, "again")
				for i := range 12 {
					pub.publish1(t, "again", fmt.Sprint(i))
				}
				ids := w.deliveries(t, version, false, "0", "1", "2", "3", "4")
				w.ping(t) // no more than the window
				w.ack(t, ids[1], ids[3])
				more := w.deliveries(t, version, false, "5", "6")
				w.Close()
				s.awaitNobody(t, "again")

				w, present := s.rawSession(t, version, "again", sessionExpiry(60))
				if !present {
					t.Fatal("no session present")
				}
				want := []uint16{ids[0], ids[2], ids[4], more[0], more[1]}
				got := w.deliveries(t, version, true, "0", "2", "4", "5", "6")
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("sent again with the identifiers %v, want %v", got, want)
				}
				w.ping(t)
				w.ack(t, got[0])
				last := w.deliveries(t, version, false, "7")
				w.ping(t)
				w.Close()
				s.awaitNobody(t, "again")

				// The third time with a smaller window, where the client can say so.
				w, _ = s.rawSession(t, version, "again", sessionExpiry(60), receiveMaximum(2))
				want = append(want[1:], last...)
				if version == 5 {
					got = w.deliveries(t, version, true, "2", "4")
					w.ping(t)
					w.ack(t, got[0])
					got = append(got, w.deliveries(t, version, true, "5")...)
					w.ping(t)
					w.ack(t, got[1], got[2])
					got = append(got, w.deliveries(t, version, true, "6", "7")...)
					w.ping(t)
					w.ack(t, got[3:]...)
				} else {
					got = w.deliveries(t, version, true, "2", "4", "5", "6", "7")
					w.ping(t)
					w.ack(t, got...)
				}
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("sent again with the identifiers %v, want %v", got, want)
				}
				for _, payload := range []string{"8", "9", "10", "11"} {
					w.ack(t, w.deliveries(t, version, false, payload)...)
				}
				w.ping(t)
			}, "--max-inflight", fmt.Sprint(window))
		})
	}
}

// A clean start ends the old session: its subscriptions and what waits.
func TestCleanStartDiscardsTheSession(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		pub := s.mqtt5(t)
		for _, version := range []byte{3, 4, 5} {
			id := fmt.Sprint("clean", version)
			w, _ := s.rawSession(t, version, id, sessionExpiry(60))
			w.grant(t, version, "clean")
			pub.publish1(t, "clean", "unacknowledged")
			w.deliveries(t, version, false, "unacknowledged")
			w.Close()
			s.awaitNobody(t, "clean")
			if code := pub.publish1(t, "clean", "queued"); code != 0 {
				t.Errorf("version %d: PUBACK %#x for a stored session", version, code)
			}
			w = dial(t, s.mqtt)
			w.send(t, mqttConnect(version, id, 0, ""))
			w.expectPacket(t, 0x20, "\x00\x00")
			if code := pub.publish1(t, "clean", "to nobody"); code != 0x10 {
				t.Errorf("version %d: PUBACK %#x after a clean start, want 0x10", version, code)
			}
			w.ping(t)
			w.send(t, "\xe0\x00")
			w.rest(t)
			w, present := s.rawSession(t, version, id, sessionExpiry(60))
			if present && version != 3 {
				t.Errorf("version %d: the session of a clean start stays", version)
			}
			w.ping(t)
		}
	})
}

// A session belongs to the client, not to its version of the protocol.
func TestSessionGoesOnInAnotherVersion(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		pub, all := s.mqtt5(t), []byte{3, 4, 5, 4, 3, 5, 3}
		w, _ := s.rawSession(t, all[0], "changes", sessionExpiry(60))
		w.grant(t, all[0], "changes/#")
		for i, version := range all[1:] {
			pub.publish1(t, "changes/a", fmt.Sprint("sent ", i))
			ids := w.deliveries(t, all[i], false, fmt.Sprint("sent ", i))
			w.Close()
			s.awaitNobody(t, "changes.a")
			_, err := pub.Publish(t.Context(), &paho5.Publish{
				Topic: "changes/b", QoS: 1, Payload: fmt.Append(nil, "stored ", i),
				Properties: &paho5.PublishProperties{User: paho5.UserProperties{{Key: "k", Value: "v"}}},
			})
			must(t, err)
			var present bool
			w, present = s.rawSession(t, version, "changes", sessionExpiry(60))
			if !present && version != 3 {
				t.Fatalf("from version %d to %d: no session present", all[i], version)
			}
			again := w.deliveries(t, version, true, fmt.Sprint("sent ", i))
			if again[0] != ids[0] {
				t.Errorf("from version %d to %d: identifier %d became %d", all[i], version, ids[0], again[0])
			}
			d := w.delivery(t, version)
			if d.payload != fmt.Sprint("stored ", i) || d.qos != 1 || d.dup {
				t.Errorf("from version %d to %d: got %+v", all[i], version, d)
			}
			if want := "\x26" + mqttString("k") + mqttString("v"); version == 5 && d.properties != want {
				t.Errorf("the properties are % x, want % x", d.properties, want)
			}
			w.ack(t, again[0], d.id)
			w.ping(t)
		}
	})
}

// mosquitto_sub -c, run again and again, misses nothing.
func TestMosquittoPersistentClient(t *testing.T) {
	t.Parallel()
	s := start(t, "--lanes", "4")
	pub, nc := s.mqtt5(t), s.natsClient(t)
	for _, version := range []string{"mqttv31", "mqttv311", "mqttv5"} {
		id := "pc-" + version
		topic, subject := "pc/"+version, "pc."+version
		begin := func(n int) *running {
			return s.spawn(t, "mosquitto_sub", "-V", version, "-i", id, "-c", "-q", "1", "-t", topic, "-F", "%q %p", "-C", fmt.Sprint(n))
		}
		sub := begin(1)
		s.awaitInterest(t, subject)
		sub.wait(t)
		s.awaitNobody(t, subject)
		for run := range 3 {
			var want [2][]string // each publisher's are in order
			for i := range 5 {
				from5, fromNATS := fmt.Sprintf("mqtt %d.%d", run, i), fmt.Sprintf("nats %d.%d", run, i)
				if code := pub.publish1(t, topic, from5); code != 0 {
					t.Errorf("%s: PUBACK %#x", version, code)
				}
				must(t, nc.PublishMsg(withQoS("1", subject, fromNATS)))
				must(t, nc.Flush())
				want[0], want[1] = append(want[0], "1 "+from5), append(want[1], "1 "+fromNATS)
			}
			// It is ended by a message of its own time: what it has not sent when
			// it ends with something unread, is lost, acknowledgements too.
			sub := begin(len(want[0]) + len(want[1]) + 1)
			for len(want[0])+len(want[1]) > 0 {
				line, who := sub.line(t), 0
				if strings.HasPrefix(line, "1 nats") {
					who = 1
				}
				if len(want[who]) == 0 || line != want[who][0] {
					t.Fatalf("%s: mosquitto_sub printed %q, want the first of %q", version, line, want)
				}
				want[who] = want[who][1:]
			}
			s.awaitInterest(t, subject)
			sub.wait(t)
			s.awaitNobody(t, subject)
		}
	}
}

// will is the end of a CONNECT with flag 0x04: properties, topic and payload.
func will5(delay uint32, topic, payload string) string {
	return mqttProperties("\x18"+string(binary.BigEndian.AppendUint32(nil, delay))) + mqttString(topic) + mqttString(payload)
}

// The will of a session that stays is put off, until its delay is over or the
// session ends; a client that is back in time keeps it to itself.
func TestWillDelay(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		ch := subscribe(t, s.natsClient(t), "delayed.>")
		connect := func(id string, flags byte, expiry, delay uint32) *wire {
			t.Helper()
			w := dial(t, s.mqtt)
			w.send(t, mqttConnectWith(5, 4|flags, id, 0, mqttProperties(sessionExpiry(expiry)), will5(delay, "delayed/"+id, "gone")))
			w.expectPacket(t, 0x20, "")
			return w
		}
		begin := time.Now()
		connect("returned", 0, 60, 1).Close()
		connect("returned", 0, 60, 60) // in time
		connect("session", 0, 1, 60).Close()
		connect("delay", 0, 60, 1).Close()
		connect("forever", 0, 0xffffffff, 1).Close()
		connect("never", 0, 60, 60).send(t, "\xe0\x00")
		connect("at-once", 0, 0, 60).Close()
		nextText(t, ch, "delayed.at-once", "gone")
		connect("replaced", 0, 60, 60).Close()
		connect("replaced", 2, 0, 0) // a clean start ends the session, and so the delay
		nextText(t, ch, "delayed.replaced", "gone")
		seen := map[string]bool{}
		for range 3 {
			m := next(t, ch, "a delayed will")
			seen[m.Subject] = true
		}
		if d := time.Since(begin); d < time.Second {
			t.Errorf("the delayed wills came after %v", d)
		}
		for _, id := range []string{"session", "delay", "forever"} {
			if !seen["delayed."+id] {
				t.Errorf("wills came of %v, and not of %s", seen, id)
			}
		}
		quiet(t, ch, "will")
	})
}
