package translate

import "testing"

// The conversions that EMQX's gateway is tested with come out the same in naming
// mode emqx, except that `>` keeps its meaning of one token or more, and that what
// would be no name on the other side is refused instead of sent.
func TestEMQXTopicTables(t *testing.T) {
	n := NewNames(ModeEMQX)
	for _, c := range []struct{ subject, filter string }{
		{"foo", "foo"},
		{"foo.bar", "foo/bar"},
		{"foo.bar.baz", "foo/bar/baz"},
		{"*", "+"},
		{"foo.*", "foo/+"},
		{"*.bar", "+/bar"},
		{"foo.*.bar", "foo/+/bar"},
		{"*.*.*", "+/+/+"},
		{"foo.>", "foo/+/#"}, // EMQX: foo/#, which matches foo, too
		{">", "+/#"},         // EMQX: #
		{"foo.*.bar.>", "foo/+/bar/+/#"},
		{"*.>", "+/+/#"},
	} {
		pattern, tail := SubscriptionPattern([]byte(c.subject))
		if got, ok := n.AppendTopicFilter(nil, pattern, tail); !ok || string(got) != c.filter {
			t.Errorf("SUB %s is %s %v, want %s", c.subject, got, ok, c.filter)
		}
	}
	for _, c := range []struct{ subject, topic string }{
		{"foo", "foo"}, {"foo.bar", "foo/bar"}, {"foo.bar.baz", "foo/bar/baz"}, {"foo-bar_baz@x", "foo-bar_baz@x"}, {"中文.a", "中文/a"},
		{"foo.*", ""}, {"foo.>", ""}, {"foo.+", ""}, {"foo.#", ""}, {"a/b", ""}, {"foo..bar", ""}, {"", ""}, // EMQX sends most of these
	} {
		got, ok := n.AppendTopic(nil, []byte(c.subject))
		if string(got) != c.topic || ok != (c.topic != "") {
			t.Errorf("PUB %q is topic %q %v, want %q", c.subject, got, ok, c.topic)
		}
	}
	for _, c := range []struct{ topic, subject string }{
		{"foo", "foo"}, {"foo/bar", "foo.bar"}, {"foo/bar/baz", "foo.bar.baz"}, {"v1.2/x", "v1.2.x"}, {"中文/a", "中文.a"},
		{"/foo", ""}, {"foo/", ""}, {"a//b", ""}, {"a b", ""}, {"a/*", ""}, {"a/>", ""}, {"", ""},
	} {
		got, ok := n.AppendSubject(nil, []byte(c.topic))
		if string(got) != c.subject || ok != (c.subject != "") {
			t.Errorf("topic %q is subject %q %v, want %q", c.topic, got, ok, c.subject)
		}
	}
	for _, c := range []struct {
		filter, pattern string
		tail            Tail
	}{
		{"+/bar/baz", "*.bar.baz", TailNone},
		{"foo/+", "foo.*", TailNone},
		{"foo/+/bar", "foo.*.bar", TailNone},
		{"foo/#", "foo", TailZeroOrMore}, // with its parent, which is more than foo.>
		{"#", "", TailZeroOrMore},
		{"foo/+/bar/#", "foo.*.bar", TailZeroOrMore},
	} {
		pattern, tail, _, ok := n.AppendFilter(nil, []byte(c.filter))
		if !ok || string(pattern) != c.pattern || tail != c.tail {
			t.Errorf("filter %s is %q %v %v, want %q %v", c.filter, pattern, tail, ok, c.pattern, c.tail)
		}
	}
}

// The subjects that EMQX's gateway is tested with: those it takes are topics or
// patterns here, those it refuses reach no MQTT client.
func TestEMQXSubjects(t *testing.T) {
	n := NewNames(ModeEMQX)
	for _, subject := range []string{"foo", "foo.bar", "foo.bar.baz", "foo-bar", "foo_bar", "foo@bar", "中文"} {
		if _, ok := n.AppendTopic(nil, []byte(subject)); !ok {
			t.Errorf("%q is no topic", subject)
		}
	}
	for _, subject := range []string{"foo.*", "*.bar", "foo.*.baz", "foo.>", "*.>", "中文.*.>"} {
		pattern, tail := SubscriptionPattern([]byte(subject))
		if _, ok := n.AppendTopicFilter(nil, pattern, tail); !ok {
			t.Errorf("%q has no filter", subject)
		}
	}
	for _, subject := range []string{"", ".foo", "foo.", "foo..bar", "foo bar", "foo.>.bar", ">.foo", "a\x00b", "a\x1fb", "\xff"} {
		if topic, ok := n.AppendTopic(nil, []byte(subject)); ok {
			t.Errorf("%q is topic %q", subject, topic)
		}
	}
}
