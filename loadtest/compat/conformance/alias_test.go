package conformance

// aliased is a PUBLISH with a topic alias.
func aliased(topic, payload string, alias int) string {
	return message{topic: topic, payload: payload, properties: shortProperty(topicAlias, alias)}.bytes(v5)
}

// aliases is a connection and how many aliases the server takes on it, at
// least one.
func (x *exchange) aliases(c connect) (*wire, int) {
	w, a := x.connect(c)
	n := a.number(topicAliasMaximum, 0)
	if n == 0 {
		x.fail("the server takes no topic aliases")
	}
	return w, n
}

var aliasChecks = []check{
	{"alias 0 ends the connection", [2]string{"", "3.3.2-8"},
		func(x *exchange) {
			x.endsWith(0x94, aliased("a", "", 0))
		}},
	{"an alias above the maximum ends the connection", [2]string{"", "3.3.2-9 3.2.2-17 3.2.2-18"},
		func(x *exchange) {
			w, a := x.connect(connect{})
			if n := a.number(topicAliasMaximum, 0); n < 65535 {
				w.send(aliased("a", "", n+1))
				w.ended(0x94)
			}
		}},
	{"every alias up to the maximum is taken", [2]string{"", "3.3.2-12"},
		func(x *exchange) {
			w, n := x.aliases(connect{})
			w.subscribe(x.topic("#"), 0)
			for _, alias := range []int{1, n, n/2 + 1} {
				for _, topic := range []string{"a", "b"} {
					w.send(aliased(x.topic(topic), "1", alias), aliased("", "2", alias))
					for _, d := range w.receives("1", "2") {
						if d.topic != x.topic(topic) {
							x.fail("alias %d for %s is taken for %s", alias, topic, d.topic)
						}
					}
				}
			}
		}},
	{"an alias that was not set ends the connection", [2]string{"", "4.13.1-1"},
		func(x *exchange) { x.ends(aliased("", "", 1)) }},
	{"aliases end with the connection", [2]string{"", "3.3.2-7"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			w, _ := x.aliases(c)
			w.send(aliased(x.topic("a"), "", 1))
			w.ping()
			w.leave()
			w, _ = x.connect(c)
			w.send(aliased("", "", 1))
			w.ended(0)
		}},
	{"the server's aliases end with the connection, too", [2]string{"", "3.3.2-7 3.3.2-11 3.1.2-26"},
		func(x *exchange) {
			c := x.kept(unique("s"))
			c.properties += shortProperty(topicAliasMaximum, 2)
			for range 2 {
				w, _ := x.connect(c)
				w.subscribe(x.topic("#"), 0)
				pub, known := x.client(), map[int]string{}
				for i := range 12 {
					want := x.topic(string(rune('a' + i%4)))
					pub.say(want, "x")
					d := w.receive("x")
					alias := d.properties.number(topicAlias, 0)
					if alias > 2 || len(d.properties[topicAlias]) > 0 && alias == 0 {
						x.fail("alias %d", alias)
					}
					if d.topic == "" {
						d.topic = known[alias]
					}
					if known[alias] = d.topic; d.topic != want {
						x.fail("%s arrives as %q", want, d.topic)
					}
				}
				w.leave()
			}
		}},
	{"who names no maximum is sent no alias", [2]string{"", "3.1.2-27"},
		func(x *exchange) {
			for _, p := range []string{"", shortProperty(topicAliasMaximum, 0)} {
				w, _ := x.connect(connect{properties: p})
				pub := x.client()
				w.subscribe(x.topic("a"), 0)
				for range 10 {
					pub.say(x.topic("a"), "x")
					if d := w.receive("x"); d.topic == "" || len(d.properties[topicAlias]) > 0 {
						x.fail("delivered as %+v", d)
					}
				}
			}
		}},
}
