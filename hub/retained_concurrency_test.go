package hub_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// retainedWorker uses a store from one lane, among others. It alone changes the
// subjects that bear its number, so it knows what they must hold.
type retainedWorker struct {
	t       *testing.T
	number  int
	lane    *hub.Lane
	store   *hub.Retained
	clock   *handClock
	rand    *rand.Rand
	own     map[string]string // payload by subject, of what does not expire
	version map[string]uint64 // the highest that was read
	m       hub.RetainedMessage
}

const (
	retainedStable = 300 // subjects that are there throughout
	retainedShared = 400 // that all change
	retainedOwn    = 50  // of each worker
)

func (w *retainedWorker) set(subject string, deadline time.Duration) (payload string) {
	payload = fmt.Sprintf("%s of %d, %d", subject, w.number, w.rand.Uint32())
	if n := w.rand.IntN(3); n > 0 {
		payload += fmt.Sprintf("%0*d", 30*n, n)
	}
	m := message.Message{Subject: []byte(subject), Payload: []byte(payload), Origin: message.FromMQTT, QoS: uint8(w.number % 3)}
	w.store.Set(w.lane, &m, deadline, nil, 0)
	return payload
}

func (w *retainedWorker) step() {
	shared := fmt.Sprintf("s.%d", w.rand.IntN(retainedShared))
	own := fmt.Sprintf("own.%d.%d", w.number, w.rand.IntN(retainedOwn))
	switch w.rand.IntN(12) {
	case 0, 1:
		w.set(shared, 0)
	case 2:
		w.set(shared, w.clock.now+time.Duration(w.rand.IntN(50)))
	case 3:
		w.set(fmt.Sprintf("stable.%d", w.rand.IntN(retainedStable)), 0)
	case 4:
		w.store.Delete(w.lane, []byte(shared), nil, 0)
	case 5:
		w.own[own] = w.set(own, 0)
	case 6:
		w.store.Delete(w.lane, []byte(own), nil, 0)
		delete(w.own, own)
	case 7:
		if w.store.Get(w.lane, []byte(shared), &w.m) {
			w.check(shared)
		}
	case 8:
		found := w.store.Get(w.lane, []byte(own), &w.m)
		if want, ok := w.own[own]; found != ok || found && string(w.m.Payload) != want {
			w.t.Errorf("%q is %v %q, want %v %q", own, found, w.m.Payload, ok, want)
		}
	case 9:
		w.scan()
	case 10:
		w.store.Sweep(w.lane)
	case 11:
		w.clock.now += time.Duration(w.rand.IntN(20))
	}
}

// check looks at what was read: whole, of its subject, and not older than before.
func (w *retainedWorker) check(subject string) {
	if !bytes.HasPrefix(w.m.Payload, []byte(subject+" of ")) || string(w.m.Subject) != subject {
		w.t.Errorf("%q is %q under %q", subject, w.m.Payload, w.m.Subject)
	}
	if w.m.Deadline != 0 && w.m.Deadline <= w.clock.now {
		w.t.Errorf("%q has expired and is read", subject)
	}
	if w.m.Version < w.version[subject] {
		w.t.Errorf("%q has version %d after %d", subject, w.m.Version, w.version[subject])
	}
	w.version[subject] = w.m.Version
}

// scan finds all stable subjects, and those of its own that are there.
func (w *retainedWorker) scan() {
	f := trie.Filter{Tail: trie.TailOneOrMore}
	scan := w.store.Scan(w.lane, f, 0)
	seen := make(map[string]bool)
	for done := false; !done; {
		_, done = scan.Find(w.lane, 1+w.rand.IntN(100))
		for scan.Read(w.lane, &w.m) {
			subject := string(w.m.Subject)
			if seen[subject] {
				w.t.Errorf("%q was found twice", subject)
			}
			seen[subject] = true
			w.check(subject)
		}
	}
	for i := range retainedStable {
		if subject := fmt.Sprintf("stable.%d", i); !seen[subject] {
			w.t.Errorf("%q was not found", subject)
		}
	}
	for subject := range w.own {
		if !seen[subject] {
			w.t.Errorf("%q was not found", subject)
		}
	}
}

