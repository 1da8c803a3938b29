//go:build yardsticks

package yardsticks

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sequence is a conversation as Mosquitto's files have it. Left out: "connect" is
// true, "expect_disconnect" is true, "ver" is 4.
type sequence struct {
	Name       string
	Version    *int  `json:"ver"`
	Connect    *bool `json:"connect"`
	Disconnect *bool `json:"expect_disconnect"`
	Messages   []struct {
		Type    string // send, recv, or publish by another client
		Payload string // hex, but for publish
		Topic   string
		QoS     byte
	} `json:"msgs"`
}

func (s *sequence) version() byte {
	if s.Version == nil {
		return 4
	}
	return byte(*s.Version)
}

func isTrue(b *bool) bool { return b == nil || *b }

func TestMosquittoSequences(t *testing.T) {
	dir := filepath.Join(checkout(t, "MOSQUITTO", "test/broker/data"), "test/broker/data")
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sequences in %s (%v)", dir, err)
	}
	address := start(t, "--max-topic-alias", "10") // as Mosquitto has it
	found := outcomes{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var groups []struct {
			Group   string
			Disable bool
			Tests   []sequence
		}
		if err := json.Unmarshal(text, &groups); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, g := range groups {
			for _, s := range g.Tests {
				if !g.Disable { // in the order of the files: some lean on those before
					found.add(strings.Join(strings.Fields(g.Group+": "+s.Name), " "), s.run(address))
				}
			}
		}
	}
	found.compare(t, "Mosquitto's sequences")
}

// run plays a sequence and says what came otherwise.
func (s *sequence) run(address string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	w := wire{c}
	if isTrue(s.Connect) {
		if err := w.connect(s.version(), s.Name); err != nil {
			return err
		}
	}
	for _, m := range s.Messages {
		switch m.Type {
		case "send":
			var bytes []byte
			if bytes, err = decode(m.Payload); err == nil {
				_, err = c.Write(bytes)
			}
		case "recv":
			var want []byte
			if want, err = decode(m.Payload); err == nil {
				err = w.expect(want)
			}
		case "publish":
			err = publish(address, m.Topic, m.Payload, m.QoS)
		default:
			err = fmt.Errorf("a message of type %q", m.Type)
		}
		if err != nil {
			return err
		}
	}
	if isTrue(s.Disconnect) {
		return w.ended()
	}
	if _, err := c.Write([]byte{0xc0, 0}); err != nil {
		return err
	}
	return w.expect([]byte{0xd0, 0})
}

func decode(text string) ([]byte, error) { return hex.DecodeString(strings.ReplaceAll(text, " ", "")) }

// publish sends a message as another client, MQTT 3.1.1.
func publish(address, topic, payload string, qos byte) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	w := wire{c}
	if err := w.connect(4, "helper"); err != nil {
		return err
	}
	body := append([]byte{0, byte(len(topic))}, topic...)
	if qos > 0 {
		body = append(body, 0, 1)
	}
	body = append(body, payload...)
	send := [][]byte{append([]byte{0x30 | qos<<1, byte(len(body))}, body...)}
	var answers [][]byte
	switch qos {
	case 1:
		answers = [][]byte{{0x40, 2, 0, 1}}
	case 2:
		send = append(send, []byte{0x62, 2, 0, 1})
		answers = [][]byte{{0x50, 2, 0, 1}, {0x70, 2, 0, 1}}
	}
	for i, packet := range send {
		if _, err := c.Write(packet); err != nil {
			return err
		}
		if i < len(answers) {
			if err := w.expect(answers[i]); err != nil {
				return fmt.Errorf("the other client: %w", err)
			}
		}
	}
	return nil
}

// wire is a connection in packets.
type wire struct{ net.Conn }

// connect is the CONNECT that stands before most sequences.
func (w wire) connect(version byte, id string) error {
	name := "MQTT"
	if version == 3 {
		name = "MQIsdp"
	}
	body := append([]byte{0, byte(len(name))}, name...)
	body = append(body, version, 2, 0, 60)
	if version == 5 {
		body = append(body, 3, 0x21, 0, 20) // Receive Maximum
	}
	body = append(append(body, byte(len(id)>>8), byte(len(id))), id...)
	packet := []byte{0x10}
	for n := len(body); ; n >>= 7 {
		if n < 128 {
			packet = append(packet, byte(n))
			break
		}
		packet = append(packet, byte(n)|128)
	}
	if _, err := w.Write(append(packet, body...)); err != nil {
		return err
	}
	ack, err := w.packet()
	if err == nil && (len(ack) < 4 || ack[0] != 0x20 || ack[3] != 0) {
		err = fmt.Errorf("CONNECT is answered by % x", ack)
	}
	return err
}

// packet reads one.
func (w wire) packet() ([]byte, error) {
	_ = w.SetReadDeadline(time.Now().Add(patience))
	var b [1]byte
	var packet []byte
	length := 0
	for shift := 0; ; shift += 7 {
		first := len(packet) == 0
		if _, err := io.ReadFull(w, b[:]); err != nil {
			return packet, err
		}
		packet = append(packet, b[0])
		if first {
			shift = -7
			continue
		}
		length |= int(b[0]&127) << shift
		if b[0] < 128 {
			break
		}
	}
	rest := make([]byte, length)
	_, err := io.ReadFull(w, rest)
	return append(packet, rest...), err
}

// expect reads what a sequence says. Two things are each server's own: the properties
// of CONNACK, and what DISCONNECT says beside its reason.
func (w wire) expect(want []byte) error {
	got, err := w.packet()
	if err != nil {
		return fmt.Errorf("no % x", want)
	}
	switch {
	case got[0] == 0x20 && want[0] == 0x20 && len(got) > 4 && len(want) > 4:
		got, want = got[:4:4], want[:4:4]
		got[1], want[1] = 0, 0
	case got[0] == 0xe0 && want[0] == 0xe0 && len(got) > 2 && len(want) > 2:
		got, want = got[:3:3], want[:3:3]
		got[1], want[1] = 1, 1
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("got % x, want % x", got, want)
	}
	return nil
}

// ended waits for the end of the connection. CONNACK that refuses and DISCONNECT are
// words that a server may say before.
func (w wire) ended() error {
	for {
		got, err := w.packet()
		var late net.Error
		switch {
		case errors.As(err, &late) && late.Timeout():
			return errors.New("still connected")
		case err != nil:
			return nil
		case got[0] == 0xe0, got[0] == 0x20 && len(got) > 3 && got[3] != 0:
		default:
			return fmt.Errorf("got % x, want the end", got)
		}
	}
}
