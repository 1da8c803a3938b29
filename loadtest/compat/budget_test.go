package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// Below the bound of each of them, stalled readers have a bound together: the
// fattest are cut, those for which little waits stay and get everything, and
// nobody else notices.
func TestStalledReadersTogetherAreBounded(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		healthy := s.watch(t)
		stall := func(i int, subject string) *wire {
			var w *wire
			if i%2 == 0 {
				w = s.rawNATS(t, connect0+"SUB "+subject+" 1\r\nPING\r\n")
				w.expect(t, "PONG\r\n")
			} else {
				w = s.rawMQTT(t, 4, 0)
				w.send(t, mqttSubscribe(4, subject))
				w.expectPacket(t, 0x90, "\x00\x01\x00")
			}
			_ = w.Conn.(*net.TCPConn).SetReadBuffer(32 << 10)
			return w
		}
		// The thin have 5 MiB each, of which the kernel may hold nothing or most,
		// and the fat have more before it is too much.
		const size, little = 64 << 10, 80
		payload := bytes.Repeat([]byte("x"), size)
		pub := s.natsClient(t)
		thin := []*wire{stall(0, "little"), stall(1, "little")}
		for range little {
			must(t, pub.Publish("little", payload))
		}
		must(t, pub.FlushTimeout(patience))

		before := s.memory("VmRSS")
		fat := make([]*wire, 4)
		for i := range fat {
			fat[i] = stall(i, "much")
		}
		fast := subscribe(t, s.natsClient(t), "flow")
		sent := 0
		for gone := false; !gone; sent++ {
			if sent == 4000 {
				t.Fatal("250 MiB wait for a stalled reader, or it was not cut")
			}
			_, err := pub.Request("much", payload, time.Millisecond)
			gone = err == nats.ErrNoResponders
			must(t, pub.Publish("flow", payload))
			if m := next(t, fast, "a message beside the stalled readers"); len(m.Data) != size {
				t.Fatalf("got %d bytes", len(m.Data))
			}
		}
		grown := s.memory("VmHWM") - before
		t.Logf("all cut after %d messages; memory grew by %d KiB", sent, grown>>10)
		if limit := 128 << 20; grown > limit && !raceMode {
			t.Errorf("memory grew by %d MiB", grown>>20)
		}
		for _, w := range fat {
			if got := w.rest(t); len(got) >= sent*size || bytes.Contains([]byte(got), []byte("-ERR")) {
				t.Errorf("a fat reader got %d bytes, or words", len(got))
			}
		}
		for i, want := range []string{
			fmt.Sprintf("MSG little 1 %d\r\n%s\r\n", size, payload),
			mqttPublish(4, "little", string(payload)),
		} {
			got := make([]byte, len(want))
			for n := range little {
				if _, err := io.ReadFull(thin[i].r, got); err != nil || string(got) != want {
					t.Fatalf("thin reader %d, message %d: %.40q, %v", i, n, got, err)
				}
			}
		}
		healthy.check(t)
		s.stop()
		s.log.waitFor(t, "output_budget")
	}, "--max-output", "32MB")
}
