package e2e

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
)

// after5 is text in version 5 and nothing in the versions before.
func after5(version byte, text string) string {
	if version == 5 {
		return text
	}
	return ""
}

// Acknowledgements of what was never sent change nothing and are counted; those
// of QoS 2 that their sender wants answered are answered.
func TestAcksOfWhatIsNotInFlight(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		healthy := s.watch(t)
		versions, ids := []byte{3, 4, 5}, []uint16{1, 2, 300, 65535}
		for _, version := range versions {
			w := s.rawMQTT(t, version, 0)
			w.grant(t, version, "acks")
			for _, id := range ids {
				w.send(t, mqttAck(0x40, id)+mqttAck(0x70, id))
				w.ping(t)
				w.send(t, mqttAck(0x50, id)+mqttAck(0x62, id))
				w.expectPacket(t, 0x62, mqttAck(0, id)[2:]+after5(version, "\x92"))
				w.expectPacket(t, 0x70, mqttAck(0, id)[2:]+after5(version, "\x92"))
			}
			s.mqtt5(t).publish1(t, "acks", "still works")
			w.ack(t, w.deliveries(t, version, false, "still works")...)
			w.ping(t)
			w.Close()
		}
		healthy.check(t)
		if n, want := s.counted("ack_not_in_flight"), 4*len(versions)*len(ids); n != want {
			t.Errorf("ack_not_in_flight is counted %d times, want %d", n, want)
		}
	})
}

// An acknowledgement of the wrong kind, or a second one, makes no room in the
// window.
func TestAcksThatDoNotCount(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		for _, version := range []byte{4, 5} {
			topic := fmt.Sprint("once/", version)
			w, pub := s.rawMQTT(t, version, 0), s.mqtt5(t)
			w.grant(t, version, topic)
			for i := range 20 {
				pub.publish1(t, topic, fmt.Sprint(i))
			}
			for i := range 20 {
				id := w.deliveries(t, version, false, fmt.Sprint(i))[0]
				w.send(t, mqttAck(0x50, id+7)+mqttAck(0x70, id+7)) // are of QoS 2
				w.expectPacket(t, 0x62, mqttAck(0, id+7)[2:]+after5(version, "\x92"))
				w.ping(t)
				if i < 19 {
					w.ack(t, id, id+7)
					continue
				}
				w.ack(t, id, id, id)
			}
			w.ping(t)
			w.Close()
		}
		const want = 2 * (20*2 + 19 + 2)
		if n := s.counted("ack_not_in_flight"); n != want {
			t.Errorf("ack_not_in_flight is counted %d times, want %d", n, want)
		}
	}, "--max-inflight", "1")
}

// All forms of PUBACK make room, also one that says that the client failed:
// such a message is not sent again.
func TestEveryPubackMakesRoom(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		w, _ := s.rawSession(t, 5, "forms", sessionExpiry(60), receiveMaximum(1))
		w.grant(t, 5, "forms")
		pub := s.mqtt5(t)
		forms := []string{
			"", "\x00", "\x80", "\x83", "\x87", "\x90", "\x91", "\x97", "\x99", "\x00\x00", "\x97\x00",
			"\x00" + mqttProperties("\x1f"+mqttString("why")),
			"\x80" + mqttProperties("\x26"+mqttString("k")+mqttString("v"), "\x1f"+mqttString("why"), "\x26"+mqttString("k")+mqttString("v")),
		}
		for i := range forms {
			pub.publish1(t, "forms", fmt.Sprint(i))
		}
		for i, form := range forms {
			d := w.delivery(t, 5)
			if d.payload != fmt.Sprint(i) || d.dup {
				t.Fatalf("after PUBACK % x: got %+v", forms[max(0, i-1)], d)
			}
			w.send(t, mqttPacket(0x40, string([]byte{byte(d.id >> 8), byte(d.id)})+form))
		}
		w.ping(t)
		w.Close()
		s.awaitNobody(t, "forms")
		w, _ = s.rawSession(t, 5, "forms", sessionExpiry(60))
		w.ping(t)
	})
}

