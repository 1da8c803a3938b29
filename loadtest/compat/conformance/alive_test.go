package conformance

import "time"

// silence is one and a half times a keep alive of a second.
const silence = 1500 * time.Millisecond

var aliveChecks = []check{
	{"silence of 1.5 times the keep alive ends the connection, with its will", [2]string{"3.1.2-24", "3.1.2-22 3.2.2-22"},
		func(x *exchange) {
			watch, w := x.leaver(connect{keepAlive: 1}, will{payload: "gone"})
			since := time.Now()
			if x.version == v5 {
				w.ended(0x8d)
			} else {
				w.closed()
			}
			if d := time.Since(since); d < silence-50*time.Millisecond {
				x.fail("closed after %v", d)
			}
			watch.receive("gone")
		}},
	{"PINGREQ keeps it", [2]string{"3.1.2-24", "3.1.2-22"},
		func(x *exchange) {
			w, _ := x.connect(connect{keepAlive: 1})
			for range 4 {
				x.pass(800 * time.Millisecond)
				w.ping()
			}
		}},
	{"deliveries to the client do not", [2]string{"3.1.2-24", "3.1.2-22"},
		func(x *exchange) {
			pub := x.client()
			w, a := x.connect(connect{keepAlive: 1})
			if len(a.properties[serverKeepAlive]) != 0 {
				x.fail("the server has a keep alive of its own")
			}
			w.subscribe(x.topic("a"), 0)
			for range 6 {
				pub.say(x.topic("a"), "x")
				x.pass(silence / 4)
			}
			for {
				if first, body, err := w.read(); err != nil {
					break
				} else if first == 0xe0 && body[0] != 0x8d {
					x.fail("DISCONNECT % x", body)
				}
			}
		}},
	{"keep alive 0 is none", [2]string{"3.1.2-24", "3.1.2-22"},
		func(x *exchange) {
			w := x.client()
			x.pass(2 * silence)
			w.ping()
		}},
}
