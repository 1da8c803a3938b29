package conformance

var unsubscribeChecks = []check{
	{"UNSUBSCRIBE is answered with its identifier, also without a subscription",
		[2]string{"3.10.4-4 3.10.4-5 2.3.1-7", "3.10.4-4 3.10.4-5 3.11.3-2 2.2.1-6"},
		func(x *exchange) {
			w := x.client()
			w.subscribe(x.topic("a"), 0)
			for i, code := range []string{"\x00", "\x11"} {
				w.send(x.unsubscribe(0x100+i, x.topic("a")))
				if x.version == v311 {
					code = ""
				}
				w.expect(0xb0, u16(0x100+i)+x.properties()+code)
			}
		}},
	{"UNSUBSCRIBE from nothing ends the connection", [2]string{"3.10.3-2 4.8.0-1", "3.10.3-2"},
		func(x *exchange) { x.endsWith(0x82, x.unsubscribe(1)) }},
	{"filters are compared byte by byte", [2]string{"3.10.4-1", "3.10.4-1"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			for _, filter := range []string{"a/+", "a/#", "a/b"} {
				w.subscribe(x.topic(filter), 0)
			}
			w.unsubscribe(x.topic("a/+"))
			for _, other := range []string{"#", "+/b", "A/b", "a/b/", "/a/b"} {
				w.send(x.unsubscribe(2, x.topic(other)))
				w.next()
			}
			w.unsubscribe(x.topic("a/#"))
			pub.say(x.topic("a/c"), "c")
			pub.say(x.topic("a/b"), "b")
			w.receive("b")
			w.unsubscribe(x.topic("a/b"))
			pub.say(x.topic("a/b"), "b")
			w.nothing(pub)
		}},
	{"nothing comes for a subscription that is gone", [2]string{"3.10.4-2", "3.10.4-2"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			for qos := range byte(2) {
				w.subscribe(x.topic("a"), qos)
				w.unsubscribe(x.topic("a"))
				pub.publish(message{topic: x.topic("a"), payload: "x", qos: qos})
				w.nothing(pub)
			}
		}},
	{"deliveries that have begun are finished", [2]string{"3.10.4-3", "3.10.4-3"},
		func(x *exchange) {
			c, pub := x.kept(unique("s")), x.client()
			w, _ := x.connect(c)
			w.subscribe(x.topic("a"), 1)
			for _, p := range numbered(3) {
				pub.publish(message{topic: x.topic("a"), payload: p, qos: 1})
			}
			ids := w.unacknowledged(1, false, numbered(3)...)
			w.unsubscribe(x.topic("a"))
			w.Close()
			w, _ = x.connect(c)
			again := w.unacknowledged(1, true, numbered(3)...)
			for i := range ids {
				if ids[i] != again[i] {
					x.fail("identifiers %d come again as %d", ids, again)
				}
				w.send(ack(puback, ids[i]))
			}
			w.nothing(pub)
		}},
	{"several filters are worked off in their order", [2]string{"3.10.4-6", "3.10.4-6 3.11.3-1 3.11.3-2"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			for _, filter := range []string{"a", "b", "c"} {
				w.subscribe(x.topic(filter), 0)
			}
			w.send(x.unsubscribe(9, x.topic("a"), x.topic("none"), x.topic("c"), x.topic("a")))
			codes := "\x00\x11\x00\x11"
			if x.version == v311 {
				codes = ""
			}
			w.expect(0xb0, u16(9)+x.properties()+codes)
			for _, topic := range []string{"a", "c", "b"} {
				pub.say(x.topic(topic), topic)
			}
			w.receive("b")
			w.nothing(pub)
		}},
}
