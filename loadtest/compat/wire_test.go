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
	return mqttConnectWith(version, 2, id, keepalive, properties, "")
}

// mqttConnectWith has these connect flags, and behind the client identifier
// what they announce.
func mqttConnectWith(version, flags byte, id string, keepalive uint16, properties, will string) string {
	name := "MQTT"
	if version == 3 {
		name = "MQIsdp"
	}
	if version == 5 && properties == "" {
		properties = "\x00"
	}
	body := mqttString(name) + string([]byte{version, flags}) +
		string(binary.BigEndian.AppendUint16(nil, keepalive)) + properties + mqttString(id) + will
	return mqttPacket(0x10, body)
}

// mqttProperties puts their length in front of fewer than 128 bytes of
// properties.
func mqttProperties(all ...string) string {
	text := strings.Join(all, "")
	return string([]byte{byte(len(text))}) + text
}

func sessionExpiry(seconds uint32) string {
	return "\x11" + string(binary.BigEndian.AppendUint32(nil, seconds))
}

func receiveMaximum(n uint16) string {
	return "\x21" + string(binary.BigEndian.AppendUint16(nil, n))
}

func mqttSubscribe(version byte, filter string) string { return mqttSubscribeQoS(version, filter, 0) }

func mqttSubscribeQoS(version byte, filter string, qos byte) string {
	body := "\x00\x01"
	if version == 5 {
		body += "\x00"
	}
	return mqttPacket(0x82, body+mqttString(filter)+string([]byte{qos}))
}

func mqttPublish(version byte, topic, payload string) string {
	body := mqttString(topic)
	if version == 5 {
		body += "\x00"
	}
	return mqttPacket(0x30, body+payload)
}

// mqttPublish1 is a PUBLISH with QoS 1.
func mqttPublish1(version byte, id uint16, topic, payload string) string {
	body := mqttString(topic) + string(binary.BigEndian.AppendUint16(nil, id))
	if version == 5 {
		body += "\x00"
	}
	return mqttPacket(0x32, body+payload)
}

// mqttAck is a packet that holds an identifier alone: PUBACK (0x40), PUBREC
// (0x50), PUBREL (0x62), PUBCOMP (0x70).
func mqttAck(first byte, id uint16) string {
	return mqttPacket(first, string(binary.BigEndian.AppendUint16(nil, id)))
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

// rawSession connects with a session that stays (in version 5 with these
// properties) and says whether the server had one.
func (s *server) rawSession(t *testing.T, version byte, id string, properties ...string) (*wire, bool) {
	t.Helper()
	w := dial(t, s.mqtt)
	head := ""
	if version == 5 {
		head = mqttProperties(properties...)
	}
	w.send(t, mqttConnectWith(version, 0, id, 0, head, ""))
	first, body := w.packet(t)
	if first != 0x20 || len(body) < 2 || body[1] != 0 {
		t.Fatalf("CONNECT was answered by %#x % x", first, body)
	}
	return w, body[0] == 1
}

// grant subscribes with QoS 1 and expects that it is granted.
func (w *wire) grant(t *testing.T, version byte, filter string) {
	t.Helper()
	w.send(t, mqttSubscribeQoS(version, filter, 1))
	want := "\x00\x01\x01"
	if version == 5 {
		want = "\x00\x01\x00\x01"
	}
	w.expectPacket(t, 0x90, want)
}

// ping waits until the server has read everything sent before. Nothing else may
// come in between.
func (w *wire) ping(t *testing.T) {
	t.Helper()
	w.send(t, "\xc0\x00")
	w.expectPacket(t, 0xd0, "")
}

// packet reads one packet: its first byte and what follows the length.
func (w *wire) packet(t *testing.T) (byte, []byte) {
	t.Helper()
	first, body, err := w.readPacket()
	must(t, err)
	return first, body
}

func (w *wire) readPacket() (first byte, body []byte, err error) {
	if first, err = w.r.ReadByte(); err != nil {
		return 0, nil, err
	}
	size, shift := 0, 0
	for {
		b, err := w.r.ReadByte()
		if err != nil {
			return 0, nil, err
		}
		size |= int(b&0x7f) << shift
		if shift += 7; b < 0x80 {
			break
		}
	}
	body = make([]byte, size)
	_, err = io.ReadFull(w.r, body)
	return first, body, err
}

// delivery is a PUBLISH as it came.
type delivery struct {
	topic, payload, properties string
	qos                        byte
	dup, retain                bool
	id                         uint16 // 0 for QoS 0
}

// readDelivery takes a PUBLISH apart.
func readDelivery(version, first byte, body []byte) delivery {
	d := delivery{qos: first >> 1 & 3, dup: first&8 != 0, retain: first&1 != 0}
	n := binary.BigEndian.Uint16(body)
	d.topic, body = string(body[2:2+n]), body[2+n:]
	if d.qos > 0 {
		d.id, body = binary.BigEndian.Uint16(body), body[2:]
	}
	if version == 5 {
		size, width := binary.Uvarint(body) // the same form as MQTT's
		body = body[width:]
		d.properties, body = string(body[:size]), body[size:]
	}
	d.payload = string(body)
	return d
}

// delivery reads a packet, which must be a PUBLISH.
func (w *wire) delivery(t *testing.T, version byte) delivery {
	t.Helper()
	first, body := w.packet(t)
	if first>>4 != 3 {
		t.Fatalf("got packet %#x % x, want a PUBLISH", first, body)
	}
	return readDelivery(version, first, body)
}

// deliveries reads so many messages of QoS 1 with these payloads and this DUP
// flag, and gives their identifiers.
func (w *wire) deliveries(t *testing.T, version byte, dup bool, payloads ...string) []uint16 {
	t.Helper()
	var ids []uint16
	for _, want := range payloads {
		d := w.delivery(t, version)
		if d.payload != want || d.qos != 1 || d.dup != dup || d.id == 0 {
			t.Fatalf("got %+v, want payload %q with QoS 1 and DUP %v", d, want, dup)
		}
		ids = append(ids, d.id)
	}
	return ids
}

// ack acknowledges with PUBACK.
func (w *wire) ack(t *testing.T, ids ...uint16) {
	t.Helper()
	for _, id := range ids {
		w.send(t, mqttAck(0x40, id))
	}
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
