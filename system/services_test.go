package system_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session/nats"
	"github.com/isthmus-mq/isthmus/system"
	"github.com/isthmus-mq/isthmus/trie"
)

// rig is one lane that a mutex keeps to one goroutine at a time.
type rig struct {
	sync.Mutex
	lane     *hub.Lane
	services *system.Services
	answers  chan string // subject and payload
	whole    chan string // headers and payload
}

func newRig(t *testing.T) *rig { return newRigWith(t, hub.Options{}) }

func newRigWith(t *testing.T, o hub.Options) *rig {
	o.Lanes = 1
	r := &rig{lane: hub.New(o).Lane(0), answers: make(chan string, 1000), whole: make(chan string, 1000)}
	r.services = system.New(r.onLane)
	r.lane.Subscribe(r, hub.Subscription{Filter: trie.Filter{Pattern: "_INBOX.*"}, Owner: r.lane.NewOwner()})
	t.Cleanup(r.services.Stop)
	return r
}

func (r *rig) onLane(_ int, f func(*hub.Lane)) { r.turn(func() { f(r.lane) }) }

func (r *rig) turn(f func()) {
	r.Lock()
	defer r.Unlock()
	r.lane.BeginTurn()
	f()
	r.lane.EndTurn()
}

// Deliver is that of whoever waits for answers.
func (r *rig) Deliver(m *message.Message, _ *hub.Route, _ *hub.Copy) reason.ID {
	r.answers <- string(m.Subject) + " " + string(m.Payload)
	r.whole <- string(m.Headers) + string(m.Payload)
	return reason.None
}

// ask asks from memory that is used anew at once.
func (r *rig) ask(subject, payload string) (taken bool) {
	q := nats.Request{Subject: []byte(subject), Payload: []byte(payload), Reply: []byte("_INBOX.1"), Client: 7}
	r.turn(func() { taken = r.services.Ask(r.lane, &q) })
	clear(q.Subject)
	clear(q.Payload)
	clear(q.Reply)
	return taken
}

func says(text string) system.Service {
	return func(_ context.Context, q *system.Request, answer func(system.Answer)) {
		answer(system.Answer{Payload: []byte(text + " " + q.Subject + " " + string(q.Payload))})
	}
}

// The longest registration answers; what is not registered, nobody.
func TestTheLongestRegistrationAnswers(t *testing.T) {
	r := newRig(t)
	r.services.Handle("$SYS.REQ.A.", says("all"))
	r.services.Handle("$SYS.REQ.A.B", says("b"))
	r.services.Handle("$SYS.REQ.A.B.", says("below b"))
	r.services.Start()
	for subject, who := range map[string]string{"$SYS.REQ.A.C": "all", "$SYS.REQ.A.B": "b", "$SYS.REQ.A.B.C": "below b"} {
		if !r.ask(subject, "x") {
			t.Errorf("%s is not taken", subject)
			continue
		}
		if got, want := <-r.answers, "_INBOX.1 "+who+" "+subject+" x"; got != want {
			t.Errorf("the answer is %q, want %q", got, want)
		}
	}
	for _, subject := range []string{"$SYS.REQ.A", "$SYS.REQ.A.", "$SYS.REQ.BA", ""} {
		if r.ask(subject, "") {
			t.Errorf("%q is taken", subject)
		}
	}
}

// However many are asked at once: each request is answered or refused, and no more
// wait than may.
func TestTooManyRequests(t *testing.T) {
	r := newRig(t)
	work := make(chan struct{})
	r.services.Handle("$SYS.REQ.A", func(_ context.Context, q *system.Request, answer func(system.Answer)) {
		<-work
		answer(system.Answer{Payload: q.Payload})
	})
	r.services.Start()
	taken := 0
	const asked = 1000
	for range asked {
		if r.ask("$SYS.REQ.A", "x") {
			taken++
		}
	}
	if busy := r.lane.Reasons.Of(reason.RequestsBusy); busy == 0 || int(busy) != asked-taken {
		t.Errorf("%d taken, %d refused of %d", taken, busy, asked)
	}
	close(work)
	for range taken {
		<-r.answers
	}
}

// A service that waits for something gives up when the server stops.
func TestStopDoesNotWaitForWhatNeverComes(t *testing.T) {
	r := newRig(t)
	begun := make(chan struct{})
	r.services.Handle("$SYS.REQ.A", func(ctx context.Context, _ *system.Request, _ func(system.Answer)) {
		close(begun)
		<-ctx.Done()
	})
	r.services.Start()
	if !r.ask("$SYS.REQ.A", "") {
		t.Fatal("not taken")
	}
	<-begun
	r.services.Stop()
	if !r.ask("$SYS.REQ.A", "") {
		t.Fatal("not taken")
	}
}

// Requests that wait hold so many bytes at most, however few they are.
func TestRequestsThatWaitAreBoundedInBytes(t *testing.T) {
	const large, most = 1 << 20, 16
	r := newRig(t)
	r.services.Handle("$SYS.REQ.A", says("a"))
	taken := 0
	for range 2 * most {
		if r.ask("$SYS.REQ.A", strings.Repeat("x", large)) {
			taken++
		}
	}
	if taken < most-1 || taken > most {
		t.Errorf("%d MiB are taken", taken)
	}
	if n := r.lane.Reasons.Of(reason.RequestsBusy); n != uint64(2*most-taken) {
		t.Errorf("%d are refused for it", n)
	}
	r.services.Start()
	for range taken {
		<-r.answers
	}
	for !r.ask("$SYS.REQ.A", strings.Repeat("x", most*large+1)) { // the last one may not be through
		runtime.Gosched()
	}
}
