package soak

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Target is the server under test.
type Target struct {
	NATS, MQTT  string // addresses
	Lanes       int
	MaxInflight int // the server's, for clients that say nothing
}

// life is a client that subscribes.
type life interface {
	begin() error
	run() error   // until the round stops; then it is connected
	fence() error // everything that was on its way to it has come
	again() error
	finish() error
}

// source is a client that publishes.
type source interface {
	begin() error
	run() error // until the round stops; then everything is routed
	finish() error
}

// Round is one random world: its clients, from their first connection to the
// moment when nothing is on its way any more and all accounts are checked.
type Round struct {
	Ledger *Ledger
	at     Target
	seed   uint64
	plan   plan
	faults *Faults
	roster *roster

	witnesses []*natsLife
	lives     []life
	sources   []source

	stop      chan struct{} // publishers end
	stopLives chan struct{} // then lives
	quick     atomic.Bool   // everybody reads and acknowledges at once
	received  atomic.Int64
	released  atomic.Int64 // PUBRELs that were sent again
	repeated  atomic.Int64 // PUBLISHes of QoS 2 that were
	budget    atomic.Int64 // messages that may still be published
	fencing   sync.Mutex

	mu    sync.Mutex
	wires []*wire // all connections
}

// NewRound plans a round.
func NewRound(at Target, seed uint64) *Round { return newRound(at, seed, (*Round).populate) }

func newRound(at Target, seed uint64, populate func(*Round, *rand.Rand)) *Round {
	r := &Round{
		at: at, seed: seed, faults: NewFaults(), roster: newRoster(),
		stop: make(chan struct{}), stopLives: make(chan struct{}),
	}
	random := rand.New(rand.NewPCG(seed, 1))
	r.plan = newPlan(random, seed)
	r.Ledger = NewLedger(r.plan.subjects)
	r.budget.Store(r.plan.messages)
	populate(r, random)
	return r
}

// Report is what one round, or several, come to.
type Report struct {
	Published, Received int
	Again               int // with DUP
	Excused             int // Ledger.Excused
	Released            int // PUBRELs sent again, which the server may not know any more
	Repeated            int // PUBLISHes of QoS 2 sent again, which it may know already
	Deaths              int // connections of subscribers, and sids that came to an end
	Faults              []*Fault
}

// Add adds the numbers of another round.
func (r *Report) Add(o Report) {
	r.Published += o.Published
	r.Received += o.Received
	r.Again += o.Again
	r.Excused += o.Excused
	r.Deaths += o.Deaths
	r.Released += o.Released
	r.Repeated += o.Repeated
	r.Faults = append(r.Faults, o.Faults...)
}

func (r Report) String() string {
	return fmt.Sprintf("%d published, %d received, %d of them again, %d lost with group members that died, %d connections ended", r.Published, r.Received, r.Again, r.Excused, r.Deaths)
}

// Run lives the round for a time and checks it.
func (r *Round) Run(length time.Duration) Report {
	r.live(length)
	r.mu.Lock()
	for _, w := range r.wires { // after a fault some are left
		_ = w.end(Reset, nil)
	}
	r.mu.Unlock()
	report := Report{Excused: r.Ledger.Excused, Released: int(r.released.Load()), Repeated: int(r.repeated.Load()), Faults: r.faults.All()}
	for _, m := range r.Ledger.messages() {
		report.Published += len(m)
	}
	for _, x := range r.Ledger.Receivers() {
		h := x.history()
		report.Received += len(h.log)
		for _, c := range h.log {
			if c.Dup {
				report.Again++
			}
		}
		for _, c := range h.conns {
			if c.Down != Never {
				report.Deaths++
			}
		}
	}
	return report
}

func (r *Round) live(length time.Duration) {
	// Witnesses come first, so that they are spread over all lanes.
	for _, w := range r.witnesses {
		if !r.try("witness", w.begin()) {
			return
		}
	}
	begin := func(n int, f func(i int) error) bool {
		return r.all(n, f) && len(r.faults.All()) == 0
	}
	if !begin(len(r.lives), func(i int) error { return r.lives[i].begin() }) ||
		!begin(len(r.sources), func(i int) error { return r.sources[i].begin() }) {
		return
	}
	var living sync.WaitGroup
	for _, l := range r.lives {
		living.Go(func() { r.try("life", l.run()) })
	}
	var publishing sync.WaitGroup
	for _, s := range r.sources {
		publishing.Go(func() { r.try("publisher", s.run()) })
	}
	select {
	case <-time.After(length):
	case <-r.faults.C:
	}
	close(r.stop)
	publishing.Wait()
	close(r.stopLives)
	living.Wait()
	r.quick.Store(true)
	if r.settle() {
		// Nothing must come to sessions that are resumed now.
		r.all(len(r.lives), func(i int) error { return r.lives[i].again() })
		r.settle()
	}
	if len(r.faults.All()) > 0 {
		return
	}
	r.all(len(r.lives), func(i int) error { return r.lives[i].finish() })
	r.all(len(r.witnesses), func(i int) error { return r.witnesses[i].finish() })
	r.all(len(r.sources), func(i int) error { return r.sources[i].finish() })
}

