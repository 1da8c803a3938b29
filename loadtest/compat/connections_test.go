package e2e

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// A burst above the rate waits; clients of both kinds come in all the same.
func TestConnectionsAboveTheRateComeInLater(t *testing.T) {
	t.Parallel()
	s := start(t, "--max-conn-rate", "20")
	began := time.Now()
	var clients []*wire
	for range 28 {
		w := dial(t, s.mqtt)
		w.send(t, mqttConnect(5, unique("rate"), 60, ""))
		clients = append(clients, w)
	}
	for _, w := range clients {
		if first, body := w.packet(t); first != 0x20 || body[1] != 0 {
			t.Fatalf("CONNECT was answered by %#x % x", first, body)
		}
	}
	for range 28 {
		clients = append(clients, dial(t, s.nats))
	}
	for _, w := range clients[28:] {
		w.line(t)
		w.send(t, "PING\r\n")
		w.expect(t, "PONG\r\n")
	}
	if took := time.Since(began); took < 800*time.Millisecond {
		t.Errorf("two times 28 connections came in within %v, at 20 a second for each listener", took)
	}
	if n := s.counted("connection_delayed"); n < 14 || n > 18 {
		t.Errorf("connection_delayed was counted %d times", n)
	}
}

// Those that would wait for long are told so in their protocol's words.
func TestConnectionsThatWaitTooLongAreRefused(t *testing.T) {
	t.Parallel()
	for _, reference := range []string{"", "other:1883"} {
		s := start(t, "--max-conn-rate", "2", "--server-reference", reference)
		var ns, m5, m4, tight []*wire
		for range 5 {
			ns = append(ns, dial(t, s.nats))
			for _, w := range []struct {
				to         *[]*wire
				version    byte
				properties string
			}{{&m5, 5, ""}, {&m4, 4, ""}, {&tight, 5, mqttProperties("\x27\x00\x00\x00\x06")}} {
				c := dial(t, s.mqtt)
				c.send(t, mqttConnect(w.version, unique("rate"), 60, w.properties))
				*w.to = append(*w.to, c)
			}
		}
		refused := 0
		for _, w := range ns[2:] {
			w.line(t) // INFO
			w.send(t, "PING\r\n")
			if line := w.line(t); line == "-ERR 'Connection throttling is active. Please try again later.'" {
				refused++
				if got := w.rest(t); got != "" {
					t.Errorf("behind it %q", got)
				}
			} else if line != "PONG" {
				t.Errorf("a NATS client is told %q", line)
			}
		}
		if refused == 0 {
			t.Error("no NATS client was refused")
		}
		full := "\x20\x03\x00\x9f\x00"
		if reference != "" {
			full = "\x20\x10\x00\x9c\x0d\x1c\x00\x0aother:1883"
		}
		for _, c := range []struct {
			list []*wire
			want string
		}{{m5, full}, {m4, "\x20\x02\x00\x03"}, {tight, "\x20\x03\x00\x9f\x00"}} {
			if got := c.list[4].rest(t); got != c.want {
				t.Errorf("an MQTT client is told % x, want % x", got, c.want)
			}
		}
		if n := s.counted("connection_rate_exceeded"); n < refused+3 {
			t.Errorf("connection_rate_exceeded was counted %d times", n)
		}
	}
}

// nats.go goes on trying, and gets in.
func TestNATSClientsThatAreThrottledComeBack(t *testing.T) {
	t.Parallel()
	s := start(t, "--max-conn-rate", "4")
	var in []*nats.Conn
	for range 16 {
		nc, err := nats.Connect(s.nats, nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
			nats.ReconnectWait(50*time.Millisecond), nats.Timeout(patience))
		must(t, err)
		t.Cleanup(nc.Close)
		in = append(in, nc)
	}
	for _, nc := range in {
		eventually(t, "nats.go to be connected", nc.IsConnected)
	}
}

// A client that does not come to the point is sent away, at the door and with
// half a CONNECT behind its client identifier.
func TestConnectTimeout(t *testing.T) {
	t.Parallel()
	s := start(t, "--connect-timeout", "500ms")
	began := time.Now()
	silent, half := dial(t, s.mqtt), dial(t, s.mqtt)
	text := mqttConnectWith(5, 0x80, "half", 60, "", mqttString("user"))
	half.send(t, text[:len(text)-2])
	slow := dial(t, s.mqtt)
	go func() {
		for i := range text {
			if _, err := slow.Write([]byte(text[i : i+1])); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	patient := s.rawNATS(t, "")
	for _, w := range []*wire{silent, half, slow} {
		if got := w.rest(t); got != "" {
			t.Errorf("it is told %q", got)
		}
	}
	if took := time.Since(began); took < 500*time.Millisecond || took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	patient.send(t, "PING\r\n")
	patient.expect(t, "PONG\r\n")
	if n := s.counted("connect_timeout"); n != 1 {
		t.Errorf("connect_timeout was counted %d times", n)
	}
	if n := s.counted("door_timeout"); n != 2 {
		t.Errorf("door_timeout was counted %d times", n)
	}
}

func TestHandshakesAreBounded(t *testing.T) {
	t.Parallel()
	s := start(t, "--max-handshakes", "2")
	eventually(t, "two silent connections to fill the door", func() bool {
		dial(t, s.mqtt)
		w := dial(t, s.mqtt)
		_ = w.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, err := w.r.ReadByte()
		return err != nil && !isTimeout(err)
	})
	if n := s.counted("max_handshakes"); n == 0 {
		t.Error("max_handshakes was not counted")
	}
}

// By default the kernel asks for peers that say nothing: a client with keep
// alive 0 that has vanished does not stay for ever.
func TestTheKernelAsksForSilentPeers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flags []string
		asks  bool
	}{{nil, true}, {[]string{"--tcp-keep-alive", "0"}, false}} {
		s := start(t, c.flags...)
		w := s.rawMQTT(t, 4, 0)
		w.ping(t)
		local := w.Conn.LocalAddr().(*net.TCPAddr).Port
		_, port, _ := strings.Cut(s.mqtt, ":")
		var server int
		fmt.Sscan(port, &server)
		const keepAliveTimer = "02"
		eventually(t, fmt.Sprintf("the kernel's keep-alive timer to run: %v", c.asks), func() bool {
			return (kernelTimer(t, server, local) == keepAliveTimer) == c.asks
		})
	}
}

// kernelTimer is the timer of a connection of this machine, as /proc/net/tcp
// names it.
func kernelTimer(t *testing.T, local, remote int) string {
	t.Helper()
	text, err := os.ReadFile("/proc/net/tcp")
	must(t, err)
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) > 5 && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", local)) && strings.HasSuffix(f[2], fmt.Sprintf(":%04X", remote)) {
			timer, _, _ := strings.Cut(f[5], ":")
			return timer
		}
	}
	t.Fatalf("no connection between ports %d and %d", local, remote)
	return ""
}
