package conformance

import "strings"

var connectChecks = []check{
	{"another first packet closes the connection without an answer", [2]string{"3.1.0-1 3.2.0-1 4.8.0-1", "3.1.0-1 3.2.0-1 3.14.0-1"},
		func(x *exchange) {
			for _, p := range []string{pingreq, goodbye, message{topic: "a"}.bytes(x.version), x.subscribe(1, "a", "\x00"),
				ack(puback, 1), "\xf0\x00", "\x20\x02\x00\x00"} {
				w := x.dial()
				w.send(p)
				w.closed()
			}
		}},
	{"a second CONNECT ends the connection", [2]string{"3.1.0-2", "3.1.0-2 3.2.0-2"},
		func(x *exchange) {
			x.endsWith(0x82, connect{}.bytes(x.version))
			w := x.dial()
			id := unique("same")
			w.send(connect{id: id}.bytes(x.version), connect{id: id}.bytes(x.version))
			w.accepted()
			w.ended(0)
		}},
	{"another protocol name is refused", [2]string{"3.1.2-1 3.1.4-1", "3.1.2-1 3.1.4-1"},
		func(x *exchange) {
			for _, name := range []string{"MQTTX", "mqtt", "MQIsdp", "", "MQT", "\xff\xff\xff\xff"} {
				x.refusedWith(rawConnect(x.version, name, x.level(), 2, 0, x.properties(), str("a")), 0, 1, 0x84)
			}
		}},
	{"an unknown protocol level is answered and closed", [2]string{"3.1.2-2 3.2.2-5", "3.1.2-2 3.2.2-7"},
		func(x *exchange) {
			if x.version == v311 {
				for _, level := range []byte{0, 1, 2} {
					x.refusedWith(rawConnect(x.version, "MQTT", level, 2, 0, str("a")), 1)
				}
				return
			}
			for _, level := range []byte{6, 7, 0x7f} {
				x.refusedWith(rawConnect(x.version, "MQTT", level, 2, 0, "\x00", str("a")), 0x84)
			}
		}},
	{"a set reserved flag is refused", [2]string{"3.1.2-3 3.1.4-1 3.2.2-6", "3.1.2-3 3.1.4-1"},
		func(x *exchange) { x.refusedWith(connect{flags: 1}.bytes(x.version), 0, 0x81) }},
	{"will QoS or will retain without the will flag is refused", [2]string{"3.1.2-11 3.1.2-13 3.1.2-15 3.1.4-1", "3.1.2-11 3.1.2-13 3.1.4-1"},
		func(x *exchange) {
			for _, flags := range []byte{0x08, 0x10, 0x18, willRetainFlag, 0x28} {
				x.refusedWith(connect{flags: flags}.bytes(x.version), 0, 0x81)
			}
		}},
	{"will topic and message without the will flag are refused", [2]string{"3.1.2-11 3.1.4-1", "3.1.4-1"},
		func(x *exchange) {
			x.refusedWith(connect{rest: x.properties() + str("topic") + str("message")}.bytes(x.version), 0, 0x81)
		}},
	{"will QoS 3 is refused", [2]string{"3.1.2-14 3.1.4-1", "3.1.2-12 3.1.4-1"},
		func(x *exchange) {
			x.refusedWith(connect{will: &will{topic: "a", qos: 3}}.bytes(x.version), 0, 0x81)
			for qos := range byte(3) {
				w, _ := x.connect(connect{will: &will{topic: x.topic("a"), qos: qos}})
				w.send(goodbye)
				w.closed()
			}
		}},
	{"a will flag without a whole will is refused", [2]string{"3.1.2-9 3.1.4-1", "3.1.2-9 3.1.4-1"},
		func(x *exchange) {
			p := x.properties()
			for _, rest := range []string{"", p, p + str("topic"), p + str("topic") + "\x00", p + str("topic") + "\x00\x05half"} {
				x.refusedWith(connect{flags: willFlag, rest: rest}.bytes(x.version), 0, 0x81)
			}
		}},
	{"a user name without its flag is refused", [2]string{"3.1.2-18 3.1.4-1", "3.1.2-16 3.1.4-1"},
		func(x *exchange) { x.refusedWith(connect{rest: str("name")}.bytes(x.version), 0, 0x81) }},
	{"a user name flag without a user name is refused", [2]string{"3.1.2-19 3.1.4-1", "3.1.2-17 3.1.4-1"},
		func(x *exchange) {
			x.refusedWith(connect{flags: userNameFlag}.bytes(x.version), 0, 0x81)
			x.refusedWith(connect{flags: userNameFlag, rest: "\x00\x05half"}.bytes(x.version), 0, 0x81)
		}},
	{"a password without its flag is refused", [2]string{"3.1.2-20 3.1.4-1", "3.1.2-18 3.1.4-1"},
		func(x *exchange) {
			x.refusedWith(connect{flags: userNameFlag, rest: str("name") + str("secret")}.bytes(x.version), 0, 0x81)
		}},
	{"a password flag without a password is refused", [2]string{"3.1.2-21 3.1.4-1", "3.1.2-19 3.1.4-1"},
		func(x *exchange) {
			x.refusedWith(connect{flags: userNameFlag | passwordFlag, rest: str("name")}.bytes(x.version), 0, 0x81)
		}},
	{"a password without a user name is refused", [2]string{"3.1.2-22", ""},
		func(x *exchange) {
			x.refusedWith(connect{flags: passwordFlag, rest: str("secret")}.bytes(x.version), 0)
		}},
	{"user name and password are read, in 5.0 also a password alone", [2]string{"3.1.2-19 3.1.2-21", "3.1.2-17 3.1.2-19"},
		func(x *exchange) {
			x.connect(connect{flags: userNameFlag | passwordFlag, rest: str("name") + str("\x00\xffsecret")})
			x.connect(connect{flags: userNameFlag, rest: str("name")})
			if x.version == v5 {
				x.connect(connect{flags: passwordFlag, rest: str("secret")})
			}
		}},
	{"the fields of the payload are taken in their order", [2]string{"3.1.3-1 3.1.2-9", "3.1.3-1 3.1.2-9"},
		func(x *exchange) {
			watch := x.client()
			watch.subscribe(x.topic("will"), 0)
			w, _ := x.connect(connect{will: &will{topic: x.topic("will"), payload: "last"}, flags: userNameFlag | passwordFlag,
				rest: str("name") + str("secret")})
			w.Close()
			watch.receive("last")
		}},
	{"what breaks the format of CONNECT is closed, before 5.0 without an answer", [2]string{"3.1.4-1", "3.1.4-1 4.13.1-1"},
		func(x *exchange) {
			for _, p := range []string{
				connect{rest: "more"}.bytes(x.version),
				packet(0x10, str("MQTT")),
				packet(0x10, str("MQTT"), "\x04"),
				packet(0x10, str("MQTT"), string([]byte{x.level()}), "\x02"),
				packet(0x10, ""),
				"\x10\xff\xff\xff\xff\x01",
			} {
				x.refusedWith(p, 0, 0x81, 0x82)
			}
			if x.version == v5 {
				for _, p := range []string{
					shortProperty(receiveMaximum, 0), longProperty(maximumPacketSize, 0), byteProperty(problemInfo, 2), byteProperty(responseInfo, 2),
					longProperty(sessionExpiry, 1) + longProperty(sessionExpiry, 1), shortProperty(topicAlias, 1), textProperty(authData, "x"),
				} {
					x.refusedWith(connect{properties: p}.bytes(v5), 0x81, 0x82)
				}
				x.refusedWith(connect{will: &will{topic: "a", properties: byteProperty(payloadFormat, 2)}}.bytes(v5), 0x81, 0x82)
				x.refusedWith(connect{will: &will{topic: "a", properties: longProperty(sessionExpiry, 2)}}.bytes(v5), 0x81, 0x82)
			}
		}},
	{"an accepted CONNECT is answered with 0, once and first", [2]string{"3.1.4-4 3.2.0-1", "3.1.4-5 3.2.0-1 3.2.0-2 3.2.2-1 3.2.2-8"},
		func(x *exchange) {
			w := x.dial()
			w.send(connect{}.bytes(x.version), x.subscribe(7, x.topic("a"), "\x00"), message{topic: x.topic("a"), payload: "x"}.bytes(x.version))
			w.accepted()
			w.expect(0x90, u16(7)+x.properties()+"\x00")
			w.receive("x")
			w.ping()
		}},
	{"what follows a refused CONNECT is not processed", [2]string{"3.1.4-5 3.2.2-4 3.2.2-5", "3.1.4-6 3.2.2-6 3.2.2-7 3.14.0-1 4.13.2-1"},
		func(x *exchange) {
			watch := x.client()
			watch.subscribe(x.topic("#"), 0)
			bad := connect{anonymous: true, resume: true}
			if x.version == v5 {
				bad = connect{properties: textProperty(authMethod, "NONE")}
			}
			for range 3 {
				if x.refused(bad.bytes(x.version)+strings.Repeat(message{topic: x.topic("a")}.bytes(x.version), 10)) == 0 {
					x.fail("refused without an answer")
				}
			}
			watch.nothing(x.client())
		}},
	{"a refusal has a code of the table, and Session Present 0", [2]string{"3.2.2-4 3.2.2-5", "3.2.2-6 3.2.2-7 3.2.2-8 3.14.0-1"},
		func(x *exchange) { // which x.refused looks at
			if x.version == v311 {
				x.refusedWith(connect{anonymous: true, resume: true}.bytes(x.version), 2)
				x.refusedWith(rawConnect(x.version, "MQTT", 2, 2, 0, str("a")), 1)
				return
			}
			x.refusedWith(connect{properties: textProperty(authMethod, "NONE")}.bytes(v5), 0x8c)
			x.refusedWith(rawConnect(v5, "MQTT", 9, 2, 0, "\x00", str("a")), 0x84)
			x.refusedWith("\x10\xff\xff\xff\x7f"+connect{}.bytes(v5)[2:], 0, 0x95)
		}},
	{"publishes of QoS 1 and 2 are served, so CONNACK limits no QoS", [2]string{"", "3.2.2-9 3.2.2-10"},
		func(x *exchange) {
			w, a := x.connect(connect{})
			if len(a.properties[maximumQoS]) != 0 {
				x.fail("CONNACK has a Maximum QoS")
			}
			for qos := range byte(3) {
				w.publish(message{topic: x.topic("a"), qos: qos})
				w.send(x.subscribe(1, x.topic("b"), string([]byte{qos})))
				if first, body := w.next(); first != 0x90 || body[3] > 2 {
					x.fail("QoS %d is refused: %#x % x", qos, first, body)
				}
			}
		}},
	{"a retained will is served, or refused where CONNACK says so", [2]string{"", "3.2.2-13"},
		func(x *exchange) {
			_, a := x.connect(connect{})
			c := connect{will: &will{topic: x.topic("a"), retain: true}}
			if a.number(retainAvailable, 1) == 0 {
				x.refusedWith(c.bytes(v5), 0x9a)
				return
			}
			w, _ := x.connect(c)
			w.send(goodbye)
			w.closed()
		}},
}
