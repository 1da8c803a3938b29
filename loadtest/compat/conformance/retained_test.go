package conformance

import "time"

// retain publishes a retained message.
func (w *wire) retain(topic, payload string) {
	w.publish(message{topic: topic, payload: payload, retain: true})
}

// late subscribes on a new connection, which gets these retained messages, each
// with RETAIN, and nothing else.
func (x *exchange) late(filter string, options byte, payloads ...string) {
	w := x.client()
	w.subscribe(filter, options)
	w.retained(payloads...)
	w.nothing(w)
}

// retained reads messages with these payloads in any order, with RETAIN.
func (w *wire) retained(payloads ...string) {
	missing := map[string]bool{}
	for _, p := range payloads {
		missing[p] = true
	}
	for len(missing) > 0 {
		d := w.delivery()
		if !d.retain || !missing[d.payload] {
			w.x.fail("got %+v, want one of %v, retained", d, missing)
		}
		if d.qos == 1 {
			w.send(ack(puback, d.id))
		}
		delete(missing, d.payload)
	}
}

// Retain Handling and Retain As Published, of the subscription options.
const (
	onlyNew     = 0x10
	never       = 0x20
	asPublished = 0x08
)

var retainedChecks = []check{
	{"a retained message goes to later subscribers, with RETAIN", [2]string{"3.3.1-5 3.3.1-6 3.3.1-8", "3.3.1-5 3.3.1-9"},
		func(x *exchange) {
			pub := x.client()
			pub.retain(x.topic("a"), "a")
			pub.retain(x.topic("b/c"), "c")
			x.late(x.topic("a"), 0, "a")
			x.late(x.topic("#"), 0, "a", "c")
			x.late(x.topic("+/c"), 1, "c")
			x.late(x.topic("+/d"), 0)
		}},
	{"a retained message keeps its QoS", [2]string{"3.3.1-5", "3.3.1-5"},
		func(x *exchange) {
			pub := x.client()
			pub.publish(message{topic: x.topic("a"), payload: "x", qos: 1, retain: true})
			for _, granted := range []byte{0, 1} {
				w := x.client()
				w.subscribe(x.topic("a"), granted)
				if d := w.receive("x"); d.qos != granted {
					x.fail("granted %d, delivered %+v", granted, d)
				}
			}
		}},
	{"the last retained message counts, also one of QoS 0", [2]string{"3.3.1-5 3.3.1-7", "3.3.1-5"},
		func(x *exchange) {
			pub := x.client()
			pub.publish(message{topic: x.topic("a"), payload: "1", qos: 1, retain: true})
			pub.retain(x.topic("a"), "2")
			x.late(x.topic("a"), 1, "2")
		}},
	{"a retained message outlives its publisher's session", [2]string{"3.1.2-7", ""},
		func(x *exchange) {
			pub := x.client()
			pub.retain(x.topic("a"), "x")
			pub.leave()
			x.late(x.topic("a"), 0, "x")
		}},
	{"who is subscribed gets it without RETAIN", [2]string{"3.3.1-9", "3.3.1-12"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), 0)
			pub.retain(x.topic("a"), "x")
			if d := w.receive("x"); d.retain {
				x.fail("delivered with RETAIN")
			}
		}},
	{"or with the publisher's RETAIN, if asked for", [2]string{"", "3.3.1-13"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), asPublished)
			for _, retain := range []bool{true, false, true} {
				pub.publish(message{topic: x.topic("a"), payload: "x", retain: retain})
				if d := w.receive("x"); d.retain != retain {
					x.fail("published with RETAIN %v, delivered with %v", retain, d.retain)
				}
			}
		}},
	{"an empty one is delivered, and removes what is stored", [2]string{"3.3.1-10 3.3.1-11", "3.3.1-6 3.3.1-7"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), 0)
			pub.retain(x.topic("a"), "x")
			w.receive("x")
			pub.retain(x.topic("a"), "")
			if d := w.receive(""); d.retain {
				x.fail("delivered with RETAIN")
			}
			x.late(x.topic("a"), 0)
		}},
	{"a message without RETAIN leaves what is stored alone", [2]string{"3.3.1-12", "3.3.1-8"},
		func(x *exchange) {
			pub := x.client()
			pub.retain(x.topic("a"), "x")
			pub.say(x.topic("a"), "y")
			pub.say(x.topic("a"), "")
			x.late(x.topic("a"), 0, "x")
		}},
	{"a message without RETAIN is not stored", [2]string{"3.3.1-12", "3.3.1-8"},
		func(x *exchange) {
			x.client().say(x.topic("a"), "x")
			x.late(x.topic("a"), 0)
		}},
	{"the same subscription again gets retained messages again, and loses nothing", [2]string{"3.8.4-3 3.3.1-6", "3.8.4-4 3.3.1-9"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			pub.retain(x.topic("a"), "x")
			for range 3 {
				w.subscribe(x.topic("a"), 0)
				w.retained("x")
			}
			pub.say(x.topic("a"), "y")
			w.receive("y")
		}},
	{"Retain Handling 1: only a new subscription gets them", [2]string{"", "3.3.1-10"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			pub.retain(x.topic("a"), "x")
			w.subscribe(x.topic("a"), onlyNew)
			w.retained("x")
			w.subscribe(x.topic("a"), onlyNew)
			w.nothing(pub)
			w.unsubscribe(x.topic("a"))
			w.subscribe(x.topic("a"), onlyNew)
			w.retained("x")
		}},
	{"Retain Handling 2: none are sent", [2]string{"", "3.3.1-11"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			pub.retain(x.topic("a"), "x")
			for range 2 {
				w.subscribe(x.topic("a"), never)
			}
			w.nothing(pub)
			w.subscribe(x.topic("a"), 0) // there is one, though
			w.retained("x")
		}},
	{"a retained message keeps its properties", [2]string{"", "3.3.1-5"},
		func(x *exchange) {
			x.client().publish(message{topic: x.topic("a"), payload: "x", retain: true, properties: textProperty(contentType, "t") +
				textProperty(responseTopic, "r") + textProperty(correlationData, "c") + byteProperty(payloadFormat, 1) +
				longProperty(messageExpiry, 100) + userPropertyOf("b", "1") + userPropertyOf("a", "2")})
			w := x.client()
			w.subscribe(x.topic("a"), 0)
			p := w.receive("x").properties
			x.same(p, contentType, str("t"))
			x.same(p, responseTopic, str("r"))
			x.same(p, correlationData, str("c"))
			x.same(p, payloadFormat, "\x01")
			x.same(p, userProperty, str("b")+str("1"), str("a")+str("2"))
			if n := p.number(messageExpiry, 0); n < 98 || n > 100 {
				x.fail("its expiry interval is %d of 100", n)
			}
		}},
	{"an expired one is not sent", [2]string{"", "3.3.1-9"},
		func(x *exchange) {
			pub := x.client()
			pub.publish(message{topic: x.topic("a"), payload: "short", retain: true, properties: longProperty(messageExpiry, 1)})
			pub.publish(message{topic: x.topic("b"), payload: "long", retain: true, properties: longProperty(messageExpiry, 100)})
			x.pass(2100 * time.Millisecond)
			x.late(x.topic("+"), 0, "long")
		}},
	{"filters that begin with a wildcard get none of topics that begin with $", [2]string{"3.3.1-6", "3.3.1-9"},
		func(x *exchange) {
			hidden := "$" + x.topic("a")
			pub := x.client()
			pub.retain(hidden, "hidden")
			x.late(hidden, 0, "hidden")
			pub.retain(x.topic("a"), "open")
			w := x.client()
			w.subscribe("+/a", 0)
			for d := w.delivery(); d.topic != x.topic("a"); d = w.delivery() {
				if d.topic[0] == '$' {
					x.fail("%s arrives", d.topic)
				}
			}
			pub.retain(hidden, "")
		}},
	{"a will that is not retained leaves what is stored alone", [2]string{"3.1.2-16 3.3.1-12", "3.1.2-14 3.3.1-8"},
		func(x *exchange) {
			pub := x.client()
			pub.retain(x.topic("will"), "x")
			watch := x.client()
			watch.subscribe(x.topic("will"), 0)
			watch.retained("x")
			w, _ := x.connect(connect{will: &will{topic: x.topic("will"), payload: "gone"}})
			w.Close()
			watch.receive("gone")
			x.late(x.topic("will"), 0, "x")
		}},
}
