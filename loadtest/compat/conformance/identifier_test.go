package conformance

import "strings"

const plainLetters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

var identifierChecks = []check{
	{"identifiers of 1 to 23 plain characters are accepted", [2]string{"3.1.3-5", "3.1.3-5"},
		func(x *exchange) {
			for n := 1; n <= 23; n++ {
				x.connect(connect{id: strings.Repeat("A", n-1) + plainLetters[n:n+1]})
			}
			for at := 0; at+23 <= len(plainLetters); at += 13 {
				x.connect(connect{id: plainLetters[at : at+23]})
			}
		}},
	{"so are identifiers of every length and character", [2]string{"3.1.3-4", "3.1.3-4"},
		func(x *exchange) {
			for _, id := range []string{unique("ü\ufeff \u2028\U0001f980"), unique("/+#$"), strings.Repeat(x.prefix, 65535)[:65535]} {
				for range 2 {
					w, _ := x.connect(connect{id: id})
					w.ping()
				}
			}
		}},
	{"a CONNECT without an identifier field is refused", [2]string{"3.1.3-3 3.1.4-1", "3.1.3-3 3.1.4-1"},
		func(x *exchange) {
			x.refusedWith(rawConnect(x.version, "MQTT", x.level(), 2, 0, x.properties()), 0, 0x81)
			x.refusedWith(rawConnect(x.version, "MQTT", x.level(), 2, 0, x.properties(), "\x00\x05half"), 0, 0x81)
		}},
	{"the identifier is the first field", [2]string{"3.1.3-3", "3.1.3-3"},
		func(x *exchange) { // another field in its place is taken for it
			w, _ := x.connect(connect{id: x.topic("id")})
			x.connect(connect{id: x.topic("id"), will: &will{topic: x.topic("a")}})
			if rest := w.rest(); x.version == v5 && rest != "\xe0\x01\x8e" && rest != "\xe0\x02\x8e\x00" || x.version == v311 && rest != "" {
				x.fail("the older connection ends with % x", rest)
			}
		}},
	{"an empty identifier stands for one of its own", [2]string{"3.1.3-6", "3.1.3-6 3.1.3-7 3.2.2-16"},
		func(x *exchange) {
			var all []*wire
			given := map[string]bool{}
			for range 20 {
				w, a := x.connect(connect{anonymous: true})
				all = append(all, w)
				if x.version == v5 {
					if len(a.properties[assignedID]) != 1 || given[a.properties[assignedID][0]] {
						x.fail("assigned identifiers: % q", a.properties[assignedID])
					}
					given[a.properties[assignedID][0]] = true
				}
			}
			for _, w := range all { // nobody has taken over from another
				w.ping()
			}
		}},
	{"the assigned identifier is as good as one that was sent", [2]string{"", "3.1.3-7"},
		func(x *exchange) {
			w, a := x.connect(connect{anonymous: true, resume: true, properties: longProperty(sessionExpiry, 60)})
			if a.present {
				x.fail("there is a session of nobody's")
			}
			w.subscribe(x.topic("a"), 1)
			w.Close()
			id := a.properties[assignedID][0][2:]
			w, a = x.connect(connect{id: id, resume: true})
			if !a.present {
				x.fail("the session of %q is gone", id)
			}
			w.send(message{topic: x.topic("a"), payload: "x"}.bytes(v5))
			w.receive("x")
		}},
	{"an empty identifier with Clean Session 0 is rejected", [2]string{"3.1.3-7 3.1.3-8 3.1.3-9 3.2.2-4 3.2.2-5", ""},
		func(x *exchange) { x.refusedWith(connect{anonymous: true, resume: true}.bytes(x.version), 2) }},
	{"a newer connection with the same identifier closes the older one", [2]string{"3.1.4-2 3.1.3-2", "3.1.4-3 3.1.3-2"},
		func(x *exchange) {
			id := unique("same")
			old, _ := x.connect(connect{id: id})
			other, _ := x.connect(connect{id: id + "x"})
			w, _ := x.connect(connect{id: id})
			if x.version == v5 {
				old.ended(0x8e)
			} else {
				old.closed()
			}
			w.ping()
			other.ping()
		}},
}
