//go:build !race

package hub_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/trie"
)

// perScan is what a scan may cost for itself, its memory of where it is and the names
// of its pieces.
const perScan = 10

// Reading what is retained costs no allocation for each message, however many a scan
// finds. Keeping a message costs its two pieces of memory.
func TestReadingRetainedDoesNotAllocate(t *testing.T) {
	w, clocks := retainedLanes(1, hub.Options{})
	l, store := w.Lane(0), w.Retained()
	for i := range 10_000 {
		m := message.Message{Subject: fmt.Appendf(nil, "dev.%d.s%d", i%10, i), Payload: []byte("x"), Origin: message.FromMQTT}
		m.Properties = expiry(1000)
		store.Set(l, &m, clocks[0].now+1000*time.Second, nil, 0)
	}
	store.Sweep(l)
	var kept hub.RetainedMessage
	var m message.Message
	try := func(what string, most float64, run func()) {
		t.Helper()
		run()
		if n := testing.AllocsPerRun(20, run); n > most {
			t.Errorf("%s: %v allocations, want %v", what, n, most)
		}
	}
	there, miss := []byte("dev.5.s5555"), []byte("nobody.is.here")
	try("Get", 0, func() { store.Get(l, there, &kept) })
	try("Get, nothing", 0, func() { store.Get(l, miss, &kept) })
	try("Replay", 0, func() {
		store.Get(l, there, &kept)
		l.Replay(&kept, &m)
	})
	try("Sweep, nothing is due", 0, func() { store.Sweep(l) })
	try("Delete, nothing", 0, func() { store.Delete(l, miss, nil, 0) })
	another := message.Message{Subject: there, Payload: []byte("y"), Origin: message.FromMQTT}
	try("Set", 2, func() { store.Set(l, &another, 0, nil, 0) })
	for filter, want := range map[string]int{"#": 10_000, "dev/+/s5555": 1, "dev/5/#": 1000, "dev/5/s5555": 1} {
		what := mqttSub(0, 1, filter, false).what
		try("scan of "+filter, perScan, func() {
			if n := scanRetained(l, store, what.Filter, what.Opens, &kept); n != want {
				t.Errorf("%s: found %d, want %d", filter, n, want)
			}
		})
	}
}

// scanRetained reads all that a filter matches, as a session does.
func scanRetained(l *hub.Lane, store hub.RetainedStore, f trie.Filter, opens uint32, m *hub.RetainedMessage) (n int) {
	scan := store.Scan(l, f, opens)
	for done := false; !done; {
		_, done = scan.Find(l, 64)
		for scan.Read(l, m) {
			n++
		}
	}
	return n
}