func TestMalformedAcks(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		healthy := s.watch(t)
		pub := s.mqtt5(t)
		for _, version := range []byte{4, 5} {
			for _, bad := range []string{
				"\x40\x00", "\x40\x01\x00", // too short
				"\x41\x02\x00\x01", "\x42\x02\x00\x01", // flags
				"\x50\x01\x00", "\x51\x02\x00\x01",
				"\x60\x02\x00\x01", // PUBREL without its flag
				"\x72\x02\x00\x01",
				"\x40\x06\x00\x01\x00\x05\x1f\x00", // properties beyond the packet
				"\x40\x08\x00\x01\x00\x04\x1f\x00\x09x",
			} {
				id := unique("bad")
				w, _ := s.rawSession(t, version, id, sessionExpiry(60))
				w.grant(t, version, id)
				pub.publish1(t, id, "x")
				ids := w.deliveries(t, version, false, "x")
				w.send(t, bad)
				got := w.rest(t)
				if version == 5 && (len(got) < 3 || got[0] != 0xe0 || got[2] != 0x81 && got[2] != 0x82) || version < 5 && got != "" {
					t.Errorf("version %d: % x is answered by % x", version, bad, got)
				}
				// The error ended the connection, not the session.
				w, _ = s.rawSession(t, version, id, sessionExpiry(60))
				if again := w.deliveries(t, version, true, "x"); again[0] != ids[0] {
					t.Errorf("version %d: identifier %d became %d", version, ids[0], again[0])
				}
			}
		}
		healthy.check(t)
	})
}

// The identifiers of a client's publishes and of the server's are independent,
// and one that is acknowledged can be used again at once.
func TestPacketIdentifiersAreUsedAgain(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		for _, version := range []byte{3, 4, 5} {
			topic := fmt.Sprint("ids/", version)
			w, sub := s.rawMQTT(t, version, 0), s.mqtt5(t)
			sub.subscribe1(t, topic)
			var all, acks strings.Builder
			const n = 1000
			for i := range n {
				id := []uint16{1, 65535, 7}[i%3]
				all.WriteString(mqttPublish1(version, id, topic, fmt.Sprint(i)))
				acks.WriteString(mqttAck(0x40, id))
			}
			w.send(t, all.String()) // before any PUBACK was read
			w.expect(t, acks.String())
			for i := range n {
				sub.nextText(t, topic, fmt.Sprint(i))
			}

			// Its own message comes to it while it publishes with that identifier.
			w.grant(t, version, topic)
			w.send(t, mqttPublish1(version, 1, topic, "own"))
			var id uint16
			for range 2 { // PUBACK and PUBLISH, in any order
				first, body := w.packet(t)
				if first>>4 == 3 {
					id = readDelivery(version, first, body).id
				}
			}
			other := topic + "/nobody"
			w.send(t, mqttPublish1(version, id, other, "x"))
			w.expect(t, mqttPacket(0x40, string([]byte{byte(id >> 8), byte(id)})+after5(version, "\x10")))
			w.ack(t, id)
			w.ping(t)
			if n := s.mqtt5(t).publish1(t, topic, "after"); n != 0 {
				t.Errorf("PUBACK %#x", n)
			}
			w.ack(t, w.deliveries(t, version, false, "after")...)
			w.ping(t)
		}
	})
}

