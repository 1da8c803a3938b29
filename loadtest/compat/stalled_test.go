package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// A reader that stalls is cut at its byte cap, by that reason, and delays
// nobody: another subscriber of the same subject gets every message promptly.
func TestStalledReaderIsCutAndDelaysNobody(t *testing.T) {
	const cap, size = 256 << 10, 16 << 10
	stall := func(t *testing.T, s *server, kind string) *wire {
		t.Helper()
		var w *wire
		if kind == "NATS" {
			w = s.rawNATS(t, connect0+"SUB flood.> 1\r\nPING\r\n")
			w.expect(t, "PONG\r\n")
		} else {
			w = s.rawMQTT(t, 5, 0)
			w.send(t, mqttSubscribe(5, "flood/#"))
			w.expectPacket(t, 0x90, "\x00\x01\x00\x00")
		}
		_ = w.Conn.(*net.TCPConn).SetReadBuffer(32 << 10)
		return w
	}
	for _, kind := range []string{"NATS", "MQTT"} {
		t.Run(kind, func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) {
				healthy := s.watch(t)
				fast, fast5, pub := s.natsClient(t), s.mqtt5(t), s.natsClient(t)
				ch := subscribe(t, fast, "flood.x")
				fast5.subscribe(t, "flood/x")
				stalled := stall(t, s, kind)

				// More than the kernel holds for one connection (some 10 MiB),
				// never more under way than a reader that keeps up may have.
				const total, window = 1500, 6
				var worst time.Duration
				payload := bytes.Repeat([]byte("x"), size)
				sent := make([]time.Time, total)
				for i := range total + window {
					if i < total {
						sent[i] = time.Now()
						copy(payload, fmt.Sprintf("%08d", i))
						must(t, pub.Publish("flood.x", payload))
					}
					if n := i - window; n >= 0 {
						want := fmt.Sprintf("%08d", n)
						if m := next(t, ch, "a message beside the stalled reader"); string(m.Data[:8]) != want {
							t.Fatalf("got message %s, want %s", m.Data[:8], want)
						}
						if m := next(t, fast5.in, "a message beside the stalled reader"); string(m.Payload[:8]) != want {
							t.Fatalf("got message %s, want %s", m.Payload[:8], want)
						}
						worst = max(worst, time.Since(sent[n]))
					}
				}
				t.Logf("%d MiB beside a stalled reader, the slowest message took %v", total*size>>20, worst)
				if limit := patience / 5; worst > limit {
					t.Errorf("a message took %v", worst)
				}
				got := stalled.rest(t) // what the kernel had taken, and then the end
				if len(got) >= total*size {
					t.Errorf("the stalled reader got everything, %d bytes", len(got))
				}
				if strings.Contains(got, "-ERR") {
					t.Error("a slow NATS consumer is cut without a word")
				}
				healthy.check(t)
				s.stop()
				s.log.waitFor(t, "slow_consumer")
			}, "--max-pending", fmt.Sprint(cap))
		})
	}
}

// A reader that stalls below its cap stays, for as long as it likes, delays
// nobody and costs no more than what waits for it; when it reads on, it gets
// everything.
func TestStalledReaderBelowItsCap(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		healthy := s.watch(t)
		n := s.rawNATS(t, connect0+"SUB pause 1\r\nPING\r\n")
		n.expect(t, "PONG\r\n")
		m := s.rawMQTT(t, 4, 0)
		m.send(t, mqttSubscribe(4, "pause"))
		m.expectPacket(t, 0x90, "\x00\x01\x00")

		const total, size = 320, 64 << 10 // 20 MiB; the cap is 64
		payload := bytes.Repeat([]byte("x"), size)
		pub := s.natsClient(t)
		for range total {
			must(t, pub.Publish("pause", payload))
		}
		must(t, pub.FlushTimeout(patience))
		before := healthy.rounds.Load()
		eventually(t, "the healthy clients to go on beside it", func() bool { return healthy.rounds.Load() > before+500 })
		if used := s.memory("VmHWM"); used > 256<<20 && !raceMode {
			t.Errorf("memory is %d MiB, while %d MiB wait for each of two clients", used>>20, total*size>>20)
		}
		// Both read on at the same time: at the moment all that is waiting is sent.
		ends := make(chan error, 2)
		for w, want := range map[*wire]string{
			n: fmt.Sprintf("MSG pause 1 %d\r\n%s\r\n", size, payload),
			m: mqttPublish(4, "pause", string(payload)),
		} {
			go func() {
				got := make([]byte, len(want))
				for i := range total {
					if _, err := io.ReadFull(w.r, got); err != nil || string(got) != want {
						ends <- fmt.Errorf("message %d: %.40q, %v", i, got, err)
						return
					}
				}
				ends <- nil
			}()
		}
		must(t, next(t, ends, "the rest of the messages"))
		must(t, next(t, ends, "the rest of the messages"))
		healthy.check(t)
	})
}

// Memory is bounded while many readers stall.
func TestManyStalledReadersAreBounded(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		healthy := s.watch(t)
		pub := s.natsClient(t)
		before := s.memory("VmRSS")
		var all []*wire // which never read again
		for i := range 40 {
			var w *wire
			if i%2 == 0 {
				w = s.rawNATS(t, connect0+"SUB many 1\r\nPING\r\n")
				w.expect(t, "PONG\r\n")
			} else {
				w = s.rawMQTT(t, 4, 0)
				w.send(t, mqttSubscribe(4, "many"))
				w.expectPacket(t, 0x90, "\x00\x01\x00")
			}
			all = append(all, w)
		}
		payload := make([]byte, 64<<10)
		for range 300 {
			must(t, pub.Publish("many", payload))
			must(t, pub.FlushTimeout(patience))
		}
		eventually(t, "all stalled readers to be cut", func() bool {
			_, err := pub.Request("many", nil, 100*time.Millisecond)
			return err == nats.ErrNoResponders
		})
		for _, w := range all {
			w.Close()
		}
		healthy.check(t)
		after := s.memory("VmHWM")
		t.Logf("memory: %d KiB before, at most %d KiB", before>>10, after>>10)
		if limit := 128 << 20; after-before > limit && !raceMode {
			t.Errorf("memory grew by %d MiB", (after-before)>>20)
		}
		s.stop()
		s.log.waitFor(t, "slow_consumer")
	}, "--max-pending", "1MB")
}