// TestLanesRetainAtOnce: lanes set, delete, read, scan and sweep at the same time.
// What only one of them changes is as it left it, nothing is read that is torn, old
// or expired, and in the end what is counted is what is there.
func TestLanesRetainAtOnce(t *testing.T) {
	const lanes, steps = 4, 4000
	h := hub.New(hub.Options{Lanes: lanes})
	store := hub.NewRetained(hub.RetainedLimits{}, translate.Mountpoint{})
	var workers []*retainedWorker
	for i := range lanes {
		w := &retainedWorker{
			t: t, number: i, lane: h.Lane(i), store: store, clock: &handClock{now: time.Hour},
			rand: rand.New(rand.NewPCG(uint64(i), 3)), own: make(map[string]string), version: make(map[string]uint64),
		}
		w.lane.SetClock(w.clock)
		workers = append(workers, w)
	}
	for i := range retainedStable {
		workers[0].set(fmt.Sprintf("stable.%d", i), 0)
	}
	var wg sync.WaitGroup
	for _, w := range workers {
		wg.Go(func() {
			for range steps {
				w.step()
			}
		})
	}
	wg.Wait()
	for _, w := range workers {
		for i := range retainedOwn {
			subject := fmt.Sprintf("own.%d.%d", w.number, i)
			found := store.Get(w.lane, []byte(subject), &w.m)
			if want, ok := w.own[subject]; found != ok || found && string(w.m.Payload) != want {
				t.Errorf("%q is left as %v %q, want %v %q", subject, found, w.m.Payload, ok, want)
			}
		}
	}
	w := workers[0]
	w.clock.now += time.Hour
	for again := w.clock.now; again != 0 && again <= w.clock.now; {
		again = store.Sweep(w.lane)
	}
	checkRetainedUse(t, w)
	scan := store.Scan(w.lane, trie.Filter{Tail: trie.TailOneOrMore}, 0)
	for done := false; !done; {
		_, done = scan.Find(w.lane, 100)
		for scan.Read(w.lane, &w.m) {
			if w.m.Deadline != 0 {
				t.Errorf("%q has expired and is left", w.m.Subject)
			}
			store.Delete(w.lane, bytes.Clone(w.m.Subject), nil, 0)
		}
	}
	if messages, size := store.Used(); messages != 0 || size != 0 {
		t.Errorf("%d messages of %d bytes are left", messages, size)
	}
}

// checkRetainedUse counts what is there.
func checkRetainedUse(t *testing.T, w *retainedWorker) {
	t.Helper()
	var want int
	var bytes int64
	scan := w.store.Scan(w.lane, trie.Filter{Tail: trie.TailOneOrMore}, 0)
	for done := false; !done; {
		_, done = scan.Find(w.lane, 100)
		for scan.Read(w.lane, &w.m) {
			want++
			bytes += int64(hub.RetainedCost(&w.m.Message))
		}
	}
	if messages, size := w.store.Used(); messages != want || size != bytes {
		t.Errorf("%d messages of %d bytes are counted, and %d of %d there", messages, size, want, bytes)
	}
}

// TestRetainedLimitsHoldAmongLanes: lanes that reserve the last room at the same time
// never go beyond it, and give back all of it.
func TestRetainedLimitsHoldAmongLanes(t *testing.T) {
	const lanes, most, size = 4, 20, 5000
	h := hub.New(hub.Options{Lanes: lanes})
	store := hub.NewRetained(hub.RetainedLimits{Messages: most, Bytes: size}, translate.Mountpoint{})
	for range 20 {
		var wg sync.WaitGroup
		for i := range lanes {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), 5))
				for range 300 {
					subject := fmt.Appendf(nil, "a.%d", r.IntN(40))
					if r.IntN(3) == 0 {
						store.Delete(h.Lane(i), subject, nil, 0)
						continue
					}
					m := message.Message{Subject: subject, Payload: make([]byte, r.IntN(200))}
					store.Set(h.Lane(i), &m, 0, nil, 0)
				}
			})
		}
		wg.Wait()
		w := &retainedWorker{lane: h.Lane(0), store: store}
		checkRetainedUse(t, w)
		if messages, bytes := store.Used(); messages > most || bytes > size {
			t.Fatalf("%d messages of %d bytes are kept, and %d of %d may be", messages, bytes, most, size)
		}
	}
	for i := range 40 {
		store.Delete(h.Lane(0), fmt.Appendf(nil, "a.%d", i), nil, 0)
	}
	if messages, bytes := store.Used(); messages != 0 || bytes != 0 {
		t.Errorf("%d messages of %d bytes are left", messages, bytes)
	}
}
