package e2e

import (
	"testing"
	"time"
)

// A NATS client that leaves two PINGs unanswered is cut; one that answers is
// not, and one that sends anything else is not even asked.
func TestHeartbeat(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		polite := s.natsClient(t) // nats.go answers
		busy := s.rawNATS(t, connect0)
		begin := time.Now()
		silent := s.rawNATS(t, connect0)
		var after time.Duration
		end := make(chan string, 1)
		go func() {
			text := make([]byte, 0, 200)
			for {
				n, err := silent.r.Read(text[len(text):cap(text)])
				if text = text[:len(text)+n]; err != nil {
					after = time.Since(begin)
					end <- string(text)
					return
				}
			}
		}()
		stop := time.Now().Add(5 * time.Second)
		for time.Now().Before(stop) {
			busy.send(t, "PUB busy 0\r\n\r\n")
			time.Sleep(100 * time.Millisecond)
		}
		if got := next(t, end, "the cut of the silent client"); got != "PING\r\nPING\r\n-ERR 'Stale Connection'\r\n" {
			t.Errorf("the silent client is told %q", got)
		}
		// The first PING comes one to two heartbeats after the last input, as
		// nats-server's does.
		if limit := 4*time.Second + patience/10; after < 2500*time.Millisecond || after > limit {
			t.Errorf("cut after %v, want 3 to 4 s", after)
		}
		must(t, polite.Flush())
		busy.send(t, "SUB x 1\r\nPUB x 0\r\n\r\n")
		busy.expect(t, "MSG x 1 0\r\n\r\n")
	}, "--heartbeat", "1s")
}
