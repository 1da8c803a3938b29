package conformance

import (
	"encoding/binary"
	"strings"
)

// delivery is a PUBLISH of the server.
type delivery struct {
	topic, payload string
	qos            byte
	dup, retain    bool
	id             int
	properties     properties
}

// delivery reads a packet, which must be a PUBLISH.
func (w *wire) delivery() delivery {
	first, body := w.next()
	if first>>4 != 3 {
		w.x.fail("got packet %#x % x, want a PUBLISH", first, body)
	}
	return w.x.readDelivery(first, body)
}

func (x *exchange) readDelivery(first byte, body string) delivery {
	d := delivery{qos: first >> 1 & 3, dup: first&8 != 0, retain: first&1 != 0}
	n := 2 + int(binary.BigEndian.Uint16([]byte(body)))
	d.topic, body = body[2:n], body[n:]
	if d.qos > 0 {
		d.id, body = int(binary.BigEndian.Uint16([]byte(body))), body[2:]
	}
	if x.version == v5 {
		d.properties, body = x.readProperties(body)
	}
	d.payload = body
	if d.qos == 3 || d.qos > 0 && d.id == 0 || d.qos == 0 && d.dup {
		x.fail("a PUBLISH that must not be: %+v", d)
	}
	return d
}

// receives reads deliveries with these payloads, in this order, and
// acknowledges those of QoS 1.
func (w *wire) receives(payloads ...string) (all []delivery) {
	for _, want := range payloads {
		d := w.delivery()
		if d.payload != want {
			w.x.fail("got %+v, want payload %q", d, want)
		}
		if d.qos == 1 {
			w.send(ack(puback, d.id))
		}
		all = append(all, d)
	}
	return all
}

// receive is receives for one.
func (w *wire) receive(payload string) delivery { return w.receives(payload)[0] }

// unacknowledged reads deliveries with these payloads, QoS and DUP.
func (w *wire) unacknowledged(qos byte, dup bool, payloads ...string) (ids []int) {
	for _, want := range payloads {
		d := w.delivery()
		if d.payload != want || d.qos != qos || d.dup != dup {
			w.x.fail("got %+v, want payload %q with QoS %d and DUP %v", d, want, qos, dup)
		}
		ids = append(ids, d.id)
	}
	return ids
}

// subscribe subscribes and expects that it is granted with this QoS.
func (w *wire) subscribe(filter string, options byte) { w.subscribeWith("", filter, options) }

func (w *wire) subscribeWith(properties, filter string, options byte) {
	w.send(w.x.subscribeWith(0x5b, properties, filter, string([]byte{options})))
	w.expect(0x90, u16(0x5b)+w.x.properties()+string([]byte{options & 3}))
}

// unsubscribe unsubscribes from what there is.
func (w *wire) unsubscribe(filter string) {
	w.send(w.x.unsubscribe(0x55, filter))
	body := u16(0x55)
	if w.x.version == v5 {
		body += "\x00\x00"
	}
	w.expect(0xb0, body)
}

// publish publishes and waits until the server has it.
func (w *wire) publish(m message) {
	if m.qos > 0 && m.id == 0 {
		m.id = 0x70
	}
	w.send(m.bytes(w.x.version))
	switch m.qos {
	case 0:
		w.ping()
	case 1:
		w.answer(puback, m.id)
	case 2:
		w.answer(pubrec, m.id)
		w.send(ack(pubrel, m.id))
		w.answer(pubcomp, m.id)
	}
}

// say is publish with QoS 0.
func (w *wire) say(topic, payload string) { w.publish(message{topic: topic, payload: payload}) }

// answer reads an acknowledgement and gives its reason code.
func (w *wire) answer(want byte, id int) (code byte) {
	first, body := w.next()
	if first != want || !strings.HasPrefix(body, u16(id)) || w.x.version == v311 && len(body) != 2 {
		w.x.fail("got packet %#x % x, want %#x for %d", first, body, want, id)
	}
	if len(body) > 2 {
		code = body[2]
		if !ackCodes[want][code] {
			w.x.fail("packet %#x has the reason code %#x", first, code)
		}
		if len(body) > 3 {
			if _, rest := w.x.readProperties(body[3:]); rest != "" {
				w.x.fail("packet %#x is too long: % x", first, body)
			}
		}
	}
	return code
}

// nothing expects that no message is on its way to w. By is who would have
// published it.
func (w *wire) nothing(by *wire) {
	end := w.x.topic(unique("end"))
	w.subscribe(end, 0)
	by.send(message{topic: end, payload: "end"}.bytes(w.x.version))
	w.receive("end")
}

// Reason codes that 5.0 allows.
var (
	connackCodes = codes(0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a,
		0x9b, 0x9c, 0x9d, 0x9f)
	// Errors of DISCONNECT that a server may use.
	disconnectCodes = codes(0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
		0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2)
	subackCodes   = codes(0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2)
	unsubackCodes = codes(0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91)
	ackCodes      = map[byte]map[byte]bool{
		puback:  codes(0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99),
		pubrec:  codes(0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99),
		pubrel:  codes(0x00, 0x92),
		pubcomp: codes(0x00, 0x92),
	}
)

func codes(all ...byte) map[byte]bool {
	m := map[byte]bool{}
	for _, c := range all {
		m[c] = true
	}
	return m
}
