package e2e

import (
	"encoding/json"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// SIGUSR2: listeners close, NATS clients are told, nobody is cut within the grace,
// then all are, one by one, and the process exits with 0.
func TestLameDuck(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const clients = 8 // and three others
		told := make(chan struct{}, clients)
		gone := make(chan time.Time, 2*clients)
		var last *nats.Conn
		for range clients {
			last = s.natsClient(t,
				nats.LameDuckModeHandler(func(*nats.Conn) { told <- struct{}{} }),
				nats.NoReconnect(),
				nats.ClosedHandler(func(*nats.Conn) { gone <- time.Now() }))
		}
		m5 := s.mqtt5(t)
		m4 := s.rawMQTT(t, 4, 60)
		old := s.rawNATS(t, connect0+"PING\r\n") // protocol 0
		old.expect(t, "PONG\r\n")

		begin := time.Now()
		s.expected = true
		must(t, s.cmd.Process.Signal(syscall.SIGUSR2))
		for range clients {
			next1(t, told, "nats.go to be told")
		}
		for _, addr := range []string{s.nats, s.mqtt} {
			if c, err := net.Dial("tcp", addr); err == nil {
				c.Close()
				t.Errorf("%s is still listening", addr)
			}
		}
		// Everything goes on within the grace.
		inbox := subscribe(t, last, "x")
		must(t, last.Publish("x", []byte("still")))
		if m := next(t, inbox, "a message within the grace"); string(m.Data) != "still" {
			t.Errorf("got %q", m.Data)
		}
		for range clients {
			if at := next(t, gone, "a client to be closed"); at.Sub(begin) < 900*time.Millisecond {
				t.Errorf("a client was closed %v after the signal", at.Sub(begin))
			}
		}
		if d := next(t, m5.disconnect, "DISCONNECT of the lame duck"); d.ReasonCode != 0x8b {
			t.Errorf("DISCONNECT %#x, want 0x8b", d.ReasonCode)
		}
		if got := m4.rest(t); got != "" {
			t.Errorf("a 3.1.1 client is told % x", got)
		}
		if got := old.rest(t); got != "" {
			t.Errorf("a NATS client of protocol 0 is told %q", got)
		}
		next1(t, s.exited, "the end")
		if code := s.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if want := "reason=lame_duck count=11 total=11"; !strings.Contains(s.log.String(), want) {
			t.Errorf("the log has no %q", want)
		}
	}, "--lame-duck-grace", "1s", "--lame-duck-duration", "2s", "--log-level", "debug")
}

// SIGTERM during the lame duck drains at once; without any client there is
// nothing to wait for.
func TestLameDuckEndsEarly(t *testing.T) {
	t.Parallel()
	s := start(t)
	told := make(chan struct{}, 1)
	s.natsClient(t, nats.LameDuckModeHandler(func(*nats.Conn) { told <- struct{}{} }))
	must(t, s.cmd.Process.Signal(syscall.SIGUSR2))
	next1(t, told, "nats.go to be told")
	s.stop()

	s = start(t)
	s.expected = true
	must(t, s.cmd.Process.Signal(syscall.SIGUSR2))
	next1(t, s.exited, "the end")
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// --client-advertise is where nats.go learns of other servers.
func TestAdvertisedAddresses(t *testing.T) {
	t.Parallel()
	s := start(t, "--client-advertise", "a.example:4222,[::1]:4333")
	nc := s.natsClient(t)
	if got := strings.Join(nc.DiscoveredServers(), " "); !strings.Contains(got, "a.example:4222") || !strings.Contains(got, "[::1]:4333") {
		t.Errorf("nats.go has discovered %q", got)
	}
	w := dial(t, s.nats)
	var info struct {
		Host string   `json:"host"`
		Port int      `json:"port"`
		URLs []string `json:"connect_urls"`
	}
	must(t, json.Unmarshal([]byte(strings.TrimPrefix(w.line(t), "INFO ")), &info))
	if info.Host != "a.example" || info.Port != 4222 || len(info.URLs) != 2 {
		t.Errorf("INFO has %+v", info)
	}
}
