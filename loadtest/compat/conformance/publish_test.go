package conformance

import "strings"

var publishChecks = []check{
	{"DUP with QoS 0 ends the connection", [2]string{"3.3.1-2", "3.3.1-2"},
		func(x *exchange) { x.endsWith(0x81, message{topic: "a", dup: true}.bytes(x.version)) }},
	{"what is delivered with QoS 0 has no DUP", [2]string{"3.3.1-2 3.3.1-3 4.3.1-1", "3.3.1-2 3.3.1-3 4.3.1-1"},
		func(x *exchange) {
			w := x.client()
			w.subscribe(x.topic("a"), 0)
			pub := x.client()
			for qos := range byte(3) {
				pub.publish(message{topic: x.topic("a"), payload: "x", qos: qos, dup: qos > 0})
				if d := w.receive("x"); d.dup || d.qos != 0 {
					x.fail("QoS %d with DUP is delivered as %+v", qos, d)
				}
			}
		}},
	{"the publisher's DUP does not reach subscribers", [2]string{"3.3.1-3", "3.3.1-3"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), 1)
			for _, qos := range []byte{1, 2} {
				pub.publish(message{topic: x.topic("a"), payload: "x", qos: qos, dup: true})
				w.unacknowledged(1, false, "x")
			}
		}},
	{"QoS 3 ends the connection", [2]string{"3.3.1-4", "3.3.1-4"},
		func(x *exchange) { x.endsWith(0x81, message{topic: "a", qos: 3, id: 1}.bytes(x.version)) }},
	{"the topic comes first, and is there", [2]string{"3.3.2-1", "3.3.2-1"},
		func(x *exchange) {
			x.ends("\x30\x00", packet(0x30, "\x00"), packet(0x30, "\x00\x03ab"))
			for _, s := range illFormed {
				x.ends(message{topic: s}.bytes(x.version))
			}
		}},
	{"wildcards in a topic name end the connection", [2]string{"3.3.2-2 4.7.1-1", "3.3.2-2 4.7.0-1"},
		func(x *exchange) {
			for _, topic := range []string{"#", "+", "a/#", "a/+/b", "a#", "+a", "a/b+c"} {
				for qos := range byte(3) {
					x.endsWith(0x90, message{topic: topic, qos: qos, id: 1}.bytes(x.version))
				}
			}
		}},
	{"a will topic with wildcards is refused", [2]string{"4.7.1-1", "4.7.0-1"},
		func(x *exchange) {
			for _, topic := range []string{"#", "a/+"} {
				x.refusedWith(connect{will: &will{topic: topic}}.bytes(x.version), 0, 0x90, 0x81, 0x82)
			}
		}},
	{"a delivery has the publisher's topic, which matches the filter", [2]string{"3.3.2-3", "3.3.2-3"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("+/b/#"), 0)
			for _, topic := range []string{"a/b", "/b", "a/b/c/d", "a/b/"} {
				pub.say(x.topic(topic), topic)
				if d := w.receive(topic); d.topic != x.topic(topic) {
					x.fail("%s arrives as %s", topic, d.topic)
				}
			}
			for _, topic := range []string{"b", "a/c", "a/a/b", "a/bb"} {
				pub.say(x.topic(topic), topic)
			}
			w.nothing(pub)
		}},
	{"a PUBLISH is answered as its QoS says", [2]string{"3.3.4-1 2.3.1-6", "3.3.4-1 2.2.1-5 3.4.2-1 3.5.2-1"},
		func(x *exchange) {
			w := x.client()
			for _, id := range []int{1, 0x100, 0xffff} {
				w.publish(message{topic: x.topic("a")})
				w.publish(message{topic: x.topic("a"), qos: 1, id: id})
				w.publish(message{topic: x.topic("a"), qos: 2, id: id})
			}
		}},
	{"of overlapping subscriptions the highest QoS counts", [2]string{"3.3.5-1", "3.3.4-2"},
		func(x *exchange) {
			pub := x.client()
			for _, filters := range [][]string{{"a/#", "\x00", "a/b", "\x01", "+/b", "\x00"}, {"a/b", "\x01", "a/#", "\x00"}, {"a/#", "\x01", "a/b", "\x00"}} {
				w := x.client()
				for i := 0; i < len(filters); i += 2 {
					w.subscribe(x.topic(filters[i]), filters[i+1][0])
				}
				pub.publish(message{topic: x.topic("a/b"), payload: "x", qos: 1})
				best := byte(0)
				w.send(pingreq)
				for {
					first, body := w.next()
					if first == pingresp && best > 0 {
						break
					}
					if first>>4 == 3 {
						d := x.readDelivery(first, body)
						if best = max(best, d.qos); d.qos == 1 {
							w.send(ack(puback, d.id))
							w.send(pingreq)
						}
					} else if best == 0 {
						w.send(pingreq)
					}
				}
			}
		}},
	{"a PUBLISH that is not permitted is acknowledged, or closes", [2]string{"3.3.5-2", "3.4.2-1 3.5.2-1"},
		func(x *exchange) {
			for _, m := range []message{{topic: "$SYS/broker/version", qos: 1, id: 1}, {topic: "$SYS/broker/version", qos: 2, id: 1}} {
				w := x.client()
				w.send(m.bytes(x.version))
				if first, body, err := w.read(); err == nil {
					if want := [...]byte{1: puback, 2: pubrec}[m.qos]; first != want || !strings.HasPrefix(body, u16(1)) ||
						len(body) > 2 && !ackCodes[want][body[2]] {
						x.fail("answered by %#x % x", first, body)
					}
				}
			}
		}},
	{"a client that breaks the protocol is closed, others are not touched", [2]string{"4.8.0-1", "4.13.1-1 4.13.2-1"},
		func(x *exchange) {
			other := x.client()
			x.ends(message{topic: "a", qos: 3, id: 1}.bytes(x.version))
			other.ping()
		}},
}
