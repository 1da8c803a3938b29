package wire

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// MQTT is MQTT 3.1.1 at one QoS, 0 or 1, with clean sessions.
type MQTT struct{ QoS byte }

const (
	connect    = 0x10
	connack    = 0x20
	publish    = 0x30 // QoS 0; its bits are those of qos1
	puback     = 0x40
	subscribe  = 0x82
	suback     = 0x90
	pingresp   = 0xd0
	keepalive  = 300 // seconds; no run lasts that long
	cleanStart = 0x02
	qos1       = 0x02 // in the first byte of PUBLISH
	qosBits    = 0x06
)

// AckSize is the size of a PUBACK.
const AckSize = 4

var topics = strings.NewReplacer(".", "/", "*", "+", ">", "#")

func (m MQTT) Hello(id, filter string) ([]byte, int) {
	body := appendString(nil, "MQTT")
	body = append(body, 4, cleanStart)
	body = binary.BigEndian.AppendUint16(body, keepalive)
	body = appendString(body, id)
	hello := appendPacket(nil, connect, body)
	if filter == "" {
		return hello, 1
	}
	hello, answers := m.Subscribe(hello, 1, filter)
	return hello, 1 + answers
}

// Subscribe uses one packet for each subscription.
func (m MQTT) Subscribe(dst []byte, number int, filter string) ([]byte, int) {
	body := binary.BigEndian.AppendUint16(nil, uint16(number))
	body = appendString(body, topics.Replace(filter))
	return appendPacket(dst, subscribe, append(body, m.QoS)), 1
}

func (m MQTT) Publish(dst []byte, subject string, id uint16, payload []byte) []byte {
	body, header := appendString(nil, topics.Replace(subject)), byte(publish)
	if m.QoS > 0 {
		body, header = binary.BigEndian.AppendUint16(body, id), publish|qos1
	}
	return appendPacket(dst, header, append(body, payload...))
}

// AppendAck appends the PUBACK of the packet identifier whose two bytes are
// given.
func AppendAck(dst []byte, high, low byte) []byte {
	return append(dst, puback, AckSize-2, high, low)
}

// IdentifierAt returns where in a PUBLISH the packet identifier is: 0 for
// nowhere, as in QoS 0.
func IdentifierAt(frame []byte) int {
	if frame[0]&^0x0f != publish || frame[0]&qosBits == 0 {
		return 0
	}
	_, n := binary.Uvarint(frame[1:])
	topic := 1 + n
	return topic + 2 + int(binary.BigEndian.Uint16(frame[topic:]))
}

func (m MQTT) Next(in []byte) (Kind, int, error) {
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
	case publish, publish | qos1:
		return Message, size, nil
	case puback:
		return Receipt, size, nil
	case connack:
		if code := in[size-1]; code != 0 {
			return 0, 0, fmt.Errorf("CONNACK with code %d", code)
		}
		return Answer, size, nil
	case suback:
		if code := in[size-1]; code != m.QoS {
			return 0, 0, fmt.Errorf("SUBACK with code %#x, want QoS %d", code, m.QoS)
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
