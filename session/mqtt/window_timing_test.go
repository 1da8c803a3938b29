package mqtt

import (
	"fmt"
	"testing"
)

// One op is one message: into the window, sent, acknowledged to the end. With QoS 2
// its place is kept between PUBREC and PUBCOMP; resent, all of them are sent to two
// connections, of which only the second acknowledges.
func BenchmarkWindow(b *testing.B) {
	for _, most := range []int{1, 100, 65535} {
		for _, order := range []string{"in order", "last first"} {
			for _, way := range []string{"QoS 1", "QoS 2", "resent"} {
				b.Run(fmt.Sprintf("%d in flight, %s, %s", most, order, way), func(b *testing.B) {
					b.ReportAllocs()
					w, m := &window{firstID: 1}, new(kept)
					for n := 0; n < b.N; n += most {
						fillWindow(w, m, most)
						if way == "resent" {
							w.rewind()
							sendWindow(w, most)
						}
						if way == "QoS 2" {
							eachInFlight(w, most, order, func(i int) { *w.at(i) = entry{flags: entryReceived} })
						}
						eachInFlight(w, most, order, func(i int) {
							*w.at(i) = entry{}
							w.inflight--
							w.trim()
						})
					}
					if w.n != 0 {
						b.Fatalf("%d are left", w.n)
					}
				})
			}
		}
	}
}

func fillWindow(w *window, m *kept, most int) {
	for range most {
		w.push(entry{m: m})
	}
	sendWindow(w, most)
}

func sendWindow(w *window, most int) {
	for w.mayGoOn(most) {
		w.next()
		w.inflight++
	}
}

// eachInFlight finds all that is in flight by its packet identifier.
func eachInFlight(w *window, most int, order string, f func(i int)) {
	first := int(w.id(0))
	for k := range most {
		if order == "last first" {
			k = most - 1 - k
		}
		f(w.find(uint16((first-1+k)%packetIDRange) + 1))
	}
}

// One op is one message that waits, is dropped for want of room, and its hole closed.
func BenchmarkWindowDropOldest(b *testing.B) {
	b.ReportAllocs()
	w, m := &window{firstID: 1}, new(kept)
	fillWindow(w, m, 100)
	for range 900 {
		w.push(entry{m: m})
	}
	for range b.N {
		w.push(entry{m: m})
		*w.at(w.oldest()) = entry{}
		w.trim()
		w.closeGaps()
	}
	if w.n > 2*1000 {
		b.Fatalf("%d places for 1000 messages", w.n)
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
