package conformance

import "fmt"

// slow is a client that takes so many unacknowledged messages.
func (x *exchange) slow(n int) *wire {
	w, _ := x.connect(connect{properties: shortProperty(receiveMaximum, n)})
	w.subscribe(x.topic("a"), 1)
	return w
}

var flowChecks = []check{
	{"no more than Receive Maximum is unacknowledged", [2]string{"", "3.3.4-9 4.9.0-1 4.9.0-2"},
		func(x *exchange) {
			for _, n := range []int{1, 2, 5} {
				w, pub := x.slow(n), x.client()
				for _, p := range numbered(2*n + 1) {
					pub.publish(message{topic: x.topic("a"), payload: p, qos: 1})
				}
				ids := w.unacknowledged(1, false, numbered(n)...)
				w.ping()
				w.send(ack(puback, ids[0]))
				id := w.unacknowledged(1, false, fmt.Sprint("m", n))[0]
				w.ping()
				w.send(nack(puback, id, 0x80))
				w.unacknowledged(1, false, fmt.Sprint("m", n+1))
			}
		}},
	{"nor of what comes again on a connection that takes less", [2]string{"", "3.3.4-9 4.9.0-2"},
		func(x *exchange) {
			c, pub := x.kept(unique("s")), x.client()
			w, _ := x.connect(c)
			w.subscribe(x.topic("a"), 1)
			for _, p := range numbered(5) {
				pub.publish(message{topic: x.topic("a"), payload: p, qos: 1})
			}
			ids := w.unacknowledged(1, false, numbered(5)...)
			w.Close()
			c.properties += shortProperty(receiveMaximum, 2)
			w, _ = x.connect(c)
			again := w.unacknowledged(1, true, "m0", "m1")
			w.ping()
			for i := 2; i < 5; i++ {
				w.send(ack(puback, again[i-2]))
				again = append(again, w.unacknowledged(1, true, numbered(5)[i])...)
				if again[i] != ids[i] {
					x.fail("identifiers %d come again as %d", ids, again)
				}
				w.ping()
			}
		}},
	{"everything else goes on meanwhile", [2]string{"", "3.3.4-10 4.9.0-3"},
		func(x *exchange) {
			w, pub := x.slow(1), x.client()
			for _, p := range numbered(3) {
				pub.publish(message{topic: x.topic("a"), payload: p, qos: 1})
			}
			w.unacknowledged(1, false, "m0")
			w.ping()
			w.subscribe(x.topic("b"), 0)
			pub.say(x.topic("b"), "quick")
			w.receive("quick")
			w.publish(message{topic: x.topic("c"), qos: 1})
			w.publish(message{topic: x.topic("c"), qos: 2})
			w.unsubscribe(x.topic("b"))
		}},
	{"more unfinished publishes than the server's Receive Maximum end the connection", [2]string{"", "3.3.4-7"},
		func(x *exchange) {
			w, a := x.connect(connect{})
			n := a.number(receiveMaximum, 65535)
			all := ""
			for i := range n + 1 {
				all += message{topic: x.topic("a"), qos: 2, id: i + 1}.bytes(v5)
			}
			w.send(all)
			for i := range n {
				w.answer(pubrec, i+1)
			}
			w.ended(0x93)
		}},
}
