package conformance

import (
	"slices"
	"time"
)

// same compares the values of a property.
func (x *exchange) same(p properties, id byte, want ...string) {
	if !slices.Equal(p[id], want) {
		x.fail("property %#x is % q, want % q", id, p[id], want)
	}
}

// carried publishes with these properties and gives what arrives.
func (x *exchange) carried(section string) properties {
	w, pub := x.client(), x.client()
	w.subscribe(x.topic("carried"), 0)
	pub.publish(message{topic: x.topic("carried"), payload: "x", properties: section})
	return w.receive("x").properties
}

var propertiesChecks = []check{
	{"Payload Format Indicator arrives as it was sent", [2]string{"", "3.3.2-4"},
		func(x *exchange) {
			x.same(x.carried(byteProperty(payloadFormat, 1)), payloadFormat, "\x01")
			if p := x.carried(byteProperty(payloadFormat, 0)); len(p[payloadFormat]) > 0 {
				x.same(p, payloadFormat, "\x00") // 0 is what a missing one means
			}
			x.same(x.carried(""), payloadFormat)
		}},
	{"Response Topic and Correlation Data arrive as they were sent", [2]string{"", "3.3.2-15 3.3.2-16"},
		func(x *exchange) {
			for _, data := range []string{"", "\x00", "id", string(make([]byte, 300))} {
				p := x.carried(textProperty(responseTopic, "a/b/ü") + textProperty(correlationData, data))
				x.same(p, responseTopic, str("a/b/ü"))
				x.same(p, correlationData, str(data))
			}
		}},
	{"User Properties arrive as they were sent, in their order", [2]string{"", "3.3.2-17 3.3.2-18"},
		func(x *exchange) {
			pairs := [][2]string{{"b", "2"}, {"a", "1"}, {"b", "1"}, {"", ""}, {"a", "1"}, {"Nats-X: y", " with: colon "}, {"ü", "\ufeff"}}
			section, want := "", []string(nil)
			for _, p := range pairs {
				section += userPropertyOf(p[0], p[1])
				want = append(want, str(p[0])+str(p[1]))
			}
			x.same(x.carried(section), userProperty, want...)
			x.same(x.carried(userPropertyOf("n", string(make([]byte, 0)))+userPropertyOf("n", "v")), userProperty, str("n")+str(""), str("n")+str("v"))
		}},
	{"Content Type arrives as it was sent", [2]string{"", "3.3.2-20"},
		func(x *exchange) {
			x.same(x.carried(textProperty(contentType, "text/plain; ü")), contentType, str("text/plain; ü"))
			x.same(x.carried(textProperty(contentType, "")), contentType, str(""))
		}},
	{"a Response Topic with wildcards ends the connection", [2]string{"", "3.3.2-14"},
		func(x *exchange) {
			for _, topic := range []string{"#", "a/+", "a#"} {
				x.ends(message{topic: "a", properties: textProperty(responseTopic, topic)}.bytes(v5))
				x.refusedWith(connect{will: &will{topic: "a", properties: textProperty(responseTopic, topic)}}.bytes(v5), 0, 0x81, 0x82, 0x90)
			}
		}},
	{"a PUBLISH of a client with a subscription identifier ends the connection", [2]string{"", "3.3.4-6"},
		func(x *exchange) {
			x.endsWith(0x82, message{topic: "a", properties: subscriptionIDOf(1)}.bytes(v5))
		}},
	{"the expiry interval that arrives is what is left", [2]string{"", "3.3.2-6"},
		func(x *exchange) {
			pub, id := x.client(), unique("s")
			w, _ := x.connect(x.kept(id))
			w.subscribe(x.topic("a"), 1)
			m := message{topic: x.topic("a"), payload: "x", qos: 1, properties: longProperty(messageExpiry, 100)}
			pub.publish(m)
			if d := w.receive("x"); d.properties.number(messageExpiry, 0) < 99 {
				x.fail("at once, it is %d of 100", d.properties.number(messageExpiry, 0))
			}
			w.leave()
			pub.publish(m)
			x.pass(2100 * time.Millisecond)
			w, _ = x.connect(x.kept(id))
			if n := w.receive("x").properties.number(messageExpiry, 0); n > 98 || n < 90 {
				x.fail("after two seconds, it is %d of 100", n)
			}
		}},
	{"what expires while it waits is not delivered", [2]string{"", "3.3.2-5"},
		func(x *exchange) {
			pub, id := x.client(), unique("s")
			w, _ := x.connect(x.kept(id))
			w.subscribe(x.topic("a"), 1)
			w.leave()
			pub.publish(message{topic: x.topic("a"), payload: "short", qos: 1, properties: longProperty(messageExpiry, 1)})
			pub.publish(message{topic: x.topic("a"), payload: "long", qos: 1, properties: longProperty(messageExpiry, 100)})
			x.pass(2100 * time.Millisecond)
			w, _ = x.connect(x.kept(id))
			w.receive("long")
			w.nothing(pub)
		}},
	{"Response Information is not sent to who does not ask", [2]string{"", "3.1.2-28"},
		func(x *exchange) {
			for _, p := range []string{"", byteProperty(responseInfo, 0)} {
				_, a := x.connect(connect{properties: p})
				x.same(a.properties, responseInformation)
			}
		}},
	{"without problem information, acknowledgements have neither Reason String nor User Property", [2]string{"", "3.1.2-29"},
		func(x *exchange) {
			w, _ := x.connect(connect{properties: byteProperty(problemInfo, 0)})
			x.quiet(w)
		}},
}

// quiet expects that no acknowledgement has a Reason String or User Property,
// those of failures included.
func (x *exchange) quiet(w *wire) {
	bare := func(first byte, body string, codes int) {
		if first == 0xe0 {
			x.fail("DISCONNECT % x", body)
		}
		section := body[2:]
		if first>>4 != 9 && first>>4 != 0xb { // the code comes before the properties
			if len(body) <= 3 {
				return
			}
			section = body[3:]
		}
		p, rest := x.readProperties(section)
		if len(p[reasonString])+len(p[userProperty]) > 0 || len(rest) != codes {
			x.fail("packet %#x % x has properties", first, body)
		}
	}
	for _, m := range []message{{topic: x.topic("nobody"), qos: 1}, {topic: "$SYS/broker/version", qos: 1},
		{topic: x.topic("nobody"), qos: 2}, {topic: "$SYS/broker/version", qos: 2}} {
		m.id = 3
		w.send(m.bytes(v5))
		first, body := w.next()
		bare(first, body, 0)
	}
	w.send(x.subscribe(1, "a/#/b", "\x00", x.topic("a"), "\x00"))
	first, body := w.next()
	bare(first, body, 2)
	w.send(x.unsubscribe(1, "a/#/b", x.topic("a")))
	first, body = w.next()
	bare(first, body, 2)
	w.send(ack(pubrel, 0x77))
	first, body = w.next()
	bare(first, body, 0)
}
