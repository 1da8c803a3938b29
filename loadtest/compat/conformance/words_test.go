package conformance

// wordsFlags make the server say in words what it is allowed to.
var wordsFlags = []string{"--reason-strings", "--response-information", "info/${clientid}/"}

// reserved is a topic that no client may publish to.
const reserved = "$SYS/broker/version"

var wordsChecks = []check{
	{"Response Information is sent to who asks, and to nobody else", [2]string{"", "3.1.2-28"},
		func(x *exchange) {
			for _, p := range []string{"", byteProperty(responseInfo, 0)} {
				_, a := x.connect(connect{properties: p})
				x.same(a.properties, responseInformation)
			}
			id := unique("asks")
			_, a := x.connect(connect{id: id, properties: byteProperty(responseInfo, 1)})
			x.same(a.properties, responseInformation, str("info/"+id+"/"))
		}},
	{"Reason Strings come without being asked for, and not against the client's wish", [2]string{"", "3.1.2-29"},
		func(x *exchange) {
			w, _ := x.connect(connect{properties: byteProperty(problemInfo, 0)})
			x.quiet(w)
			for _, p := range []string{"", byteProperty(problemInfo, 1)} {
				w, _ := x.connect(connect{properties: p})
				w.send(message{topic: reserved, qos: 1, id: 1}.bytes(v5))
				first, body := w.next()
				if first != 0x40 || len(body) < 4 {
					x.fail("PUBLISH is answered by %#x % x", first, body)
				}
				if section, _ := x.readProperties(body[3:]); len(section[reasonString]) != 1 {
					x.fail("PUBACK % x has no Reason String", body)
				}
			}
		}},
	{"a Reason String that does not fit is left out",
		[2]string{"", "3.2.2-19 3.4.2-2 3.5.2-2 3.6.2-2 3.7.2-2 3.9.2-1 3.14.2-3"},
		func(x *exchange) {
			told := 0
			for n := 20; n < 200; n += 9 {
				size := longProperty(maximumPacketSize, n)
				fits := func(all string) {
					if len(all) > n {
						x.fail("a client that takes %d bytes is sent % x", n, all)
					}
					if len(all) > 20 {
						told++
					}
				}
				w, _ := x.connect(connect{properties: size})
				for _, p := range []string{
					message{topic: reserved, qos: 1, id: 1}.bytes(v5), message{topic: reserved, qos: 2, id: 2}.bytes(v5),
					ack(pubrec, 0x77), ack(pubrel, 0x77), x.subscribe(1, "a/#/b", "\x00"),
				} {
					w.send(p)
					first, body := w.next()
					fits(packet(first, body))
				}
				w.send("\x00\x00")
				fits(w.rest())
				w = x.dial()
				w.send(connect{properties: size + textProperty(authMethod, "none")}.bytes(v5))
				fits(w.rest())
			}
			if told == 0 {
				x.fail("no packet has a Reason String")
			}
		}},
}
