package conformance

var disconnectChecks = []check{
	{"DISCONNECT closes, and what follows it is not processed", [2]string{"3.14.4-1 3.14.4-2", "3.14.4-1 3.14.4-2"},
		func(x *exchange) {
			watch := x.client()
			watch.subscribe(x.topic("a"), 0)
			w := x.client()
			w.send(goodbye, message{topic: x.topic("a")}.bytes(x.version), pingreq)
			w.closed()
			watch.nothing(x.client())
		}},
	{"DISCONNECT of the server is its last word, and has a code of the table", [2]string{"", "3.14.2-1 3.14.2-2 3.14.4-1 3.14.4-2 4.13.2-1"},
		func(x *exchange) {
			for packet, code := range map[string]byte{
				"\x00\x00":                      0x81,
				connect{}.bytes(v5):             0x82,
				"\x30\xff\xff\xff\x7f":          0x95,
				aliased("a", "", 0):             0x94,
				message{topic: "a/#"}.bytes(v5): 0x90,
			} {
				w := x.client()
				w.send(packet, pingreq, pingreq)
				first, body := w.next()
				if first != 0xe0 || len(body) == 0 || body[0] != code {
					x.fail("% x is answered by %#x % x", packet, first, body)
				}
				if len(body) > 1 {
					p, _ := x.readProperties(body[1:])
					x.same(p, sessionExpiry)
				}
				w.closed()
			}
		}},
	{"a client's DISCONNECT may have each code that is for it, and no other", [2]string{"", "3.14.2-1"},
		func(x *exchange) {
			for _, code := range []byte{0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99} {
				w := x.client()
				w.send(packet(0xe0, string([]byte{code})))
				w.closed()
			}
			for _, code := range []byte{0x01, 0x10, 0x8b, 0x8d, 0x8e, 0xff} {
				x.ends(packet(0xe0, string([]byte{code})))
			}
		}},
	{"DISCONNECT may change the session's expiry, but not give it one", [2]string{"", "3.1.2-23 4.13.1-1"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			w, _ := x.connect(c)
			w.send(packet(0xe0, "\x00", v5.properties(longProperty(sessionExpiry, 0))))
			w.closed()
			if _, a := x.connect(c); a.present {
				x.fail("the session is there, although DISCONNECT said 0")
			}
			x.endsWith(0x82, packet(0xe0, "\x00", v5.properties(longProperty(sessionExpiry, 10))))
		}},
}
