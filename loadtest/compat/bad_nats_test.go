package e2e

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
)

const (
	errUnknown = "-ERR 'Unknown Protocol Operation'\r\n"
	errLine    = "-ERR 'maximum control line exceeded'\r\n"
	errPayload = "-ERR 'Maximum Payload Violation'\r\n"

	tlsHello = "\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03"
	connect0 = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n"
)

func TestBadNATSInput(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		healthy := s.watch(t)
		f := func(bad, want string) {
			t.Helper()
			w := s.rawNATS(t, bad)
			if got := w.rest(t); got != want {
				t.Errorf("%.60q is answered by %q, want %q", bad, got, want)
			}
		}
		for _, bad := range []string{
			"GARBAGE\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", tlsHello, "\x00", "\r\n", "\n", " PING\r\n",
			"MSG a 1 2\r\nhi\r\n", "HMSG a 1 12 12\r\n", "SUB\r\n", "PUBS a 0\r\n", "+OKAY?\xff\r\nX",
		} {
			f(bad, errUnknown)
		}
		f(connect0+"PUB a 2\r\nhixxPING\r\n", errUnknown)
		f(connect0+"PUB a 2\r\nhi\nPING\r\n", errUnknown) // LF alone does not end a payload

		f("PUB "+strings.Repeat("a", 5000), errLine) // no line end, and none is waited for
		f("SUB "+strings.Repeat("a", 4095)+" 1\r\n", errLine)
		f("CONNECT {\"name\":\""+strings.Repeat("n", 5000)+"\"}\r\n", errLine)

		f("PUB a 999999999\r\n", errPayload)
		f("PUB a 1048577\r\n", errPayload)
		f("CONNECT {\"verbose\":false,\"headers\":true}\r\nHPUB a 12 999999999\r\n", errPayload)

		f("CONNECT {\"no_responders\":true}\r\n", "-ERR 'no responders requires headers support'\r\n")
		f("CONNECT {\"protocol\":2}\r\n", "-ERR 'invalid client protocol'\r\n")

		// Where nats-server says nothing.
		for _, silent := range []string{
			"CONNECT {bad\r\n", "CONNECT \r\n", "CONNECT {\"verbose\":\"yes\"}\r\n", "INFO {bad\r\n", "-ERR 'no'\r\n",
			"PUB a b c d\r\n", "PUB a\r\n", "PUB a -1\r\n", "PUB a 1x\r\n", "PUB a 9999999999\r\n",
			"SUB a\r\n", "SUB a b c d\r\n", "UNSUB \r\n",
			connect0 + "HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n", // headers were not agreed on
			"CONNECT {\"verbose\":false,\"headers\":true}\r\nHPUB a 13 12\r\n",
		} {
			f(silent, "")
		}
		healthy.check(t)
	})
}

// What looks strange and is right.
func TestToleratedNATSInput(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		f := func(say, want string) {
			t.Helper()
			w := s.rawNATS(t, connect0+say)
			w.expect(t, want)
			w.Close()
		}
		f("PING\r\n", "PONG\r\n")
		f("pInG\nping xyz\r\nPONG\r\n+OK\r\nPINGX\r\n", "PONG\r\nPONG\r\nPONG\r\n")
		f("SUB \t a.b \t 1 \r\nPUB\ta.b\t002\r\nhi\r\n", "MSG a.b 1 ")
		f("SUB a/b+# x-1\r\nPUB a/b+# 2\r\nhi\r\n", "MSG a/b+# x-1 2\r\nhi\r\n")
		f("SUB foo.*bar 1\r\nPUB foo.*bar 0\r\n\r\nPUB foo.xbar 0\r\n\r\nPING\r\n", "MSG foo.*bar 1 0\r\n\r\nPONG\r\n")
		f("SUB a 1\r\nSUB b 1\r\nPUB b 0\r\n\r\nPUB a 0\r\n\r\nPING\r\n", "MSG a 1 0\r\n\r\nPONG\r\n")
		f("SUB a 1\r\nUNSUB 1 2\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nPUB a 1\r\n3\r\nSUB a 1\r\nPUB a 1\r\n4\r\nPING\r\n",
			"MSG a 1 1\r\n1\r\nMSG a 1 1\r\n2\r\nMSG a 1 1\r\n4\r\nPONG\r\n")
		f("SUB a..b 1\r\nSUB a. 1\r\nSUB >.a 1\r\nPING\r\n", strings.Repeat("-ERR 'Invalid Subject'\r\n", 3)+"PONG\r\n")
		f("SUB > 1\r\nPUB a..b 0\r\n\r\nPING\r\n", "PONG\r\n")
		line := "SUB " + strings.Repeat("a", 4094) + " 1\r\n" // exactly 4096 bytes of arguments
		f(line+"PING\r\n", "PONG\r\n")
	})
}

