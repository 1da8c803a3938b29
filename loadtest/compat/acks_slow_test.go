//go:build slow

package e2e

import (
	"fmt"
	"testing"
)

// Packet identifiers go round several times, and pass over those that are still
// in use.
func TestSlowPacketIdentifiersGoRound(t *testing.T) {
	for _, version := range []byte{4, 5} {
		t.Run(fmt.Sprint("version ", version), func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) {
				w, nc := s.rawMQTT(t, version, 0), s.natsClient(t, verbose)
				w.grant(t, version, "round")
				const total, block, late = 150_000, 50, 3000
				held := map[uint16]int{}
				var order []uint16
				for i := 0; i < total; i += block {
					for k := range block {
						must(t, nc.Publish("round", fmt.Append(nil, i+k)))
					}
					must(t, nc.Flush())
					for k := range block {
						d := w.delivery(t, version)
						if d.payload != fmt.Sprint(i+k) || d.id == 0 || d.dup {
							t.Fatalf("message %d: got %+v", i+k, d)
						}
						if first, ok := held[d.id]; ok {
							t.Fatalf("message %d has the identifier %d of message %d", i+k, d.id, first)
						}
						if (i+k)%500 == 0 { // acknowledged much later
							held[d.id], order = i+k, append(order, d.id)
						} else {
							w.ack(t, d.id)
						}
						for len(order) > 0 && held[order[0]] < i+k-late {
							w.ack(t, order[0])
							delete(held, order[0])
							order = order[1:]
						}
					}
				}
				w.ack(t, order...)
				w.ping(t)
			})
		})
	}
}

// Every identifier is in use: the next messages wait until one is free, and
// those that are acknowledged in any order are used again.
func TestSlowEveryPacketIdentifierInUse(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		w, _ := s.rawSession(t, 5, "every", sessionExpiry(60))
		nc := s.natsClient(t, verbose)
		w.grant(t, 5, "every")
		const window, total = 65535, 3 * 65535
		for i := range total {
			must(t, nc.Publish("every", fmt.Append(nil, i)))
		}
		ids := make([]uint16, window)
		for i := 0; i < total; {
			used := make([]bool, window+1)
			for k := range window {
				d := w.delivery(t, 5)
				if d.payload != fmt.Sprint(i) || d.id == 0 || used[d.id] || d.dup {
					t.Fatalf("message %d: got %+v", i, d)
				}
				used[d.id], ids[k] = true, d.id
				i++
			}
			if must(t, nc.Flush()); i == 2*window { // the same on another connection
				w.Close()
				s.awaitNobody(t, "every")
				w, _ = s.rawSession(t, 5, "every", sessionExpiry(60))
				for k := range window {
					if d := w.delivery(t, 5); d.id != ids[k] || !d.dup {
						t.Fatalf("got %+v, want identifier %d and DUP", d, ids[k])
					}
				}
			}
			w.ping(t)
			for k := range window { // with a step that has no divisor in common
				w.ack(t, ids[k*7919%window])
			}
		}
		w.ping(t)
	}, "--max-inflight", "65535", "--max-queued", "300000")
}
