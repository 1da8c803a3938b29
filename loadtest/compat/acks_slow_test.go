//go:build slow

package e2e

import (
	"fmt"
	"testing"
)

// Packet identifiers go round, and pass over those that are still in use.
func TestSlowPacketIdentifiersGoRound(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		w, nc := s.rawMQTT(t, 5, 0), s.natsClient(t, verbose)
		w.grant(t, 5, "round")
		const total, block = 150_000, 50
		held := map[uint16]int{}
		for i := 0; i < total; i += block {
			for k := range block {
				must(t, nc.Publish("round", fmt.Append(nil, i+k)))
			}
			must(t, nc.Flush())
			for k := range block {
				d := w.delivery(t, 5)
				if d.payload != fmt.Sprint(i+k) || d.id == 0 || d.dup {
					t.Fatalf("message %d: got %+v", i+k, d)
				}
				if first, ok := held[d.id]; ok {
					t.Fatalf("message %d has the identifier %d of message %d", i+k, d.id, first)
				}
				if (i+k)%5000 == 0 {
					held[d.id] = i + k // and never acknowledged
				} else {
					w.ack(t, d.id)
				}
			}
		}
	})
}

// Every identifier is in use: the next message waits for the first that is
// free.
func TestSlowEveryPacketIdentifierInUse(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		w, nc := s.rawMQTT(t, 5, 0), s.natsClient(t, verbose)
		w.grant(t, 5, "every")
		const window, total = 65535, 65535 + 1000
		for i := range total {
			must(t, nc.Publish("every", fmt.Append(nil, i)))
		}
		used := make([]bool, window+1)
		next := func(i int) uint16 {
			d := w.delivery(t, 5)
			if d.payload != fmt.Sprint(i) || d.id == 0 || used[d.id] {
				t.Fatalf("message %d: got %+v", i, d)
			}
			used[d.id] = true
			return d.id
		}
		for i := range window {
			next(i)
		}
		must(t, nc.Flush())
		w.ping(t)
		for i := window; i < total; i++ {
			free := uint16(1 + (i*7919)%window)
			used[free] = false
			w.ack(t, free)
			if id := next(i); id != free {
				t.Fatalf("message %d has the identifier %d, but %d is free", i, id, free)
			}
		}
		w.ping(t)
	}, "--max-inflight", "65535", "--max-queued", "100000")
}
