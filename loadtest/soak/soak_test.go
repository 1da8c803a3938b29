package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/server"
)

// setting reads SOAK_TIME (a duration, for each number of lanes) and SOAK_SEED.
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
	length, seed := setting(t, 7*time.Second)
	for _, lanes := range []int{1, 4} {
		t.Run(fmt.Sprintf("lanes %d", lanes), func(t *testing.T) {
			s := start(t, lanes)
			var sum Report
			rounds, told := 0, time.Now()
			for begin := time.Now(); rounds == 0 || time.Since(begin)+roundLength < length; rounds++ {
				round := seed + uint64(rounds)
				report := NewRound(s.target(), round).Run(roundLength)
				for _, f := range report.Faults {
					t.Errorf("lanes %d, SOAK_SEED=%d: %v", lanes, round, f)
				}
				s.mustBeEmpty(t)
				s.mustNotHaveDropped(t)
				if t.Failed() {
					t.FailNow()
				}
				sum.Published += report.Published
				sum.Received += report.Received
				sum.Deaths += report.Deaths
				if time.Since(told) > 10*time.Second {
					told = time.Now()
					t.Logf("round %d (seed %d): %d published, %d received, %d connections ended", rounds, round, sum.Published, sum.Received, sum.Deaths)
				}
			}
			t.Logf("lanes %d, seeds %d to %d: %d published, %d received, %d connections ended; %v", lanes, seed, seed+uint64(rounds)-1, sum.Published, sum.Received, sum.Deaths, s.counts())
		})
	}
}

// house is a server under test.
type house struct {
	*server.Server
	lanes, maxInflight int
}

func start(t *testing.T, lanes int) *house {
	t.Helper()
	procs := runtime.GOMAXPROCS(lanes + 1)
	o := server.Defaults()
	o.NATS, o.MQTT, o.Lanes = "127.0.0.1:0", "127.0.0.1:0", lanes
	s, err := server.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		runtime.GOMAXPROCS(procs)
	})
	return &house{s, lanes, o.MaxInflight}
}

func (s *house) target() Target {
	return Target{
		NATS: s.Addr(server.ListenerNATS).String(), MQTT: s.Addr(server.ListenerMQTT).String(),
		Lanes: s.lanes, MaxInflight: s.maxInflight,
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
	"client_closed", "client_disconnect", "session_taken_over", "read_error", "write_error", "shutdown",
	"receiver_closing", "lane_busy", "linger_timeout",
	"session_offline", "session_ended", "group_redispatched",
}

func (s *house) mustNotHaveDropped(t *testing.T) {
	t.Helper()
	for _, row := range reason.All() {
		if n := s.Count(row.ID); n > 0 && !slices.Contains(may, row.Name) {
			t.Errorf("%s: %d times, which nothing here provokes", row.Name, n)
		}
	}
}

func (s *house) counts() (list []string) {
	for _, row := range reason.All() {
		if n := s.Count(row.ID); n > 0 {
			list = append(list, fmt.Sprintf("%s %d", row.Name, n))
		}
	}
	return list
}
