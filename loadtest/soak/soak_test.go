package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/server"
)

// setting reads SOAK_TIME, a duration for each number of lanes, and SOAK_SEED.
func setting(t *testing.T, usual time.Duration) (length time.Duration, seed uint64) {
	t.Helper()
	length, seed = usual, rand.Uint64()>>32
	if text := os.Getenv("SOAK_TIME"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("SOAK_TIME: %v", err)
		}
		length = d
	}
	if text := os.Getenv("SOAK_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 0, 64)
		if err != nil {
			t.Fatalf("SOAK_SEED: %v", err)
		}
		seed = n
	}
	return length, seed
}

// roundLength is how long chaos goes on before all accounts are checked.
const roundLength = 2 * time.Second

func TestSoak(t *testing.T) {
	length, seed := setting(t, 5*time.Second)
	for _, lanes := range []int{1, 2, 4} {
		t.Run(fmt.Sprintf("lanes %d", lanes), func(t *testing.T) {
			total := length
			if lanes == 2 { // between the extremes
				total /= 2
			}
			soak(t, lanes, seed, total, roundLength, NewRound)
		})
	}
}

// soak runs rounds until the time is over, each with the next seed.
func soak(t *testing.T, lanes int, seed uint64, total, each time.Duration, plan func(Target, uint64) *Round) {
	var s *house
	var sum Report
	rounds, told := uint64(0), time.Now()
	tell := func() {
		told = time.Now()
		t.Logf("lanes %d, %d rounds up to seed %d: %v", lanes, rounds, seed+rounds-1, sum)
	}
	for begin := time.Now(); rounds == 0 || time.Since(begin)+each < total; {
		round := seed + rounds
		if s == nil || round%tenancy == 0 {
			s.close(t)
			s = open(t, lanes, round/tenancy)
		}
		report := plan(s.target(), round).Run(each)
		rounds++
		for _, f := range report.Faults {
			t.Errorf("lanes %d, SOAK_SEED=%d: %v", lanes, round, f)
		}
		s.again[reason.AckNotInFlight] += uint64(report.Released)
		s.again[reason.PacketIDInUse] += uint64(report.Repeated)
		s.mustBeEmpty(t)
		s.mustNotHaveDropped(t)
		sum.Add(report)
		if t.Failed() {
			t.Logf("the server: %s", s.about)
			break
		}
		if time.Since(told) > 10*time.Second {
			tell()
		}
	}
	tell()
	s.close(t)
}

// tenancy is how many rounds one server serves.
const tenancy = 8

// house is a server under test.
type house struct {
	*server.Server
	options server.Options
	about   string
	procs   int
	// again: so often at most may these reasons be counted for what was sent again.
	again map[reason.ID]uint64
}

// open starts a server with random options. The limits of what sessions may
// store are out of reach: nothing here may be dropped for want of room.
func open(t *testing.T, lanes int, seed uint64) *house {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 3))
	strategies := []string{"random", "round-robin", "sticky", "local", "hash-topic", "hash-publisher"}
	o := server.Defaults()
	o.NATS, o.MQTT, o.Lanes = "127.0.0.1:0", "127.0.0.1:0", lanes
	o.GroupStrategy = strategies[random.IntN(len(strategies))]
	o.MaxInflight = []int{2, 20, o.MaxInflight}[random.IntN(3)]
	o.ReadBuffer = []int{4 << 10, o.ReadBuffer}[random.IntN(2)]
	o.MaxQueued, o.MaxQueuedBytes = 10*mostMessages, 1<<30
	h := &house{options: o, again: make(map[reason.ID]uint64), procs: runtime.GOMAXPROCS(lanes + 1)}
	h.about = fmt.Sprintf("lanes %d, group-strategy %s, max-inflight %d, read-buffer %d", lanes, o.GroupStrategy, o.MaxInflight, o.ReadBuffer)
	var err error
	if h.Server, err = server.Start(o); err != nil {
		t.Fatal(err)
	}
	return h
}

func (s *house) close(t *testing.T) {
	t.Helper()
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	t.Logf("%s: %s", s.about, s.counts())
	runtime.GOMAXPROCS(s.procs)
}

func (s *house) target() Target {
	return Target{
		NATS: s.Addr(server.ListenerNATS).String(), MQTT: s.Addr(server.ListenerMQTT).String(),
		Lanes: s.options.Lanes, MaxInflight: s.options.MaxInflight,
	}
}

// mustBeEmpty waits until the clients of a round have left nothing behind.
func (s *house) mustBeEmpty(t *testing.T) {
	t.Helper()
	for begin := time.Now(); s.Connections()+s.Subscriptions()+s.BuffersLent() > 0; time.Sleep(time.Millisecond) {
		if time.Since(begin) > patience {
			t.Fatalf("all clients have left, but there are %d connections, %d subscriptions, %d buffers in use", s.Connections(), s.Subscriptions(), s.BuffersLent())
		}
	}
}

// may are the reasons that chaos gives. Anything else is a fault.
var may = []string{
	"client_closed", "client_disconnect", "client_disconnect_with_will", "session_taken_over", "read_error", "write_error", "shutdown",
	"receiver_closing", "lane_busy", "linger_timeout",
	"session_offline", "session_ended", "group_redispatched",
	"group_members_gone", // QoS 0 to a stored group; the ledger knows of any other
}

func (s *house) mustNotHaveDropped(t *testing.T) {
	t.Helper()
	for _, row := range reason.All() {
		if n := s.Count(row.ID); n > s.again[row.ID] && !slices.Contains(may, row.Name) {
			t.Errorf("%s: %d times, which nothing here provokes", row.Name, n)
		}
	}
}

// counts are all reasons that applied.
func (s *house) counts() string {
	var list []string
	for _, row := range reason.All() {
		if n := s.Count(row.ID); n > 0 {
			list = append(list, fmt.Sprintf("%s %d", row.Name, n))
		}
	}
	return strings.Join(list, ", ")
}
