package conformance

import "time"

// exactly subscribes with QoS 2, publishes one message with QoS 2 and gives the
// identifier under which it arrives, unacknowledged.
func (x *exchange) exactly(w *wire, payload string) (id int) {
	w.subscribe(x.topic("a"), 2)
	x.client().publish(message{topic: x.topic("a"), payload: payload, qos: 2})
	return w.unacknowledged(2, false, payload)[0]
}

// released receives PUBREL for id.
func (w *wire) released(id int) {
	if code := w.answer(pubrel, id); code != 0 {
		w.x.fail("PUBREL has the reason code %#x", code)
	}
}

var qos2Checks = []check{
	{"until PUBREL a publish again is acknowledged and not delivered", [2]string{"4.3.3-2", "4.3.3-8 4.3.3-10 4.3.3-11"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), 0)
			m := message{topic: x.topic("a"), payload: "x", qos: 2, id: 9}
			for i := range 3 {
				m.dup = i > 0
				pub.send(m.bytes(x.version))
				pub.answer(pubrec, 9)
			}
			pub.send(ack(pubrel, 9))
			if code := pub.answer(pubcomp, 9); code != 0 {
				x.fail("PUBCOMP has the reason code %#x", code)
			}
			w.receive("x")
			w.nothing(pub)
		}},
	{"after PUBCOMP the identifier stands for something new", [2]string{"4.3.3-2", "4.3.3-12"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), 0)
			for i, p := range numbered(5) {
				pub.publish(message{topic: x.topic("a"), payload: p, qos: 2, id: 9, dup: i%2 == 1})
				w.receive(p)
			}
		}},
	{"exactly once also over a connection that breaks", [2]string{"4.3.3-2", "4.3.3-10"},
		func(x *exchange) {
			w, id := x.client(), unique("s")
			w.subscribe(x.topic("a"), 0)
			pub, _ := x.connect(x.kept(id))
			m := message{topic: x.topic("a"), payload: "x", qos: 2, id: 9}
			pub.send(m.bytes(x.version))
			pub.answer(pubrec, 9)
			pub.Close()
			pub, _ = x.connect(x.kept(id))
			m.dup = true
			pub.publish(m)
			w.receive("x")
			w.nothing(pub)
		}},
	{"PUBREL for nothing is answered", [2]string{"4.3.3-2", "4.3.3-11 3.7.2-1"},
		func(x *exchange) {
			w := x.client()
			w.send(ack(pubrel, 0x1234))
			w.answer(pubcomp, 0x1234)
		}},
	{"acknowledgements have codes of their tables", [2]string{"", "3.5.2-1 3.7.2-1 2.2.1-5"},
		func(x *exchange) {
			w := x.client()
			w.send(message{topic: x.topic("nobody"), qos: 2, id: 3}.bytes(v5))
			w.answer(pubrec, 3)
			w.send(ack(pubrel, 3), ack(pubrel, 3))
			if w.answer(pubcomp, 3) != 0x00 || w.answer(pubcomp, 3) != 0x92 {
				x.fail("PUBCOMP for what is there, or not, has another reason code")
			}
		}},
	{"after a PUBREC that is an error the identifier stands for something new", [2]string{"", "4.3.3-9"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), 0)
			pub.send(message{topic: "$SYS/broker/version", qos: 2, id: 9}.bytes(v5))
			if pub.answer(pubrec, 9) < 0x80 {
				x.fail("a reserved topic is accepted")
			}
			pub.publish(message{topic: x.topic("a"), payload: "x", qos: 2, id: 9})
			w.receive("x")
		}},
	{"an expired message is acknowledged to the end", [2]string{"", "4.3.3-13"},
		func(x *exchange) {
			w := x.client()
			w.send(message{topic: x.topic("a"), qos: 2, id: 9, properties: longProperty(messageExpiry, 1)}.bytes(v5))
			w.answer(pubrec, 9)
			x.pass(1200 * time.Millisecond)
			w.send(ack(pubrel, 9))
			if code := w.answer(pubcomp, 9); code != 0 {
				x.fail("PUBCOMP has the reason code %#x", code)
			}
		}},
	{"delivery: PUBLISH, PUBREC, PUBREL, PUBCOMP with one identifier",
		[2]string{"4.3.3-1 2.3.1-4 2.3.1-6", "4.3.3-1 4.3.3-2 4.3.3-4 2.2.1-4 2.2.1-5 3.6.2-1"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			id := x.exactly(w, "x")
			w.send(ack(pubrec, id))
			w.released(id)
			w.send(ack(pubcomp, id))
			w.nothing(pub)
			used := map[int]bool{}
			for _, p := range numbered(20) {
				pub.publish(message{topic: x.topic("a"), payload: p, qos: 2})
				id := w.unacknowledged(2, false, p)[0]
				if used[id] {
					x.fail("identifier %d is in use", id)
				}
				used[id] = true
			}
		}},
	{"delivery: a PUBLISH without PUBREC comes again, with DUP", [2]string{"4.3.3-1 4.4.0-1 3.3.1-1", "4.3.3-3 4.4.0-1"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			w, _ := x.connect(c)
			id := x.exactly(w, "x")
			w.Close()
			w, _ = x.connect(c)
			if again := w.unacknowledged(2, true, "x")[0]; again != id {
				x.fail("identifier %d comes again as %d", id, again)
			}
		}},
	{"delivery: a PUBREL without PUBCOMP comes again, and not the PUBLISH",
		[2]string{"4.3.3-1 4.4.0-1", "4.3.3-5 4.3.3-6 4.4.0-1"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			w, _ := x.connect(c)
			id := x.exactly(w, "x")
			w.send(ack(pubrec, id))
			w.released(id)
			for range 2 {
				w.Close()
				w, _ = x.connect(c)
				w.released(id)
			}
			w.send(ack(pubcomp, id))
			w.leave()
			w, _ = x.connect(c)
			w.nothing(x.client())
		}},
	{"delivery: messages come again in their order", [2]string{"4.6.0-1", "4.4.0-1"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			w, _ := x.connect(c)
			w.subscribe(x.topic("a"), 2)
			pub := x.client()
			for i, p := range numbered(6) {
				pub.publish(message{topic: x.topic("a"), payload: p, qos: byte(1 + i%2)})
			}
			for i, p := range numbered(6) {
				w.unacknowledged(byte(1+i%2), false, p)
			}
			w.Close()
			w, _ = x.connect(c)
			for i, p := range numbered(6) {
				w.unacknowledged(byte(1+i%2), true, p)
			}
		}},
	{"delivery: a PUBREC that is an error ends the message", [2]string{"", "4.4.0-2"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			w, _ := x.connect(c)
			id := x.exactly(w, "x")
			w.send(nack(pubrec, id, 0x83))
			w.leave()
			w, _ = x.connect(c)
			w.nothing(x.client())
		}},
	{"delivery: what has been sent does not expire", [2]string{"", "4.3.3-7"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			w, _ := x.connect(c)
			w.subscribe(x.topic("a"), 2)
			x.client().publish(message{topic: x.topic("a"), payload: "x", qos: 2, properties: longProperty(messageExpiry, 1)})
			id := w.unacknowledged(2, false, "x")[0]
			w.Close()
			x.pass(2100 * time.Millisecond)
			w, _ = x.connect(c)
			if again := w.unacknowledged(2, true, "x")[0]; again != id {
				x.fail("identifier %d comes again as %d", id, again)
			}
			w.send(ack(pubrec, id))
			w.released(id)
		}},
}
