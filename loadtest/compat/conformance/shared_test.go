package conformance

// share is a filter of a group of this check's own.
func (x *exchange) share(filter string) string {
	return "$share/" + x.prefix[:len(x.prefix)-1] + "/" + x.topic(filter)
}

var sharedChecks = []check{
	{"a share name is not empty, has no wildcard, and a filter follows it", [2]string{"", "4.8.2-1 4.8.2-2"},
		func(x *exchange) {
			for _, filter := range []string{"$share/", "$share//a", "$share/g", "$share/g/", "$share/g+/a", "$share/#/a", "$share/g#/a", "$share/+/a"} {
				w := x.client()
				w.send(x.subscribe(1, filter, "\x00"))
				first, body, err := w.read()
				if err == nil && !(first == 0x90 && len(body) == 4 && body[3] == 0x8f) && !(first == 0xe0 && body[0] >= 0x80) {
					x.fail("%q is answered by %#x % x", filter, first, body)
				}
			}
		}},
	{"one member gets each message, with the QoS granted to it", [2]string{"", "4.8.2-3"},
		func(x *exchange) {
			pub := x.client()
			for granted := range byte(2) {
				a, b := x.client(), x.client()
				filter := x.share(unique("a"))
				topic := filter[len("$share/")+len(x.prefix):]
				for _, w := range []*wire{a, b} {
					w.subscribe(filter, granted)
					w.subscribe(topic+"/end", 0)
				}
				for _, p := range numbered(20) {
					pub.publish(message{topic: topic, payload: p, qos: 1})
				}
				pub.say(topic+"/end", "end")
				n := 0
				for _, w := range []*wire{a, b} {
					for d := w.delivery(); d.payload != "end"; d = w.delivery() {
						if n++; d.qos != granted {
							x.fail("granted %d, delivered %+v", granted, d)
						}
					}
				}
				if n != 20 {
					x.fail("of 20 messages %d came", n)
				}
			}
		}},
	{"QoS 2: the message waits for the member that has begun with it", [2]string{"", "4.8.2-4"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			a, _ := x.connect(c)
			a.subscribe(x.share("a"), 2)
			x.client().publish(message{topic: x.topic("a"), payload: "x", qos: 2})
			id := a.unacknowledged(2, false, "x")[0]
			b := x.client()
			b.subscribe(x.share("a"), 2)
			a.Close()
			b.nothing(x.client())
			a, _ = x.connect(c)
			if again := a.unacknowledged(2, true, "x")[0]; again != id {
				x.fail("identifier %d comes again as %d", id, again)
			}
		}},
	{"QoS 2: when the session of that member ends, nobody gets it", [2]string{"", "4.8.2-5"},
		func(x *exchange) {
			a := x.client()
			a.subscribe(x.share("a"), 2)
			x.client().publish(message{topic: x.topic("a"), payload: "x", qos: 2})
			a.unacknowledged(2, false, "x")
			b := x.client()
			b.subscribe(x.share("a"), 2)
			a.leave()
			b.nothing(x.client())
		}},
	{"a PUBACK or PUBREC that is an error ends the message for all", [2]string{"", "4.8.2-6"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			a, _ := x.connect(c)
			b, pub := x.client(), x.client()
			a.subscribe(x.share("a"), 1)
			pub.publish(message{topic: x.topic("a"), payload: "x", qos: 1})
			id := a.unacknowledged(1, false, "x")[0]
			b.subscribe(x.share("a"), 1)
			a.send(nack(puback, id, 0x80))
			a.leave()
			b.nothing(pub)
			if a, _ = x.connect(c); true {
				a.nothing(pub)
			}
		}},
}
