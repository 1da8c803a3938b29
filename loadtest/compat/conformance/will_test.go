package conformance

import "time"

// leaver is a client with this will, and a watcher of its topic.
func (x *exchange) leaver(c connect, w will) (watch, leaver *wire) {
	watch = x.client()
	w.topic = x.topic("will")
	watch.subscribe(w.topic, 1)
	c.will = &w
	leaver, _ = x.connect(c)
	return watch, leaver
}

var willChecks = []check{
	{"the end of the connection publishes the will", [2]string{"3.1.2-8 3.1.2-16", "3.1.2-7 3.1.2-8 3.1.2-14"},
		func(x *exchange) {
			for qos := range byte(3) {
				watch, w := x.leaver(connect{}, will{payload: "gone", qos: qos})
				w.Close()
				if d := watch.receive("gone"); d.qos != min(qos, 1) || d.retain {
					x.fail("the will comes as %+v", d)
				}
			}
		}},
	{"so does a violation of the protocol", [2]string{"3.1.2-8", "3.1.2-8"},
		func(x *exchange) {
			watch, w := x.leaver(connect{}, will{payload: "gone"})
			w.send("\x00\x00")
			w.ended(0)
			watch.receive("gone")
		}},
	{"and a connection that takes over", [2]string{"3.1.2-8 3.1.4-2", "3.1.2-8 3.1.4-3"},
		func(x *exchange) {
			id := unique("same")
			watch, _ := x.leaver(connect{id: id}, will{payload: "gone"})
			x.connect(connect{id: id})
			watch.receive("gone")
		}},
	{"DISCONNECT discards the will", [2]string{"3.14.4-3 3.1.2-8 3.1.2-10", "3.14.4-3 3.1.2-8 3.1.2-10"},
		func(x *exchange) {
			id := unique("same")
			watch, w := x.leaver(connect{id: id}, will{payload: "gone"})
			w.leave()
			w, _ = x.connect(connect{id: id})
			watch.nothing(w)
		}},
	{"a published will is gone", [2]string{"3.1.2-10", "3.1.2-10"},
		func(x *exchange) {
			c := x.kept(unique("same"))
			watch, w := x.leaver(c, will{payload: "gone"})
			w.Close()
			watch.receive("gone")
			w, _ = x.connect(c)
			w.Close()
			w, _ = x.connect(c)
			watch.nothing(w)
		}},
	{"without a will nothing is published", [2]string{"3.1.2-12", ""},
		func(x *exchange) {
			watch := x.client()
			watch.subscribe(x.topic("#"), 0)
			id := unique("same")
			w, _ := x.connect(connect{id: id})
			w.Close()
			w, _ = x.connect(connect{id: id})
			watch.nothing(w)
		}},
	{"DISCONNECT with another code than 0x00 publishes the will", [2]string{"", "3.1.2-8"},
		func(x *exchange) {
			watch, w := x.leaver(connect{}, will{payload: "gone"})
			w.send("\xe0\x01\x04")
			watch.receive("gone")
		}},
	{"a will waits for its delay", [2]string{"", "3.1.2-7 3.1.2-8"},
		func(x *exchange) {
			watch, w := x.leaver(x.kept(unique("s")), will{payload: "gone", properties: longProperty(willDelay, 1)})
			w.Close()
			watch.nothing(x.client())
			watch.receive("gone")
		}},
	{"and comes at the end of the session at the latest", [2]string{"", "3.1.2-8"},
		func(x *exchange) {
			watch, w := x.leaver(connect{}, will{payload: "gone", properties: longProperty(willDelay, 60)})
			w.Close()
			watch.receive("gone")
		}},
	{"a client that is back before the delay is over has no will published", [2]string{"", "3.1.3-9 3.1.2-8"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			watch, w := x.leaver(c, will{payload: "gone", properties: longProperty(willDelay, 1)})
			w.Close()
			w, _ = x.connect(c)
			x.pass(1500 * time.Millisecond)
			watch.nothing(w)
		}},
	{"a clean start ends the session, so the will comes at once", [2]string{"", "3.1.2-8 3.1.2-4"},
		func(x *exchange) {
			for _, away := range []bool{true, false} {
				c := x.kept(unique("s"))
				watch, w := x.leaver(c, will{payload: "gone", properties: longProperty(willDelay, 60)})
				if away {
					w.Close()
				}
				x.connect(connect{id: c.id})
				watch.receive("gone")
			}
		}},
	{"a takeover that resumes within the delay has no will published", [2]string{"", "3.1.3-9"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			watch, old := x.leaver(c, will{payload: "gone", properties: longProperty(willDelay, 60)})
			w, _ := x.connect(c)
			old.ended(0x8e)
			watch.nothing(w)
		}},
	{"the properties of a will come with it, in their order", [2]string{"", "3.1.3-10"},
		func(x *exchange) {
			p := userPropertyOf("b", "1") + userPropertyOf("a", "2") + userPropertyOf("b", "0")
			watch, w := x.leaver(connect{}, will{payload: "gone", properties: byteProperty(payloadFormat, 1) +
				textProperty(contentType, "text") + textProperty(responseTopic, "r") + textProperty(correlationData, "\x00\xff") + p})
			w.Close()
			d := watch.receive("gone")
			x.same(d.properties, userProperty, str("b")+str("1"), str("a")+str("2"), str("b")+str("0"))
			x.same(d.properties, payloadFormat, "\x01")
			x.same(d.properties, contentType, str("text"))
			x.same(d.properties, responseTopic, str("r"))
			x.same(d.properties, correlationData, str("\x00\xff"))
		}},
	{"a retained will is stored", [2]string{"3.1.2-17", "3.1.2-15"},
		func(x *exchange) {
			watch, w := x.leaver(connect{}, will{payload: "gone", retain: true})
			w.Close()
			watch.receive("gone")
			late := x.client()
			late.subscribe(x.topic("will"), 0)
			if d := late.receive("gone"); !d.retain {
				x.fail("the will comes as %+v", d)
			}
		}},
	{"a will that is not retained is not stored", [2]string{"3.1.2-16", "3.1.2-14"},
		func(x *exchange) {
			watch, w := x.leaver(connect{}, will{payload: "gone"})
			w.Close()
			watch.receive("gone")
			late := x.client()
			late.subscribe(x.topic("will"), 0)
			late.nothing(watch)
		}},
}
