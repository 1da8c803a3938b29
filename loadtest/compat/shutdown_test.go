package e2e

import (
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// SIGTERM: what is under way is delivered, MQTT 5 clients are told 0x8B, older
// ones and NATS clients see the close, the process exits with 0.
func TestTerminationWithConnectedClients(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		var m5s []*client5
		var closed []chan struct{}
		for i := range 20 {
			c := s.mqtt5(t)
			c.subscribe(t, "x/#")
			m5s = append(m5s, c)
			end := make(chan struct{})
			nc := s.natsClient(t, nats.ClosedHandler(func(*nats.Conn) { close(end) }))
			subscribe(t, nc, "x.>")
			closed = append(closed, end)
			must(t, nc.Publish(fmt.Sprintf("x.%d", i), nil))
		}
		m4 := s.rawMQTT(t, 4, 60)
		raw := s.rawNATS(t, connect0+"PING\r\n")
		raw.expect(t, "PONG\r\n")

		begin := time.Now()
		s.stop()
		t.Logf("it took %v", time.Since(begin).Round(time.Millisecond))
		for _, c := range m5s {
			if d := next(t, c.disconnect, "DISCONNECT from the server that stops"); d.ReasonCode != 0x8b {
				t.Errorf("DISCONNECT %#x, want 0x8b", d.ReasonCode)
			}
		}
		for _, end := range closed {
			next1(t, end, "nats.go to see the end")
		}
		if got := m4.rest(t); got != "" {
			t.Errorf("a 3.1.1 client is told % x", got)
		}
		if got := raw.rest(t); got != "" && got[:5] != "INFO " {
			t.Errorf("a NATS client is told %q", got)
		}
		for _, addr := range []string{s.nats, s.mqtt} {
			if c, err := net.Dial("tcp", addr); err == nil {
				c.Close()
				t.Errorf("%s is still listening", addr)
			}
		}
	})
}

// A client that has not said who it is does not hold up the end either.
func TestTerminationWithAClientAtTheDoor(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		silent, half, nats := dial(t, s.mqtt), dial(t, s.mqtt), s.rawNATS(t, "")
		half.send(t, mqttConnect(5, "half", 60, "")[:9])
		s.rawMQTT(t, 4, 60) // accepted after them
		begin := time.Now()
		s.stop()
		if d := time.Since(begin); d > patience/2 {
			t.Errorf("it took %v", d)
		}
		for _, w := range []*wire{silent, half, nats} {
			if got := w.rest(t); got != "" {
				t.Errorf("a client that said nothing is told %q", got)
			}
		}
	})
}

// A client that reads nothing does not hold up the end.
func TestTerminationWithAStalledReader(t *testing.T) {
	t.Parallel()
	s := start(t, "--lanes", "2")
	w := s.rawNATS(t, connect0+"SUB big 1\r\nPING\r\n")
	w.expect(t, "PONG\r\n")
	_ = w.Conn.(*net.TCPConn).SetReadBuffer(16 << 10)
	pub := s.natsClient(t)
	for range 20 {
		must(t, pub.Publish("big", make([]byte, 1<<20)))
	}
	must(t, pub.Flush())
	s.stop()
}

func TestInterruptEndsToo(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.natsClient(t, nats.ClosedHandler(nil))
	s.expected = true
	must(t, s.cmd.Process.Signal(syscall.SIGINT))
	next1(t, s.exited, "the end after SIGINT")
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d after SIGINT", code)
	}
}
