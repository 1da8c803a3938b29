package e2e

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// wire is a raw connection, for what no client library would send.
type wire struct {
	net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, addr string) *wire {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, patience)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(3 * patience))
	return &wire{c, bufio.NewReader(c)}
}

// rawNATS connects, reads INFO and sends what is given.
func (s *server) rawNATS(t *testing.T, say string) *wire {
	t.Helper()
	w := dial(t, s.nats)
	if line := w.line(t); !strings.HasPrefix(line, "INFO {") {
		t.Fatalf("the server begins with %q", line)
	}
	w.send(t, say)
	return w
}

func (w *wire) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatalf("send %.40q: %v", text, err)
	}
}

// line is the next line, without its end.
func (w *wire) line(t *testing.T) string {
	t.Helper()
	text, err := w.r.ReadString('\n')
	if err != nil {
		t.Fatalf("reading a line: %v after %q", err, text)
	}
	return strings.TrimRight(text, "\r\n")
}

// expect reads exactly this text.
func (w *wire) expect(t *testing.T, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(w.r, got)
	if string(got[:n]) != want {
		t.Fatalf("read %q (%v), want %q", got[:n], err, want)
	}
}

// rest is everything that comes until the server closes. A reset counts as a
// close; what is lost by it shows in the text.
func (w *wire) rest(t *testing.T) string {
	t.Helper()
	text, err := io.ReadAll(w.r)
	if isTimeout(err) {
		t.Fatalf("the server does not close; it sent %q", text)
	}
	return string(text)
}

// The MQTT packets of these tests, written by hand: an encoder of their own is
// what makes them an independent check.

func mqttString(s string) string {
	return string(binary.BigEndian.AppendUint16(nil, uint16(len(s)))) + s
}

func mqttPacket(first byte, body string) string {
	out := []byte{first}
	for n := len(body); ; {
		b := byte(n & 0x7f)
		if n >>= 7; n > 0 {
			out = append(out, b|0x80)
			continue
		}
		return string(append(out, b)) + body
	}
}

// mqttConnect is a CONNECT with a clean session; properties, in version 5, come
// with their length in front.
func mqttConnect(version byte, id string, keepalive uint16, properties string) string {
	name := "MQTT"
	if version == 3 {
		name = "MQIsdp"
	}
	if version == 5 && properties == "" {
		properties = "\x00"
	}
	body := mqttString(name) + string([]byte{version, 2}) +
		string(binary.BigEndian.AppendUint16(nil, keepalive)) + properties + mqttString(id)
	return mqttPacket(0x10, body)
}

func mqttSubscribe(version byte, filter string) string {
	body := "\x00\x01"
	if version == 5 {
		body += "\x00"
	}
	return mqttPacket(0x82, body+mqttString(filter)+"\x00")
}

func mqttPublish(version byte, topic, payload string) string {
	body := mqttString(topic)
	if version == 5 {
		body += "\x00"
	}
	return mqttPacket(0x30, body+payload)
}

// rawMQTT connects with a CONNECT of that version and reads its CONNACK.
func (s *server) rawMQTT(t *testing.T, version byte, keepalive uint16) *wire {
	t.Helper()
	w := dial(t, s.mqtt)
	w.send(t, mqttConnect(version, unique("raw"), keepalive, ""))
	first, body := w.packet(t)
	if first != 0x20 || len(body) < 2 || body[1] != 0 {
		t.Fatalf("CONNECT was answered by %#x % x", first, body)
	}
	return w
}

// packet reads one packet: its first byte and what follows the length.
func (w *wire) packet(t *testing.T) (byte, []byte) {
	t.Helper()
	first, err := w.r.ReadByte()
	must(t, err)
	size, shift := 0, 0
	for {
		b, err := w.r.ReadByte()
		must(t, err)
		size |= int(b&0x7f) << shift
		if shift += 7; b < 0x80 {
			break
		}
	}
	body := make([]byte, size)
	_, err = io.ReadFull(w.r, body)
	must(t, err)
	return first, body
}

// expectPacket reads a packet and compares its first byte and the beginning of
// its body.
func (w *wire) expectPacket(t *testing.T, first byte, begin string) {
	t.Helper()
	got, body := w.packet(t)
	if got != first || !strings.HasPrefix(string(body), begin) {
		t.Fatalf("got packet %#x % x, want %#x % x...", got, body, first, begin)
	}
}

func isTimeout(err error) bool {
	ne := net.Error(nil)
	return errors.As(err, &ne) && ne.Timeout()
}
