package conformance

import "strings"

// illFormed are strings that are no UTF-8.
var illFormed = []string{
	"a\xff",            // no such byte
	"\xc0\xaf",         // longer than it need be
	"a\xed\xa0\x80",    // a surrogate, U+D800
	"\xed\xbf\xbfb",    // U+DFFF
	"\xf4\x90\x80\x80", // beyond U+10FFFF
	"a\xe2\x82",        // cut off
}

// carriers are packets that hold a string, after CONNECT.
func (x *exchange) carriers(s string) []string {
	all := []string{
		message{topic: s}.bytes(x.version),
		x.subscribe(1, s, "\x00"),
		x.unsubscribe(1, s),
	}
	if x.version == v5 {
		for _, p := range []string{textProperty(responseTopic, s), textProperty(contentType, s)} {
			all = append(all, message{topic: "a", properties: p}.bytes(v5))
		}
		all = append(all, packet(0xe0, "\x00", v5.properties(textProperty(reasonString, s))))
	}
	return all
}

// openers are CONNECTs that hold a string.
func (x *exchange) openers(s string) []string {
	return []string{
		connect{id: s}.bytes(x.version),
		connect{will: &will{topic: s}}.bytes(x.version),
		connect{flags: userNameFlag, rest: str(s)}.bytes(x.version),
	}
}

