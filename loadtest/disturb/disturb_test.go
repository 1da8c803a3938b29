package disturb

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/server"
)

var seed = flag.Uint64("seed", 0, "play the conversations of this seed; 0: of a new one")

func TestWellBehavedClientsNoticeNothingOfOthers(t *testing.T) { disturbed(t, 3000) }

// disturbed plays so many conversations with a server, and holds what is left of them
// against what was there before.
func disturbed(t *testing.T, count uint64) {
	from := *seed
	if from == 0 {
		from = uint64(time.Now().UnixNano())
	}
	t.Logf("go test ./loadtest/disturb -seed %d", from)
	const lanes, atOnce = 2, 16
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(lanes + 1))
	o := server.Defaults()
	o.NATS, o.MQTT, o.Lanes = "127.0.0.1:0", "127.0.0.1:0", lanes
	o.MaxSessionExpiry = time.Second
	o.Logger = slog.New(slog.DiscardHandler)
	s, err := server.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	nats, mqtt := s.Addr(server.ListenerNATS).String(), s.Addr(server.ListenerMQTT).String()
	before := take(t)

	w, err := newWitnesses(nats, mqtt)
	if err != nil {
		t.Fatal(err)
	}
	saw := make(chan error, 1)
	go func() { saw <- w.exchange() }()

	var next, valid atomic.Uint64
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for n := next.Add(1); n <= count && !t.Failed(); n = next.Add(1) {
				c := converse(from, n)
				address := mqtt
				if c.nats {
					address = nats
				}
				if !c.bent {
					valid.Add(1)
				}
				if err := c.play(address, from, n); err != nil {
					t.Errorf("conversation %d (NATS %t, version %d, bent %t, ending %d): %v", n, c.nats, c.version, c.bent, c.ending, err)
				}
			}
		})
	}
	all.Wait()
	w.stopping.Store(true)
	if err := <-saw; err != nil {
		t.Errorf("after %d exchanges: %v", w.rounds.Load(), err)
	}
	w.close()
	t.Logf("%d conversations, %d of them valid, %d numbered messages meanwhile", count, valid.Load(), w.rounds.Load()*2*burst)
	if w.rounds.Load() == 0 {
		t.Error("the witnesses have exchanged nothing")
	}

	begin := time.Now()
	for left := ""; ; time.Sleep(5 * time.Millisecond) {
		if left = remains(t, s, before); left == "" {
			break
		}
		if time.Since(begin) > patience {
			t.Errorf("all clients have left, and there are %s", left)
			break
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	for _, row := range reason.All() {
		if n := s.Count(row.ID); n > 0 {
			t.Logf("%7d %s", n, row.Name)
		}
	}
}

// account is what a process has.
type account struct{ goroutines, descriptors int }

func take(t *testing.T) account {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return account{runtime.NumGoroutine(), len(list)}
}

// remains tells what is there that was not before, or nothing.
func remains(t *testing.T, s *server.Server, before account) string {
	now := take(t)
	if s.Connections()+s.Subscriptions()+s.Sessions()+s.Stored()+s.BuffersLent() == 0 &&
		now.goroutines <= before.goroutines && now.descriptors <= before.descriptors {
		return ""
	}
	return fmt.Sprintf("%d connections, %d subscriptions, %d sessions, %d bytes stored, %d buffers lent; %d goroutines and %d descriptors, before %d and %d",
		s.Connections(), s.Subscriptions(), s.Sessions(), s.Stored(), s.BuffersLent(), now.goroutines, now.descriptors, before.goroutines, before.descriptors)
}