// Never more than the window is under way: the client's Receive Maximum or the
// server's own, whichever is smaller. In what order it is acknowledged does not
// matter.
func TestWindows(t *testing.T) {
	const total = 200
	f := func(name string, version byte, asked uint16, window int, flags ...string) {
		t.Run(name, func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) {
				var properties []string
				if asked > 0 {
					properties = append(properties, receiveMaximum(asked))
				}
				w, _ := s.rawSession(t, version, "window", properties...)
				w.grant(t, version, "window")
				nc := s.natsClient(t, verbose)
				for i := range total {
					must(t, nc.Publish("window", fmt.Append(nil, i)))
				}
				must(t, nc.Flush())
				var under []uint16 // way
				for i := 0; i < total; {
					for ; len(under) < window && i < total; i++ {
						under = append(under, w.deliveries(t, version, false, fmt.Sprint(i))...)
					}
					w.ping(t) // and no more
					if sorted := slices.Compact(slices.Sorted(slices.Values(under))); len(sorted) != len(under) {
						t.Fatalf("the identifiers %v are used at the same time", under)
					}
					n := 1 + i%window // the last ones first
					for range min(n, len(under)) {
						w.ack(t, under[len(under)-1])
						under = under[:len(under)-1]
					}
				}
			}, flags...)
		})
	}
	f("3.1.1, one", 4, 0, 1, "--max-inflight", "1")
	f("3.1, three", 3, 0, 3, "--max-inflight", "3")
	f("5, one", 5, 1, 1)
	f("5, two of the client", 5, 2, 2, "--max-inflight", "10")
	f("5, ten of the server", 5, 65535, 10, "--max-inflight", "10")
	f("5, default", 5, 0, 100)
}

// Clients that never acknowledge: their queues are bounded, the publisher is
// told, and all others get everything.
func TestClientsThatNeverAcknowledge(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const total, window, queue, size = 1000, 10, 50, 10_000
		healthy := s.watch(t)
		good, pub := s.mqtt5(t), s.mqtt5(t)
		good.subscribe1(t, "never/+")
		var all []*wire
		for i := range 40 {
			version := byte(4 + i%2)
			w := s.rawMQTT(t, version, 0)
			w.grant(t, version, "never/#")
			all = append(all, w)
		}
		before := s.memory("VmRSS")
		payload := strings.Repeat("x", size)
		taken := 0
		for i := range total {
			switch code := pub.publish1(t, "never/x", fmt.Sprintf("%04d%s", i, payload)); {
			case code == 0 && taken == i:
				taken++
			case code != 0x97:
				t.Fatalf("PUBACK %#x for message %d, %d taken before", code, i, taken)
			}
			m := next(t, good.in, "a message beside those who never acknowledge")
			if m.QoS != 1 || string(m.Payload[:4]) != fmt.Sprintf("%04d", i) {
				t.Fatalf("got message %.4s, want %d", m.Payload, i)
			}
		}
		if taken < queue || taken > window+queue {
			t.Errorf("%d messages were taken, want %d to %d", taken, queue, window+queue)
		}
		// QoS 0 is not held up.
		pub.publish(t, "never/zero", "QoS 0")
		good.nextText(t, "never/zero", "QoS 0")
		for i, w := range all {
			version := byte(4 + i%2)
			var ids []uint16
			for range window {
				d := w.delivery(t, version)
				ids = append(ids, d.id)
			}
			if d := w.delivery(t, version); d.payload != "QoS 0" || d.qos != 0 {
				t.Fatalf("behind a full window came message %.4s with QoS %d", d.payload, d.qos)
			}
			w.ping(t)
			if i >= 2 {
				continue
			}
			// Two of them change their minds.
			w.ack(t, ids...)
			for n := window; n < taken; n++ {
				w.ack(t, w.deliveries(t, version, false, fmt.Sprintf("%04d%s", n, payload))...)
			}
			w.ping(t)
		}
		for _, w := range all {
			w.Close()
		}
		healthy.check(t)
		after := s.memory("VmHWM")
		t.Logf("memory: %d KiB before, at most %d KiB", before>>10, after>>10)
		if limit := 64 << 20; after-before > limit && !raceMode {
			t.Errorf("memory grew by %d MiB", (after-before)>>20)
		}
		if n := s.counted("queue_full"); n != len(all)*(total-taken) {
			t.Errorf("queue_full is counted %d times, want %d", n, len(all)*(total-taken))
		}
	}, "--max-inflight", "10", "--max-queued", "50")
}

