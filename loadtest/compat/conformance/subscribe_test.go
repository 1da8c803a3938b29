package conformance

import "strings"

// suback sends a SUBSCRIBE and gives the codes of SUBACK.
func (w *wire) suback(id int, packet string) string {
	w.send(packet)
	first, body := w.next()
	if first != 0x90 || !strings.HasPrefix(body, u16(id)+w.x.properties()) {
		w.x.fail("% .40x is answered by %#x % x", packet, first, body)
	}
	return body[len(u16(id)+w.x.properties()):]
}

const noLocal = 0x04

var subscribeChecks = []check{
	{"SUBSCRIBE is answered with its identifier", [2]string{"3.8.4-1 3.8.4-2 2.3.1-7", "3.8.4-1 3.8.4-2 2.2.1-6"},
		func(x *exchange) {
			w := x.client()
			for _, id := range []int{1, 0x100, 0xffff} {
				if got := w.suback(id, x.subscribe(id, x.topic("a"), "\x00")); got != "\x00" {
					x.fail("the code is % x", got)
				}
			}
		}},
	{"SUBSCRIBE to nothing ends the connection", [2]string{"3.8.3-3 4.8.0-1", "3.8.3-2"},
		func(x *exchange) { x.endsWith(0x82, x.subscribe(1)) }},
	{"reserved bits of the options, and QoS 3, end the connection", [2]string{"3.8.3-4", "3.8.3-5"},
		func(x *exchange) {
			wrong := []byte{0x03, 0x40, 0x80, 0xc0}
			if x.version == v311 {
				wrong = append(wrong, 0x04, 0x08, 0x10, 0x20)
			}
			for _, options := range wrong {
				x.ends(x.subscribe(1, "a", string([]byte{options})))
				x.ends(x.subscribe(1, "a", "\x00", "b", string([]byte{options})))
			}
		}},
	{"every filter has its code, in its place", [2]string{"3.8.4-4 3.8.4-5 3.9.3-1 3.9.3-2", "3.8.4-5 3.8.4-6 3.8.4-7 3.9.3-1 3.9.3-2"},
		func(x *exchange) {
			w := x.client()
			got := w.suback(1, x.subscribe(1, x.topic("a"), "\x01", x.topic("b"), "\x00", x.topic("c/#"), "\x01", x.topic("d"), "\x00"))
			if got != "\x01\x00\x01\x00" {
				x.fail("the codes are % x", got)
			}
			w.send(message{topic: x.topic("c/x"), payload: "1", qos: 1, id: 5}.bytes(x.version))
			first, body := w.next()
			if first == 0x40 {
				first, body = w.next()
			}
			if d := x.readDelivery(first, body); d.payload != "1" || d.qos != 1 {
				x.fail("delivered as %+v", d)
			}
			var many []string
			for _, p := range numbered(100) {
				many = append(many, x.topic(p), "\x01")
			}
			w = x.client()
			if got := w.suback(2, x.subscribe(2, many...)); got != strings.Repeat("\x01", 100) {
				x.fail("the codes of a hundred are % x", got)
			}
		}},
	{"a filter twice in one packet is two subscriptions in a row", [2]string{"3.8.4-4 3.8.4-3", "3.8.4-5 3.8.4-3"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			if got := w.suback(1, x.subscribe(1, x.topic("a"), "\x00", x.topic("a"), "\x01")); got != "\x00\x01" {
				x.fail("the codes are % x", got)
			}
			pub.publish(message{topic: x.topic("a"), payload: "x", qos: 1})
			if d := w.receive("x"); d.qos != 1 {
				x.fail("delivered as %+v", d)
			}
			w.nothing(pub)
		}},
	{"of good and bad filters the good are granted", [2]string{"3.8.4-5 3.9.3-1 3.9.3-2", "3.8.4-7 3.9.3-1 3.9.3-2"},
		func(x *exchange) {
			w := x.client()
			w.send(x.subscribe(1, x.topic("a"), "\x00", "a/#/b", "\x00", x.topic("b"), "\x01"))
			first, body, err := w.read()
			if err != nil || first == 0xe0 {
				return // a bad filter may also end the connection
			}
			got := body[len(u16(1)+x.properties()):]
			if first != 0x90 || len(got) != 3 || got[0] != 0 || got[2] != 1 || got[1] < 0x80 || !subackCodes[got[1]] ||
				x.version == v311 && got[1] != 0x80 {
				x.fail("answered by %#x % x", first, body)
			}
		}},
	{"the same filter again replaces the subscription", [2]string{"3.8.4-3", "3.8.4-3 3.8.4-4"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			for _, qos := range []byte{0, 1, 0} {
				w.subscribe(x.topic("a"), qos)
				pub.publish(message{topic: x.topic("a"), payload: "x", qos: 1})
				if d := w.receive("x"); d.qos != qos {
					x.fail("granted %d, delivered %+v", qos, d)
				}
				w.nothing(pub)
			}
			w.unsubscribe(x.topic("a"))
			pub.say(x.topic("a"), "x")
			w.nothing(pub)
		}},
	{"replacing a subscription loses no message", [2]string{"3.8.4-3", "3.8.4-4"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), 1)
			all := ""
			for i, p := range numbered(90) {
				all += message{topic: x.topic("a"), payload: p, qos: 1, id: i + 1}.bytes(x.version)
			}
			pub.send(all)
			for range 50 {
				w.send(x.subscribe(1, x.topic("a"), "\x01"))
			}
			missing := map[string]bool{}
			for _, p := range numbered(90) {
				missing[p] = true
			}
			for len(missing) > 0 {
				if first, body := w.next(); first>>4 == 3 {
					d := x.readDelivery(first, body)
					delete(missing, d.payload)
					w.send(ack(puback, d.id))
				}
			}
		}},
	{"a delivery has the lower of the two QoS", [2]string{"3.8.4-6", "3.8.4-8"},
		func(x *exchange) {
			pub := x.client()
			for granted := range byte(2) {
				w := x.client()
				w.subscribe(x.topic("a"), granted)
				for qos := range byte(3) {
					pub.publish(message{topic: x.topic("a"), payload: "x", qos: qos})
					if d := w.receive("x"); d.qos != min(qos, granted) {
						x.fail("published %d, granted %d, delivered %d", qos, granted, d.qos)
					}
				}
			}
		}},
	{"with No Local nothing goes back to the publisher", [2]string{"", "3.8.3-3"},
		func(x *exchange) {
			w, other := x.client(), x.client()
			w.subscribe(x.topic("a"), noLocal)
			w.say(x.topic("a"), "mine")
			w.nothing(w)
			other.say(x.topic("a"), "another's")
			w.receive("another's")
		}},
	{"also when it has a new connection meanwhile", [2]string{"", "3.8.3-3"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			w, _ := x.connect(c)
			w.subscribe(x.topic("a"), 1|noLocal)
			w.leave()
			w, _ = x.connect(c)
			w.publish(message{topic: x.topic("a"), payload: "mine", qos: 1})
			w.nothing(w)
		}},
	{"No Local on a shared subscription is a protocol error", [2]string{"", "3.8.3-4"},
		func(x *exchange) { x.endsWith(0x82, x.subscribe(1, "$share/g/a", string([]byte{noLocal}))) }},
	{"Retain Handling 3 is a protocol error", [2]string{"", "4.13.1-1"},
		func(x *exchange) { x.ends(x.subscribe(1, "a", "\x30")) }},
	{"a copy carries the identifiers of all overlapping subscriptions", [2]string{"", "3.3.4-3 3.3.4-4"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribeWith(subscriptionIDOf(1), x.topic("a/#"), 0)
			w.subscribeWith(subscriptionIDOf(268435455), x.topic("a/b"), 0)
			w.subscribe(x.topic("+/b"), 0)
			pub.say(x.topic("a/b"), "x")
			d := w.receive("x")
			if ids := d.properties[subscriptionID]; len(ids) != 2 || ids[0] == ids[1] ||
				(ids[0] != u32(1) && ids[0] != u32(268435455)) || (ids[1] != u32(1) && ids[1] != u32(268435455)) {
				x.fail("the identifiers are % q", ids)
			}
			w.nothing(pub)
			w.subscribe(x.topic("a/b"), 0) // without one it has none
			pub.say(x.topic("a/b"), "x")
			x.same(w.receive("x").properties, subscriptionID, u32(1))
		}},
}