// Every byte in a packet of its own.
func TestNATSBytewise(t *testing.T) {
	t.Parallel()
	s := start(t, "--lanes", "2")
	w := s.rawNATS(t, "")
	const all = "CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB a.> 7\r\nPUB a.b re 5\r\nhello\r\nHPUB a.c 12 13\r\nNATS/1.0\r\n\r\n!\r\nPING\r\n"
	for i := range len(all) {
		w.send(t, all[i:i+1])
	}
	w.expect(t, "MSG a.b 7 re 5\r\nhello\r\nHMSG a.c 7 12 13\r\nNATS/1.0\r\n\r\n!\r\nPONG\r\n")
}

// The -ERR arrives although the client goes on sending and only reads
// afterwards: the server must take that input before it closes, or the reset
// overtakes the words.
func TestNATSErrorIsReadableWhileTheClientSends(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		megabyte := bytes.Repeat([]byte("x"), 1<<20)
		f := func(bad, want string) {
			t.Helper()
			for i := range 10 {
				w := s.rawNATS(t, connect0+bad)
				for range 4 {
					if _, err := w.Write(megabyte); err != nil {
						break
					}
				}
				if got := w.rest(t); got != want {
					t.Fatalf("try %d: %.20q is answered by %q, want %q", i, bad, got, want)
				}
			}
		}
		f("PUB a 999999999\r\n", errPayload)
		f("GARBAGE\r\n", errUnknown)
	})
}

// Clients that announce a gigabyte cost nothing, however much of it they send.
func TestAnnouncedGigabytesAreNotBuffered(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		healthy := s.watch(t)
		before := s.memory("VmRSS")
		chunk := bytes.Repeat([]byte("x"), 1<<20)
		ends := make(chan struct{}, 100)
		for range 50 {
			n, m := s.rawNATS(t, connect0+"PUB a 999999999\r\n"), s.rawMQTT(t, 5, 60)
			m.send(t, "\x30\xff\xff\xff\x7f\x00\x01a\x00")
			for _, w := range []*wire{n, m} {
				go func() {
					for range 8 {
						if _, err := w.Write(chunk); err != nil {
							break
						}
					}
					_, _ = io.Copy(io.Discard, w.r)
					ends <- struct{}{}
				}()
			}
		}
		for range 100 {
			next(t, ends, "the server to close a client that announced too much")
		}
		healthy.check(t)
		after := s.memory("VmHWM")
		t.Logf("memory: %d KiB before, at most %d KiB", before>>10, after>>10)
		if limit := 64 << 20; after-before > limit && !raceMode {
			t.Errorf("memory grew by %d MiB", (after-before)>>20)
		}
	})
}

// Random bytes on both ports: each client is closed, nobody else notices.
func TestGarbageOnBothPorts(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		healthy := s.watch(t)
		random := rand.New(rand.NewPCG(1, 2))
		starts := map[string][]string{
			s.nats: {"", connect0, connect0 + "PUB a 5000\r\n", connect0 + "SUB ", "CONNECT {", connect0 + "HPUB a 5 5000\r\n"},
			s.mqtt: {"", "\x10", mqttConnect(4, "g4", 60, ""), mqttConnect(5, "g5", 60, ""),
				mqttConnect(5, "g5", 60, "") + "\x82", mqttConnect(5, "g5", 60, "") + "\x30"},
		}
		for addr, begins := range starts {
			for i := range 150 {
				c := dial(t, addr)
				garbage := make([]byte, random.IntN(20_000))
				for i := range garbage {
					garbage[i] = byte(random.Uint32())
				}
				_, _ = io.WriteString(c, begins[i%len(begins)])
				_, _ = c.Write(garbage)
				_ = c.Conn.(*net.TCPConn).CloseWrite()
				c.rest(t)
				c.Close()
			}
		}
		healthy.check(t)
	})
}

func TestMaxConnections(t *testing.T) {
	t.Parallel()
	s := start(t, "--max-connections", "4")
	var held []*wire
	for range 2 {
		n := s.rawNATS(t, connect0+"PING\r\n")
		n.expect(t, "PONG\r\n")
		held = append(held, n, s.rawMQTT(t, 5, 60))
	}
	w := s.rawNATS(t, "") // INFO all the same
	if got := w.rest(t); got != "-ERR 'maximum connections exceeded'\r\n" {
		t.Errorf("one NATS connection too many is told %q", got)
	}
	m := dial(t, s.mqtt)
	_, _ = io.WriteString(m, mqttConnect(5, "late", 60, ""))
	if got := m.rest(t); got != "" && got[0] != 0x20 {
		t.Errorf("one MQTT connection too many is told % x", got)
	}
	held[0].Close()
	held[1].Close()
	eventually(t, "room for a new connection", func() bool {
		c := dial(t, s.nats)
		c.line(t)
		_, _ = io.WriteString(c, "PING\r\nPING\r\n")
		got := make([]byte, 4)
		_, _ = io.ReadFull(c.r, got)
		c.Close()
		return string(got) == "PONG"
	})
}
