package mqtt

import (
	"fmt"
	"testing"
)

// One op is one message: into the window, sent, acknowledged.
func BenchmarkWindow(b *testing.B) {
	for _, most := range []int{1, 100, 65535} {
		for _, order := range []string{"in order", "last first"} {
			b.Run(fmt.Sprintf("%d in flight, %s", most, order), func(b *testing.B) {
				b.ReportAllocs()
				w, m := &window{firstID: 1}, new(kept)
				for n := 0; n < b.N; n += most {
					for range most {
						w.push(entry{m: m})
					}
					first := w.id(0)
					for w.mayGoOn(most) {
						w.sent++
						w.inflight++
					}
					for k := range most {
						if order == "last first" {
							k = most - 1 - k
						}
						*w.at(w.find(uint16((int(first)-1+k)%packetIDRange) + 1)) = entry{}
						w.inflight--
						w.trim()
					}
				}
				if w.n != 0 {
					b.Fatalf("%d are left", w.n)
				}
			})
		}
	}
}

// One op is one message that a session which is away keeps and lets go.
func BenchmarkKeep(b *testing.B) {
	for _, size := range []int{16, 256, 5000} {
		for _, sessions := range []int{1, 10} {
			b.Run(fmt.Sprintf("%d bytes, %d sessions", size, sessions), func(b *testing.B) {
				s := newShelf()
				var states []*state
				for i := range sessions {
					states = append(states, s.session(fmt.Sprint(i), "t"))
				}
				payload := make([]byte, size)
				b.ReportAllocs()
				for b.Loop() {
					s.publish("t", nil, payload)
					for _, st := range states {
						st.dropFirst()
					}
				}
			})
		}
	}
}
