package loadtest

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/loadtest/client"
)

// Against a map: no packet identifier is used twice at a time, and each
// acknowledgement finds the time of its own message.
func TestInflight(t *testing.T) {
	for _, p := range protocols {
		rapid.Check(t, func(t *rapid.T) {
			limit := rapid.IntRange(1, 20).Draw(t, "limit")
			f := newInflight(p, limit)
			open, order := make(map[uint16]int64), []int64(nil)
			for at := int64(1); at < 200; at++ {
				if room := f.room(); room != limit-len(order) {
					t.Fatalf("room for %d, want %d", room, limit-len(order))
				}
				if len(order) < limit && rapid.Bool().Draw(t, "publish") {
					id := f.take(at)
					if _, used := open[id]; p == client.MQTT && (used || id == 0) {
						t.Fatalf("packet identifier %d", id)
					}
					open[id] = at
					order = append(order, at)
					continue
				}
				if len(order) == 0 {
					if _, ok := f.done(1); ok {
						t.Fatal("an acknowledgement that nobody waits for was taken")
					}
					continue
				}
				id, want, i := uint16(0), order[0], 0
				if p == client.MQTT {
					i = rapid.IntRange(0, len(order)-1).Draw(t, "which")
					want = order[i]
					for k, v := range open {
						if v == want {
							id = k
						}
					}
				}
				got, ok := f.done(id)
				if !ok || got != want {
					t.Fatalf("acknowledgement of the message of %d: %d, %v", want, got, ok)
				}
				if p == client.MQTT {
					if _, again := f.done(id); again {
						t.Fatal("acknowledged twice")
					}
				}
				delete(open, id)
				order = append(order[:i:i], order[i+1:]...)
			}
		})
	}
}
