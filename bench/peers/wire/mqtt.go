package wire

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// MQTT is MQTT 3.1.1 at QoS 0 with clean sessions.
type MQTT struct{}

const (
	connect    = 0x10
	connack    = 0x20
	publish    = 0x30
	subscribe  = 0x82
	suback     = 0x90
	pingresp   = 0xd0
	packetID   = 1
	keepalive  = 300 // seconds; no run lasts that long
	cleanStart = 0x02
)

var topics = strings.NewReplacer(".", "/", "*", "+", ">", "#")

func (MQTT) Hello(id, filter string) ([]byte, int) {
	body := appendString(nil, "MQTT")
	body = append(body, 4, cleanStart)
	body = binary.BigEndian.AppendUint16(body, keepalive)
	body = appendString(body, id)
	hello := appendPacket(nil, connect, body)
	if filter == "" {
		return hello, 1
	}
	body = binary.BigEndian.AppendUint16(nil, packetID)
	body = appendString(body, topics.Replace(filter))
	body = append(body, 0)
	return appendPacket(hello, subscribe, body), 2
}

func (MQTT) Publish(dst []byte, subject string, payload []byte) []byte {
	body := appendString(nil, topics.Replace(subject))
	return appendPacket(dst, publish, append(body, payload...))
}

func (MQTT) Next(in []byte) (Kind, int, error) {
	if len(in) < 2 {
		return Incomplete, 0, nil
	}
	length, n := binary.Uvarint(in[1:])
	if n == 0 {
		return Incomplete, 0, nil
	}
	size := 1 + n + int(length)
	if n < 0 || n > 4 {
		return 0, 0, fmt.Errorf("remaining length % x", in[:6])
	}
	if size > len(in) {
		return Incomplete, 0, nil
	}
	switch in[0] {
	case publish:
		return Message, size, nil
	case connack:
		if code := in[size-1]; code != 0 {
			return 0, 0, fmt.Errorf("CONNACK with code %d", code)
		}
		return Answer, size, nil
	case suback:
		if code := in[size-1]; code != 0 {
			return 0, 0, fmt.Errorf("SUBACK with code %#x", code)
		}
		return Answer, size, nil
	case pingresp:
		return Notice, size, nil
	}
	return 0, 0, fmt.Errorf("server sent packet % x", in[:size])
}

func (MQTT) Trailer() int { return 0 }

func (MQTT) Pong() []byte { panic("an MQTT server sends no Ping") }

func appendPacket(dst []byte, header byte, body []byte) []byte {
	dst = append(dst, header)
	dst = binary.AppendUvarint(dst, uint64(len(body)))
	return append(dst, body...)
}

func appendString(dst []byte, s string) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(s)))
	return append(dst, s...)
}
