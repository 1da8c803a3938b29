package conformance

import "strings"

// refusesFilter expects that a filter is refused by SUBACK, or ends the
// connection.
func (x *exchange) refusesFilter(filter string) {
	w := x.client()
	w.send(x.subscribe(1, filter, "\x00"))
	first, body, err := w.read()
	if err == nil && !(first == 0x90 && body[len(body)-1] >= 0x80 && subackCodes[body[len(body)-1]]) && !(first == 0xe0 && body[0] >= 0x80) {
		x.fail("filter %q is answered by %#x % x", filter, first, body)
	}
}

// hears subscribes and expects to hear of these topics and no others.
func (x *exchange) hears(filter string, topics, others []string) {
	w, pub := x.client(), x.client()
	w.subscribe(x.topic(filter), 0)
	for _, topic := range append(append([]string{}, others...), topics...) {
		pub.say(x.topic(topic), topic)
	}
	w.receives(topics...)
	w.nothing(pub)
}

var topicChecks = []check{
	{"# elsewhere than alone in the last level is refused", [2]string{"4.7.1-2", "4.7.1-1"},
		func(x *exchange) {
			for _, filter := range []string{"a/#/b", "#/", "a#", "a/b#", "##", "#a", "a/#b", "+#"} {
				x.refusesFilter(filter)
			}
		}},
	{"# stands for any number of levels, none included", [2]string{"4.7.1-2", "4.7.1-1"},
		func(x *exchange) {
			x.hears("a/#", []string{"a", "a/", "a/b", "a/b/c", "a//"}, []string{"b", "ab", "aa/b", "A/b"})
		}},
	{"+ beside other characters in its level is refused", [2]string{"4.7.1-3", "4.7.1-2"},
		func(x *exchange) {
			for _, filter := range []string{"a+", "+a", "a/b+/c", "++", "a/+b"} {
				x.refusesFilter(filter)
			}
		}},
	{"+ stands for one level, also an empty one", [2]string{"4.7.1-3", "4.7.1-2"},
		func(x *exchange) {
			x.hears("+/b", []string{"a/b", "/b", "ü/b"}, []string{"b", "a/c", "a/a/b", "a/b/"})
			x.hears("a/+", []string{"a/b", "a/"}, []string{"a", "a/b/c", "a//"})
			x.hears("a/+/c/+", []string{"a/b/c/d", "a//c/"}, []string{"a/c/d", "a/b/c"})
		}},
	{"names and filters are not empty", [2]string{"4.7.3-1", "4.7.3-1"},
		func(x *exchange) {
			x.ends(message{topic: ""}.bytes(x.version))
			x.refusesFilter("")
			x.refused(connect{will: &will{topic: ""}}.bytes(x.version))
		}},
	{"names and filters of 65535 bytes are served", [2]string{"4.7.3-3", "4.7.3-3"},
		func(x *exchange) {
			long := x.topic("") + strings.Repeat("l", 65535-len(x.topic("")))
			w := x.client()
			w.subscribe(long, 0)
			w.send(message{topic: long, payload: "x"}.bytes(x.version))
			if d := w.receive("x"); d.topic != long {
				x.fail("it arrives as another topic, of %d bytes", len(d.topic))
			}
			w.unsubscribe(long)
		}},
	{"names are matched as they are", [2]string{"4.7.3-4", "4.7.3-4"},
		func(x *exchange) {
			x.hears("a/b", []string{"a/b"}, []string{"A/b", "a//b", "a/b/", "/a/b", "a.b", "a b", " a/b", "a/b "})
			x.hears("caf\u00e9", []string{"caf\u00e9"}, []string{"cafe\u0301", "cafe", "CAF\u00c9"})
			x.hears("a//b", []string{"a//b"}, []string{"a/b", "a///b"})
			x.hears("\u212b", []string{"\u212b"}, []string{"\u00c5", "A\u030a"})
			x.hears("a/./../b", []string{"a/./../b"}, []string{"b", "a/b", "a/../b"})
			x.hears("a/*/>", []string{"a/*/>"}, []string{"a/b/c", "a/b/>"})
		}},
	{"filters that begin with a wildcard do not match topics that begin with $", [2]string{"4.7.2-1", "4.7.2-1"},
		func(x *exchange) {
			name := "$" + strings.TrimSuffix(x.prefix, "/")
			pub, asked := x.client(), x.client()
			asked.subscribe(name+"/#", 0)
			asked.subscribe(name+"/+/c", 0)
			var wild []*wire
			for _, filter := range []string{"#", "+/#", "+/b/c", "+/+/c"} {
				w := x.client()
				w.subscribe(x.topic("end"), 0)
				w.subscribe(filter, 0) // from here on other checks are heard, too
				wild = append(wild, w)
			}
			pub.say(name+"/b/c", "hidden")
			asked.receive("hidden")
			pub.say(x.topic("end"), "end")
			for _, w := range wild {
				for d := w.delivery(); d.topic != x.topic("end"); d = w.delivery() {
					if strings.HasPrefix(d.topic, "$") {
						x.fail("%s arrives", d.topic)
					}
				}
			}
		}},
}