var formatChecks = []check{
	{"ill-formed UTF-8 closes the connection, wherever it stands",
		[2]string{"1.5.3-1 3.1.3-4 3.1.3-10 3.1.3-11 3.8.3-1 3.10.3-1 4.8.0-1",
			"1.5.4-1 3.1.3-4 3.1.3-11 3.1.3-12 3.3.2-13 3.3.2-19 3.8.3-1 3.10.3-1 4.13.1-1"},
		func(x *exchange) {
			for _, s := range illFormed {
				x.ends(x.carriers(s)...)
				for _, c := range x.openers(s) {
					x.refused(c)
				}
			}
		}},
	{"U+0000 closes the connection, wherever it stands", [2]string{"1.5.3-2 4.7.3-2", "1.5.4-2 4.7.3-2"},
		func(x *exchange) {
			for _, s := range []string{"a\x00b", "\x00"} {
				x.ends(x.carriers(s)...)
				for _, c := range x.openers(s) {
					x.refused(c)
				}
			}
		}},
	{"U+FEFF in a topic stays and counts", [2]string{"1.5.3-3", "1.5.4-3"},
		func(x *exchange) {
			w := x.client()
			for _, marked := range []string{"\ufeff" + x.topic("a"), x.topic("\ufeff"), x.topic("a\ufeffb")} {
				w.subscribe(marked, 0)
				w.send(message{topic: marked, payload: marked}.bytes(x.version))
				if d := w.receive(marked); d.topic != marked {
					x.fail("%q arrives as %q", marked, d.topic)
				}
			}
			w.subscribe(x.topic("c"), 0)
			w.send(message{topic: x.topic("c\ufeff")}.bytes(x.version), message{topic: "\ufeff" + x.topic("c")}.bytes(x.version))
			w.ping()
		}},
	{"integers that are longer than they need be end the connection", [2]string{"", "1.5.5-1"},
		func(x *exchange) {
			x.endsWith(0x81,
				"\xc0\x80\x00",
				"\x30\x84\x00\x00\x01a\x00",
				packet(0x30, str("a"), "\x80\x00"),
				packet(0x82, u16(1), "\x03\x0b\x81\x00", str("a"), "\x00"))
		}},
	{"the server's own integers are short", [2]string{"", "1.5.5-1"},
		func(x *exchange) { // which every packet that is read here shows
			w := x.client()
			w.subscribe(x.topic("a"), 0)
			for _, n := range []int{1, 100, 127, 128, 16000, 17000} {
				payload := strings.Repeat("x", n)
				w.send(message{topic: x.topic("a"), payload: payload, properties: userPropertyOf("n", payload[:n/2])}.bytes(v5))
				w.receive(payload)
			}
		}},
	{"both halves of a user property are checked", [2]string{"", "1.5.7-1"},
		func(x *exchange) {
			for _, s := range append([]string{"a\x00"}, illFormed...) {
				for _, p := range []string{userPropertyOf(s, "v"), userPropertyOf("n", s)} {
					x.endsWith(0x81,
						message{topic: "a", properties: p}.bytes(v5),
						x.subscribeWith(1, p, "a", "\x00"),
						packet(0xa2, u16(1), v5.properties(p), str("a")),
						packet(0xe0, "\x00", v5.properties(p)))
					x.refused(connect{properties: p}.bytes(v5))
					x.refused(connect{will: &will{topic: "a", properties: p}}.bytes(v5))
				}
			}
		}},
	{"reserved flags other than the listed ones close the connection",
		[2]string{"2.2.2-1 2.2.2-2 3.6.1-1 3.8.1-1 3.10.1-1 3.14.1-1 4.8.0-1",
			"2.1.3-1 3.6.1-1 3.8.1-1 3.10.1-1 3.14.1-1 3.15.1-1 4.13.1-1"},
		func(x *exchange) {
			types := map[byte]string{
				0x40: ack(puback, 1)[1:], 0x50: ack(pubrec, 1)[1:], 0x62: ack(pubrel, 1)[1:], 0x70: ack(pubcomp, 1)[1:],
				0x82: x.subscribe(1, "a", "\x00")[1:], 0xa2: x.unsubscribe(1, "a")[1:], 0xc0: "\x00", 0xe0: "\x00",
			}
			if x.version == v5 {
				types[0xf0] = "\x00"
			}
			for right, rest := range types {
				for flags := range byte(16) {
					if first := right&0xf0 | flags; first != right {
						x.endsWith(0x81, string([]byte{first})+rest)
					}
				}
			}
			for flags := byte(1); flags < 16; flags++ {
				x.refused(string([]byte{0x10 | flags}) + connect{}.bytes(x.version)[1:])
			}
		}},
	{"packets that servers send, and types that do not exist, close the connection", [2]string{"4.8.0-1", "4.13.1-1 4.13.2-1"},
		func(x *exchange) {
			x.ends("\x00\x00", "\x20\x02\x00\x00", "\x20\x03\x00\x00\x00", packet(0x90, u16(1), x.properties(), "\x00"),
				packet(0xb0, u16(1), x.properties(), "\x00"), "\xd0\x00")
			if x.version == v311 {
				x.ends("\xf0\x00")
			}
		}},
	{"lengths that cannot be close the connection", [2]string{"4.8.0-1", "4.13.1-1"},
		func(x *exchange) {
			x.ends(
				"\x30\xff\xff\xff\xff\x01", // in five bytes
				"\xc0\x01a",                // PINGREQ that is not empty
				packet(puback, "\x00"),     // half an identifier
				packet(0x30, "\x00\x05ab"), // a topic longer than its packet
				packet(0x30, "\x00"),
				packet(0x32, str("a"), "\x00"),
				packet(0x82, u16(1), x.properties(), "\x00\x05a"),
				packet(0x82, u16(1), x.properties(), str("a")), // without options
				packet(0xa2, u16(1), x.properties(), str("a"), "\x00"))
			if x.version == v5 {
				x.ends(
					packet(0x30, str("a"), "\x05\x01\x00"),             // properties longer than their packet
					packet(0x30, str("a"), "\x01\x02"),                 // half a property
					packet(0x30, str("a"), "\x02\x63\x00"),             // an unknown one
					packet(0x30, str("a"), "\x02\x24\x00"),             // one of another packet
					packet(0x30, str("a"), "\x04\x01\x00\x01\x00"),     // one twice
					packet(0x30, str("a"), "\x02\x01\x02"),             // a value that does not exist
					packet(0x82, u16(1), "\x02\x0b\x00", str("a\x00")), // subscription identifier 0
					nack(puback, 1, 0x01),                              // a reason code that does not exist
				)
			}
		}},
	{"packet identifier 0 closes the connection", [2]string{"2.3.1-1", "2.2.1-3"},
		func(x *exchange) {
			x.ends(message{topic: "a", qos: 1}.bytes(x.version), message{topic: "a", qos: 2}.bytes(x.version),
				x.subscribe(0, "a", "\x00"), x.unsubscribe(0, "a"))
		}},
	{"a message of QoS 0 has no packet identifier, in either direction", [2]string{"2.3.1-5", "2.2.1-2"},
		func(x *exchange) {
			w := x.client()
			w.subscribe(x.topic("a"), 1)
			w.send(message{topic: x.topic("a"), payload: "\x00\x01"}.bytes(x.version))
			w.expect(0x30, str(x.topic("a"))+x.properties()+"\x00\x01")
		}},
	{"a packet without properties has the length 0", [2]string{"", "2.2.2-1"},
		func(x *exchange) {
			w := x.client()
			w.subscribe(x.topic("a"), 0)
			w.send(message{topic: x.topic("a")}.bytes(v5))
			w.expect(0x30, str(x.topic("a"))+"\x00")
			w.unsubscribe(x.topic("a"))
			x.ends(packet(0x30, str("a")), packet(0x82, u16(1), str("a"), "\x00"))
		}},
	{"two packets of one client need nothing but the standard, and TCP", [2]string{"7.0.0-2 7.1.1-1", "4.2.0-1"},
		func(x *exchange) {
			w := x.dial()
			for _, b := range []byte(connect{}.bytes(x.version) + pingreq) {
				w.send(string([]byte{b}))
			}
			w.accepted()
			w.expect(pingresp, "")
		}},
	{"PINGREQ is answered", [2]string{"3.12.4-1", "3.12.4-1"},
		func(x *exchange) {
			w := x.client()
			w.send(pingreq, pingreq)
			w.expect(pingresp, "")
			w.expect(pingresp, "")
		}},
}
