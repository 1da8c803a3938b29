package conformance

var authenticationChecks = []check{
	{"an authentication method that is not served is refused", [2]string{"", "4.12.0-1 4.12.0-4 3.1.4-2"},
		func(x *exchange) {
			for _, p := range []string{"", textProperty(authData, "\x00\x01")} {
				x.refusedWith(connect{properties: textProperty(authMethod, "NONE") + p}.bytes(v5), 0x8c, 0x87)
			}
		}},
	{"authentication data without a method is refused", [2]string{"", "3.1.4-1"},
		func(x *exchange) {
			x.refusedWith(connect{properties: textProperty(authData, "x")}.bytes(v5), 0x81, 0x82)
		}},
	{"without a method there is no AUTH, and none in CONNACK", [2]string{"", "4.12.0-6"},
		func(x *exchange) {
			w, a := x.connect(connect{flags: userNameFlag | passwordFlag, rest: str("name") + str("secret")})
			x.same(a.properties, authMethod)
			x.same(a.properties, authData)
			w.ping()
		}},
	{"AUTH without a method in CONNECT ends the connection", [2]string{"", "4.12.0-7 4.13.1-1"},
		func(x *exchange) {
			x.endsWith(0x82, "\xf0\x00", packet(0xf0, "\x18", v5.properties(textProperty(authMethod, "NONE"))),
				packet(0xf0, "\x19", v5.properties(textProperty(authMethod, "NONE"))))
		}},
	{"AUTH with flags or an unknown code is malformed", [2]string{"", "3.15.1-1"},
		func(x *exchange) { x.ends("\xf1\x00", "\xf8\x00", packet(0xf0, "\x01\x00"), packet(0xf0, "\x18")) }},
}
