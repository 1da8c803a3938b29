package conformance

import (
	"io"
	"strings"
)

// small is an accepted connection that takes packets of so many bytes.
func (x *exchange) small(n int) *wire {
	w, _ := x.connect(connect{properties: longProperty(maximumPacketSize, n)})
	return w
}

var sizeChecks = []check{
	{"what is too large for a client is not sent, and counts as sent", [2]string{"", "3.1.2-24 3.1.2-25"},
		func(x *exchange) {
			w, other, pub := x.small(100), x.client(), x.client()
			for qos := range byte(2) {
				w.subscribe(x.topic("a"), qos)
				other.subscribe(x.topic("a"), qos)
				overhead := len(message{topic: x.topic("a"), qos: qos}.bytes(v5))
				fits, large := strings.Repeat("f", 100-overhead), strings.Repeat("l", 101-overhead)
				for _, p := range []string{large, fits, large, large, fits} {
					pub.publish(message{topic: x.topic("a"), payload: p, qos: qos})
				}
				w.receives(fits, fits)
				other.receives(large, fits, large, large, fits)
				w.nothing(pub)
			}
		}},
	{"what is too large takes no place in the window", [2]string{"", "3.1.2-25"},
		func(x *exchange) {
			w, _ := x.connect(connect{properties: longProperty(maximumPacketSize, 60) + shortProperty(receiveMaximum, 1)})
			pub := x.client()
			w.subscribe(x.topic("a"), 1)
			for range 5 {
				pub.publish(message{topic: x.topic("a"), payload: strings.Repeat("l", 60), qos: 1})
				pub.publish(message{topic: x.topic("a"), payload: "x", qos: 1})
				w.receive("x")
			}
		}},
	{"CONNACK is not larger than the client takes either", [2]string{"", "3.1.2-24"},
		func(x *exchange) {
			for n := 2; n < 40; n += 3 {
				w := x.dial()
				w.send(connect{properties: longProperty(maximumPacketSize, n)}.bytes(v5), pingreq)
				first, body, err := w.read()
				if size := len(packet(first, body)); err == nil && size > n {
					x.fail("a client that takes %d bytes is sent %d: %#x % x", n, size, first, body)
				} else if err != nil && err != io.EOF {
					x.fail("no answer: %v", err)
				}
				w.Close()
			}
		}},
	{"SUBACK and UNSUBACK are not larger either", [2]string{"", "3.1.2-24"},
		func(x *exchange) {
			var filters []string
			for range 30 {
				filters = append(filters, x.topic("a"), "\x00")
			}
			for _, p := range []string{x.subscribe(1, filters...), x.unsubscribe(1, filters...)} {
				w := x.small(30)
				w.send(p)
				if rest := w.rest(); len(rest) > 30 {
					x.fail("a client that takes 30 bytes is sent %d: % x", len(rest), rest)
				}
			}
		}},
	{"no Reason String or User Property makes a packet too large",
		[2]string{"", "3.2.2-19 3.2.2-20 3.4.2-2 3.4.2-3 3.5.2-2 3.5.2-3 3.7.2-2 3.7.2-3 3.9.2-1 3.9.2-2 3.11.2-1 3.11.2-2"},
		func(x *exchange) {
			w, a := x.connect(connect{properties: longProperty(maximumPacketSize, 64) + byteProperty(problemInfo, 1)})
			x.same(a.properties, reasonString)
			x.same(a.properties, userProperty)
			x.quiet(w)
		}},
	{"nor a PUBREL", [2]string{"", "3.6.2-2 3.6.2-3"},
		func(x *exchange) {
			w := x.small(64)
			w.send(ack(pubrec, 0x777))
			if first, body := w.next(); first != pubrel || len(packet(first, body)) > 64 || len(body) > 4 {
				x.fail("PUBREC is answered by %#x % x", first, body)
			}
		}},
	{"nor a DISCONNECT", [2]string{"", "3.14.2-3 3.14.2-4"},
		func(x *exchange) {
			for n := 30; n < 40; n++ {
				w := x.small(n)
				w.send("\x00\x00")
				if rest := w.rest(); len(rest) > n || len(rest) > 4 {
					x.fail("a client that takes %d bytes is sent % x", n, rest)
				}
			}
		}},
	{"more than the server takes ends the connection", [2]string{"", "3.2.2-15"},
		func(x *exchange) {
			w, a := x.connect(connect{})
			n := a.number(maximumPacketSize, 0)
			if n == 0 {
				x.fail("CONNACK has no Maximum Packet Size")
			}
			w.send("\x30", varint(n), str("a"), "\x00")
			w.ended(0x95)
		}},
}
