package client

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// listen serves one connection with f until the test ends.
func listen(t *testing.T, f func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c, err := l.Accept(); err == nil {
			defer c.Close()
			f(c)
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// witness notes what its client is told.
type witness struct {
	Deaf
	opened bool
	err    error
}

func (w *witness) Opened(*Client)            { w.opened = true }
func (w *witness) Closed(_ *Client, e error) { w.err = e }

func newTestLoop(t *testing.T) *Loop {
	t.Helper()
	l, err := NewLoop(func() int64 { return time.Now().UnixNano() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// turnUntil turns the loop until done says so.
func turnUntil(t *testing.T, l *Loop, done func() bool) {
	t.Helper()
	for !done() {
		if t.Context().Err() != nil {
			t.Fatal("the test is over")
		}
		if err := l.Turn(10 * time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
}

// A server takes 20 MB in small pieces, and nothing before the socket is full: everything arrives, in order, and the
// client is blocked in between and holds nothing in the end.
func TestOutputOfManyMegabytes(t *testing.T) {
	const total = 20 << 20
	got, full := make(chan error, 1), make(chan struct{})
	to := listen(t, func(c net.Conn) {
		fmt.Fprint(c, "INFO {}\r\n")
		r := bufio.NewReader(c)
		for range 2 { // CONNECT, PING
			if _, err := r.ReadString('\n'); err != nil {
				got <- err
				return
			}
		}
		fmt.Fprint(c, "PONG\r\n")
		<-full
		piece := make([]byte, 4099)
		for at := 0; at < total; {
			n, err := r.Read(piece[:min(len(piece), total-at)])
			if err != nil {
				got <- err
				return
			}
			for i, b := range piece[:n] {
				if b != byte((at+i)%251) {
					got <- fmt.Errorf("byte %d is %d", at+i, b)
					return
				}
			}
			at += n
		}
		got <- nil
	})
	l := newTestLoop(t)
	var w witness
	c := l.Dial(&Options{Protocol: NATS, To: to, Patience: time.Minute}, "test", 0, &w)
	turnUntil(t, l, func() bool { return w.opened || w.err != nil })
	blocked := false
	for at := 0; at < total && w.err == nil; {
		if c.Blocked() {
			if !blocked {
				blocked = true
				close(full)
			}
			turnUntil(t, l, func() bool { return !c.Blocked() })
			continue
		}
		b := c.Output()
		for n := min(FlushAt, total-at); n > 0; n-- {
			b = append(b, byte(at%251))
			at++
		}
		c.SetOutput(b)
		c.Flush()
	}
	turnUntil(t, l, func() bool { return c.Waiting() == 0 || w.err != nil })
	if err := <-got; err != nil || w.err != nil {
		t.Fatal(err, w.err)
	}
	if !blocked || c.out != nil {
		t.Errorf("blocked %v, %d bytes of buffer in the end", blocked, cap(c.out))
	}
}

// Whoever is not opened is told why, in the server's words if it has any.
func TestWhyItWasNotOpened(t *testing.T) {
	silent := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	for _, c := range []struct {
		name     string
		protocol Protocol
		version  mqtt.Version
		serve    func(net.Conn)
		want     string
	}{
		{"no INFO", NATS, 0, silent, "no INFO"},
		{"no CONNACK", MQTT, mqtt.V311, silent, "no answer to CONNECT"},
		{"-ERR", NATS, 0, func(c net.Conn) { fmt.Fprint(c, "INFO {}\r\n-ERR 'Authorization Violation'\r\n") }, "Authorization Violation"},
		{"TLS", NATS, 0, func(c net.Conn) { fmt.Fprint(c, "INFO {\"tls_required\":true}\r\n") }, "TLS"},
		{"return code", MQTT, mqtt.V311, func(c net.Conn) {
			_, _ = c.Write(mqtt.AppendConnack(nil, mqtt.V311, false, 5, nil))
		}, "return code 5"},
		{"reason code", MQTT, mqtt.V5, func(c net.Conn) {
			_, _ = c.Write(mqtt.AppendConnack(nil, mqtt.V5, false, mqtt.CodeNotAuthorized, nil))
		}, "0x87"},
		{"no MQTT 5", MQTT, mqtt.V5, func(c net.Conn) {
			_, _ = c.Write(mqtt.AppendConnack(nil, mqtt.V311, false, 1, nil))
		}, "perhaps the server does not speak it"},
		{"closed", MQTT, mqtt.V311, func(net.Conn) {}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newTestLoop(t)
			var w witness
			l.Dial(&Options{Protocol: c.protocol, Version: c.version, To: listen(t, c.serve), Patience: 300 * time.Millisecond}, "test", 0, &w)
			turnUntil(t, l, func() bool { return w.err != nil })
			if w.opened || !strings.Contains(w.err.Error(), c.want) || l.Live() != 0 {
				t.Errorf("opened %v, %d live, error %v; want one with %q", w.opened, l.Live(), w.err, c.want)
			}
		})
	}
}

// A client that does not read is told of nothing, and reads on where it was.
func TestPause(t *testing.T) {
	sent, more := make(chan struct{}), make(chan struct{})
	to := listen(t, func(c net.Conn) {
		fmt.Fprint(c, "INFO {}\r\nPONG\r\nMSG a 1 2\r\nhi\r\n")
		close(sent)
		<-more
		_, _ = io.Copy(io.Discard, c)
	})
	l := newTestLoop(t)
	h := &reader{}
	c := l.Dial(&Options{Protocol: NATS, To: to, Patience: time.Minute}, "test", 0, h)
	turnUntil(t, l, func() bool { return c.state != stateConnecting })
	c.Pause(true)
	<-sent
	for range 5 {
		if err := l.Turn(time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if h.payload.Len() != 0 {
		t.Errorf("%q came in the pause", h.payload.Bytes())
	}
	c.Pause(false)
	turnUntil(t, l, func() bool { return h.payload.Len() > 0 })
	if h.payload.String() != "hi" {
		t.Errorf("%q", h.payload.String())
	}
	close(more)
	c.Close()
}

type reader struct {
	Deaf
	payload bytes.Buffer
}

func (r *reader) Message(_ *Client, m *Message) { r.payload.Write(m.Payload) }