// dial connects and remembers the connection.
func (r *Round) dial(addr string) (*wire, error) {
	w, err := dial(addr)
	if err == nil {
		r.mu.Lock()
		r.wires = append(r.wires, w)
		r.mu.Unlock()
	}
	return w, err
}

// all does something with n clients at once.
func (r *Round) all(n int, f func(i int) error) bool {
	var wg sync.WaitGroup
	ok := atomic.Bool{}
	ok.Store(true)
	for i := range n {
		wg.Go(func() {
			if !r.try("client", f(i)) {
				ok.Store(false)
			}
		})
	}
	wg.Wait()
	return ok.Load()
}

func (r *Round) try(what string, err error) bool {
	if err != nil {
		r.fault("failure", fmt.Sprintf("%s: %v", what, err), nil)
	}
	return err == nil
}

func (r *Round) fault(rule, text string, about *Stamp, who ...*Trail) {
	r.faults.Add(&Fault{Rule: rule, Text: text, About: about, Who: who})
}

// silence is how long nothing comes before what is missing is lost.
const silence = 10 * time.Second

// settle waits until nothing comes any more and checks everything.
func (r *Round) settle() bool {
	for since := time.Now(); len(r.faults.All()) == 0; {
		before := r.received.Load()
		for range 2 {
			r.fenceLanes()
			r.all(len(r.lives), func(i int) error { return r.lives[i].fence() })
		}
		if r.received.Load() != before {
			since = time.Now()
			continue
		}
		found := r.check()
		if len(found) == 0 {
			return true
		}
		if time.Since(since) > silence || slices.ContainsFunc(found, func(f *Fault) bool { return !f.Late }) {
			for _, f := range found {
				r.faults.Add(f)
			}
		}
	}
	return false
}

func (r *Round) check() (faults []*Fault) {
	faults = r.Ledger.Flows()
	faults = append(faults, r.Ledger.Groups(r.plan.groups)...)
	faults = append(faults, r.Ledger.Answers(r.plan.groups)...)
	return faults
}

// fenceLanes returns when every lane has noticed what happened to its sockets
// before: a second answer of a lane comes from a later turn of its loop.
func (r *Round) fenceLanes() {
	r.fencing.Lock()
	defer r.fencing.Unlock()
	for range 2 {
		r.all(len(r.witnesses), func(i int) error { return r.witnesses[i].fence() })
	}
}

// wait passes a random time between two events of a life; false: the round is
// over.
func (r *Round) wait(random *rand.Rand) bool {
	return r.sleep(time.Duration(random.ExpFloat64()*float64(r.plan.pace)), r.stopLives)
}

// rest is the time that a client stays away.
func (r *Round) rest(random *rand.Rand) {
	if random.IntN(2) == 0 {
		r.sleep(time.Duration(random.Int64N(int64(r.plan.away))), r.stopLives)
	}
}

// mayPublish paces publishers; false: the round is over.
func (r *Round) mayPublish(random *rand.Rand) bool {
	return r.budget.Load() > 0 && r.sleep(time.Duration(random.Int64N(int64(r.plan.gap))), r.stop)
}

func (r *Round) sleep(d time.Duration, stop chan struct{}) bool {
	select {
	case <-stop:
		return false
	case <-r.faults.C:
		return false
	case <-time.After(d):
		return true
	}
}

// pickSubject takes one message out of the budget.
func (r *Round) pickSubject(random *rand.Rand) int {
	r.budget.Add(-1)
	return random.IntN(r.plan.common)
}

// pickSize is a payload's size in bytes: mostly small, sometimes above the size
// from which receivers share it, seldom large.
func pickSize(random *rand.Rand) int {
	switch n := random.IntN(100); {
	case n < 90:
		return random.IntN(200)
	case n < 99:
		return 3500 + random.IntN(3000)
	default:
		return random.IntN(60000)
	}
}

func (r *Round) pickEnding(random *rand.Rand) Ending {
	return r.plan.endings[random.IntN(len(r.plan.endings))]
}
