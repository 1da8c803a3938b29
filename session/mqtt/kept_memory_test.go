//go:build !race

package mqtt

import (
	"fmt"
	"runtime"
	"testing"
)

func liveHeap() int64 {
	var ms runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&ms)
	return int64(ms.HeapAlloc)
}

// TestInFlightMemoryBudget: a message that waits takes its bytes and 64 more
// for one session, and 16 for each further one, besides what size classes and
// a ring that doubles round up.
func TestInFlightMemoryBudget(t *testing.T) {
	const n = 10_000
	for _, sessions := range []int{1, 4} {
		for _, size := range []int{0, 16, 100, 256, 1000, 3000} {
			s := newShelf()
			var states []*state
			for i := range sessions {
				states = append(states, s.session(fmt.Sprint(i), "some/topic"))
			}
			payload := make([]byte, size)
			s.publish("some.topic", nil, payload) // the route, and what is made once
			for _, st := range states {
				st.dropFirst()
			}
			before := liveHeap()
			for range n {
				s.publish("some.topic", nil, payload)
			}
			each := float64(liveHeap()-before) / n
			content := 2 + len("some/topic") + size
			budget := content + 48 + 16*sessions
			budget += keptStep + content/8 + 16*sessions // rounded up
			t.Logf("%d sessions, %4d bytes of payload: %5.0f bytes each, %4.0f beside the message", sessions, size, each, each-float64(content))
			if each > float64(budget) {
				t.Errorf("%d sessions, %d bytes of payload: %.0f bytes for each message, budget %d", sessions, size, each, budget)
			}
			if states[0].flight.n != n {
				t.Fatalf("%d of %d wait", states[0].flight.n, n)
			}
			runtime.KeepAlive(s)
		}
	}
}
