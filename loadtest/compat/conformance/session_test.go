package conformance

import (
	"fmt"
	"time"
)

// kept is a CONNECT for the session of this name, which stays.
func (x *exchange) kept(id string) connect {
	c := connect{id: id, resume: true}
	if x.version == v5 {
		c.properties = longProperty(sessionExpiry, 600)
	}
	return c
}

// leave takes its leave and waits until the server has seen it.
func (w *wire) leave() {
	w.send(goodbye)
	w.closed()
}

// numbered are payloads.
func numbered(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint("m", i))
	}
	return all
}

var sessionChecks = []check{
	{"a session is resumed, with its subscriptions and what came meanwhile",
		[2]string{"3.1.2-4 3.1.2-5 3.1.3-2 3.1.4-3 3.2.2-2 3.2.2-3 4.1.0-1 4.5.0-1",
			"3.1.2-5 3.1.2-6 3.1.2-23 3.1.3-2 3.1.4-4 3.2.2-3 4.1.0-1 4.5.0-1"},
		func(x *exchange) {
			id, pub := unique("s"), x.client()
			w, a := x.connect(x.kept(id))
			if a.present {
				x.fail("a session before the first")
			}
			w.subscribe(x.topic("a"), 1)
			w.leave()
			pub.publish(message{topic: x.topic("a"), payload: "1", qos: 1})
			pub.publish(message{topic: x.topic("a"), payload: "2", qos: 2})
			w, a = x.connect(x.kept(id))
			if !a.present {
				x.fail("the session is gone")
			}
			w.receives("1", "2")
			pub.say(x.topic("a"), "3")
			w.receive("3")
		}},
	{"a session outlives a connection that breaks", [2]string{"3.1.2-4 4.1.0-1", "3.1.2-23"},
		func(x *exchange) {
			id := unique("s")
			w, _ := x.connect(x.kept(id))
			w.Close()
			if _, a := x.connect(x.kept(id)); !a.present {
				x.fail("the session is gone")
			}
		}},
	{"a clean start drops the session that there was",
		[2]string{"3.1.2-6 3.1.4-3 3.2.2-1 3.2.2-3", "3.1.2-4 3.1.4-4 3.2.2-2"},
		func(x *exchange) {
			id, pub := unique("s"), x.client()
			w, _ := x.connect(x.kept(id))
			w.subscribe(x.topic("a"), 1)
			w.leave()
			pub.publish(message{topic: x.topic("a"), qos: 1})
			w, a := x.connect(connect{id: id})
			if a.present {
				x.fail("Session Present after a clean start")
			}
			w.nothing(pub)
			pub.say(x.topic("a"), "old")
			w.nothing(pub)
			w.leave()
			if _, a = x.connect(x.kept(id)); a.present {
				x.fail("a session that was to end with its connection is there")
			}
		}},
	{"a session lasts as long as its connection", [2]string{"4.1.0-2", "4.1.0-1"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), 1)
			for _, p := range numbered(50) {
				pub.publish(message{topic: x.topic("a"), payload: p, qos: 1})
				w.receive(p)
			}
		}},
	{"a session ends when its expiry interval is over", [2]string{"", "4.1.0-2 3.1.2-23"},
		func(x *exchange) {
			id, watch := unique("s"), x.client()
			watch.subscribe(x.topic("over"), 0)
			c := connect{id: id, resume: true, properties: longProperty(sessionExpiry, 1),
				will: &will{topic: x.topic("over"), payload: "over", properties: longProperty(willDelay, 60)}}
			w, _ := x.connect(c)
			w.Close()
			watch.receive("over") // a will comes at the end of the session at the latest
			if _, a := x.connect(c); a.present {
				x.fail("the session is still there")
			}
		}},
	{"without an expiry interval a session ends with its connection", [2]string{"", "4.1.0-2 3.2.2-3"},
		func(x *exchange) {
			id := unique("s")
			for range 2 {
				w, a := x.connect(connect{id: id, resume: true})
				if a.present {
					x.fail("the session is still there")
				}
				w.leave()
			}
		}},
	{"what is unacknowledged comes again: same identifiers, same order, DUP",
		[2]string{"2.3.1-4 3.3.1-1 4.6.0-1 4.1.0-1", "3.3.1-1 4.4.0-1 4.3.2-3 4.1.0-1"},
		func(x *exchange) {
			id, pub := unique("s"), x.client()
			w, _ := x.connect(x.kept(id))
			w.subscribe(x.topic("a"), 1)
			for _, p := range numbered(5) {
				pub.publish(message{topic: x.topic("a"), payload: p, qos: 1})
			}
			ids := w.unacknowledged(1, false, numbered(5)...)
			w.send(ack(puback, ids[2]))
			w.leave()
			w, _ = x.connect(x.kept(id))
			again := w.unacknowledged(1, true, "m0", "m1", "m3", "m4")
			for i, want := range []int{ids[0], ids[1], ids[3], ids[4]} {
				if again[i] != want {
					x.fail("identifiers %d come again as %d", ids, again)
				}
			}
			for _, id := range again {
				w.send(ack(puback, id))
			}
			w.leave()
			w, _ = x.connect(x.kept(id))
			w.nothing(pub)
		}},
	{"a connection that takes over goes on with what the older one had", [2]string{"3.1.2-4 3.1.4-2 4.6.0-1", "3.1.2-5 3.1.4-3 4.4.0-1"},
		func(x *exchange) {
			c, pub := x.kept(unique("s")), x.client()
			old, _ := x.connect(c)
			old.subscribe(x.topic("a"), 1)
			for _, p := range numbered(3) {
				pub.publish(message{topic: x.topic("a"), payload: p, qos: 1})
			}
			ids := old.unacknowledged(1, false, numbered(3)...)
			w, a := x.connect(c)
			if !a.present {
				x.fail("the session is gone")
			}
			for i, id := range w.unacknowledged(1, true, numbered(3)...) {
				if id != ids[i] {
					x.fail("identifier %d comes again as %d", ids[i], id)
				}
				w.send(ack(puback, id))
			}
			w.nothing(pub)
		}},
	{"nothing is sent again on the same connection", [2]string{"", "4.4.0-1"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), 1)
			pub.publish(message{topic: x.topic("a"), payload: "x", qos: 1})
			w.unacknowledged(1, false, "x")
			x.pass(2 * time.Second)
			w.nothing(pub)
		}},
	{"a PUBACK that is an error ends the message", [2]string{"", "4.4.0-2"},
		func(x *exchange) {
			id, pub := unique("s"), x.client()
			w, _ := x.connect(x.kept(id))
			w.subscribe(x.topic("a"), 1)
			pub.publish(message{topic: x.topic("a"), payload: "x", qos: 1})
			w.send(nack(puback, w.delivery().id, 0x83))
			w.leave()
			w, _ = x.connect(x.kept(id))
			w.nothing(pub)
		}},
}
