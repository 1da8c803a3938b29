package disturb

import (
	"bytes"
	"math/rand/v2"
	"slices"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// bend makes one fault. The packets are the conversation's own, as is their order.
func (c *conversation) bend(r *rand.Rand) {
	if len(c.packets) == 0 {
		c.packets = [][]byte{noise(r)}
		return
	}
	at := r.IntN(len(c.packets))
	p := &c.packets[at]
	switch r.IntN(12) {
	case 0, 1: // bits
		*p = bytes.Clone(*p)
		for range 1 + r.IntN(8) {
			if len(*p) > 0 {
				(*p)[r.IntN(len(*p))] ^= 1 << r.IntN(8)
			}
		}
	case 2: // a packet that is cut
		*p = (*p)[:r.IntN(len(*p)+1)]
	case 3:
		c.packets = slices.Delete(c.packets, at, at+1)
	case 4:
		c.packets = slices.Insert(c.packets, r.IntN(len(c.packets)+1), *p)
	case 5:
		other := r.IntN(len(c.packets))
		c.packets[at], c.packets[other] = c.packets[other], c.packets[at]
	case 6, 7:
		*p = c.lying(r, *p)
	case 8:
		c.packets = slices.Insert(c.packets, at, noise(r))
	case 9:
		c.packets = slices.Insert(c.packets, at, c.stray(r))
	case 10: // what the other protocol would say
		if c.nats {
			c.packets = slices.Insert(c.packets, at, mqttPublish(r, mqtt.V311, 1))
		} else {
			c.packets = slices.Insert(c.packets, at, []byte("PUB a 1\r\nx\r\n"))
		}
	default: // the end in the middle
		c.packets = c.packets[:at+1]
		c.packets[at] = (*p)[:r.IntN(len(*p)+1)]
	}
}

func noise(r *rand.Rand) []byte {
	b := make([]byte, 1+r.IntN(64))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// lying is the packet with another size.
func (c *conversation) lying(r *rand.Rand, p []byte) []byte {
	if c.nats {
		line, rest, found := bytes.Cut(p, []byte("\r\n"))
		last := bytes.LastIndexByte(line, ' ')
		if !found || last < 0 {
			return p
		}
		sizes := []string{"0", "1", "-1", "007", "99999", "1048577", "2147483648", "18446744073709551616", "x", ""}
		return slices.Concat(line[:last+1], []byte(sizes[r.IntN(len(sizes))]), []byte("\r\n"), rest)
	}
	if len(p) < 2 {
		return p
	}
	_, body := uvarint(p[1:])
	sizes := [][]byte{{0}, {1}, {byte(r.IntN(128))}, {0xff, 0x7f}, {0x80, 0x80, 1}, {0xff, 0xff, 0xff, 0x7f}, {0xff, 0xff, 0xff, 0xff, 1}, {0x80, 0x80, 0x80, 0x80}}
	return slices.Concat(p[:1], sizes[r.IntN(len(sizes))], body)
}

// uvarint takes a variable byte integer off b, however long.
func uvarint(b []byte) (size, rest []byte) {
	n := 0
	for n < len(b)-1 && b[n] >= 0x80 {
		n++
	}
	return b[:n+1], b[n+1:]
}

// stray is something whole that has no place here.
func (c *conversation) stray(r *rand.Rand) []byte {
	if c.nats {
		lines := []string{"PONG\r\n", "+OK\r\n", "-ERR 'x'\r\n", "INFO {}\r\n", "MSG a 1 1\r\nx\r\n", "CONNECT {}\r\n", "CONNECT {\"headers\":\r\n", "\r\n", "PING extra\r\n", "SUB a b c d\r\n", "PUB > 1\r\nx\r\n", "UNSUB\r\n"}
		return []byte(lines[r.IntN(len(lines))])
	}
	id := uint16(r.IntN(20))
	switch r.IntN(8) {
	case 0:
		return mqtt.AppendPuback(nil, c.version, id, 0, nil)
	case 1:
		return mqtt.AppendPubrec(nil, c.version, id, 0, nil)
	case 2:
		return mqtt.AppendPubrel(nil, c.version, id, 0, nil)
	case 3:
		return mqtt.AppendPubcomp(nil, c.version, id, 0, nil)
	case 4:
		return mqtt.AppendConnack(nil, c.version, false, 0, nil)
	case 5:
		return mqtt.AppendAuth(nil, 0x18, nil)
	case 6:
		return mqtt.AppendConnect(nil, &mqtt.Connect{Version: c.version, CleanStart: true, ClientID: []byte("same")}, nil)
	}
	return mqtt.AppendPublish(nil, mqtt.V5, 0, nil, 0, mqtt.AppendUint16Property(nil, mqtt.PropTopicAlias, uint16(r.IntN(20))), []byte("x"))
}
