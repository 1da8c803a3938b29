package conformance

var qos1Checks = []check{
	{"new messages get identifiers that are not in use", [2]string{"2.3.1-4 4.3.2-1", "2.2.1-4 4.3.2-1 4.3.2-2 4.3.2-3"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), 1)
			used := map[int]bool{}
			for _, p := range numbered(40) {
				pub.publish(message{topic: x.topic("a"), payload: p, qos: 1})
				id := w.unacknowledged(1, false, p)[0]
				if used[id] {
					x.fail("identifier %d is in use", id)
				}
				used[id] = true
				if id%2 == 0 {
					w.send(ack(puback, id))
					delete(used, id)
				}
			}
		}},
	{"PUBACK has the identifier, and afterwards that stands for something new", [2]string{"4.3.2-2 2.3.1-6", "4.3.2-4 4.3.2-5 2.2.1-5"},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), 1)
			for i, p := range numbered(6) {
				pub.publish(message{topic: x.topic("a"), payload: p, qos: 1, id: 7, dup: i%2 == 1})
				w.receive(p)
			}
		}},
	{"what is acknowledged is in the session of everybody who is to have it", [2]string{"4.5.0-1 3.1.2-5", "4.5.0-1"},
		func(x *exchange) {
			pub, ids := x.client(), []string{unique("s"), unique("s"), unique("s")}
			for i, id := range ids {
				w, _ := x.connect(x.kept(id))
				w.subscribe(x.topic([]string{"a/b", "a/+", "#"}[i]), 1)
				w.Close()
			}
			pub.publish(message{topic: x.topic("a/b"), payload: "x", qos: 1})
			for _, id := range ids {
				w, _ := x.connect(x.kept(id))
				w.receive("x")
			}
		}},
	{"messages of one publisher arrive in their order", [2]string{"4.6.0-5 4.6.0-6", "4.6.0-5 4.6.0-6"},
		func(x *exchange) {
			for qos := range byte(2) {
				w, pub := x.client(), x.client()
				w.subscribe(x.topic("a"), qos)
				all := ""
				for i, p := range numbered(200) {
					all += message{topic: x.topic("a"), payload: p, qos: qos, id: i + 1}.bytes(x.version)
				}
				pub.send(all)
				w.receives(numbered(200)...)
			}
		}},
	{"and so do those that waited for a session", [2]string{"4.6.0-5 4.6.0-6", "4.6.0-5 4.6.0-6"},
		func(x *exchange) {
			pub, id := x.client(), unique("s")
			w, _ := x.connect(x.kept(id))
			w.subscribe(x.topic("a"), 1)
			w.leave()
			for _, p := range numbered(300) {
				pub.publish(message{topic: x.topic("a"), payload: p, qos: 1})
			}
			w, _ = x.connect(x.kept(id))
			w.receives(numbered(300)...)
		}},
	{"acknowledgements leave in the order of the publishes", [2]string{"4.3.2-2", "4.3.2-4"},
		func(x *exchange) {
			w := x.client()
			all := ""
			for i := range 50 {
				all += message{topic: x.topic("a"), qos: 1, id: 100 - i}.bytes(x.version)
			}
			w.send(all)
			for i := range 50 {
				w.answer(puback, 100-i)
			}
		}},
	{"a full queue of a receiver does not close the publisher", [2]string{"4.8.0-2", ""},
		func(x *exchange) {
			w, pub := x.client(), x.client()
			w.subscribe(x.topic("a"), 1)
			all := ""
			for i := range 10500 { // above --max-queued
				all += message{topic: x.topic("a"), qos: 1, id: i + 1}.bytes(x.version)
			}
			go pub.send(all)
			for i := range 10500 {
				pub.answer(puback, i+1)
			}
			pub.ping()
		}},
}