// All that is stored for all sessions together has a limit too.
func TestWhatAllSessionsStoreIsBounded(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const size, limit, sessions = 10_000, 1 << 20, 20
		pub := s.mqtt5(t)
		good := s.mqtt5(t)
		for i := range sessions {
			w, _ := s.rawSession(t, 4, fmt.Sprint("stored", i))
			w.grant(t, 4, fmt.Sprint("stored/", i))
			w.Close()
			s.awaitNobody(t, fmt.Sprint("stored.", i))
		}
		payload := strings.Repeat("x", size)
		taken := make([]int, sessions)
		sum := 0
		for round := range 2 * limit / size / sessions {
			for i := range sessions {
				switch code := pub.publish1(t, fmt.Sprint("stored/", i), fmt.Sprintf("%04d%s", round, payload)); code {
				case 0:
					taken[i]++
					sum++
				case 0x97:
				default:
					t.Fatalf("PUBACK %#x", code)
				}
			}
		}
		if sum*size > limit+10*size || sum*size < limit/2 {
			t.Errorf("%d messages of %d bytes are stored, with a limit of %d bytes", sum, size, limit)
		}
		// Whoever reads makes room for others.
		w, _ := s.rawSession(t, 4, "stored0")
		for i := range taken[0] {
			w.ack(t, w.deliveries(t, 4, false, fmt.Sprintf("%04d%s", i, payload))...)
		}
		w.ping(t)
		w.Close()
		if code := pub.publish1(t, "stored/1", "room again"); code != 0 {
			t.Errorf("PUBACK %#x although there is room", code)
		}
		good.subscribe1(t, "good")
		good.publish1(t, "good", "works")
		good.nextText(t, "good", "works")
		if s.counted("stored_full") == 0 {
			t.Error("stored_full is not counted")
		}
	}, "--max-stored", "1MB")
}

// A client that takes messages of QoS 1 but does not read is not cut for what
// waits for it, as a client of QoS 0 is; when it reads on, it gets everything.
func TestStalledReaderOfQoS1IsNotCut(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const total, size = 300, 50_000 // some 15 MB
		healthy := s.watch(t)
		w, pub := s.rawMQTT(t, 5, 0), s.mqtt5(t)
		_ = w.Conn.(*net.TCPConn).SetReadBuffer(32 << 10)
		w.grant(t, 5, "stalls")
		payload := strings.Repeat("x", size)
		for i := range total {
			if code := pub.publish1(t, "stalls", fmt.Sprintf("%04d%s", i, payload)); code != 0 {
				t.Fatalf("PUBACK %#x for message %d", code, i)
			}
		}
		before := healthy.rounds.Load()
		eventually(t, "the healthy clients to go on beside it", func() bool { return healthy.rounds.Load() > before+100 })
		for i := range total {
			w.ack(t, w.deliveries(t, 5, false, fmt.Sprintf("%04d%s", i, payload))...)
		}
		w.ping(t)
		healthy.check(t)
	}, "--max-pending", "1MB")
}

// A flood of acknowledgements of nothing disturbs nobody.
func TestFloodOfAcks(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		healthy := s.watch(t)
		flood := strings.Repeat(mqttAck(0x40, 9)+mqttAck(0x70, 10)+mqttAck(0x50, 11), 100_000)
		for _, version := range []byte{4, 5} {
			w := s.rawMQTT(t, version, 0)
			w.send(t, flood+"\xc0\x00")
			for {
				if first, _, err := w.readPacket(); first == 0xd0 {
					break
				} else if err == io.EOF && version == 5 {
					break // told to go
				} else if err != nil {
					t.Fatal(err)
				}
			}
		}
		healthy.check(t)
	})
}
