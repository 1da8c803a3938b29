package loadtest

import (
	"testing"

	"github.com/isthmus-mq/isthmus/loadtest/client"
)

func TestTemplates(t *testing.T) {
	for _, c := range []struct {
		text, want string
		conn, n    bool
	}{
		{"a/b", "a/b", false, false},
		{"a/{conn}/b", "a/7/b", true, false},
		{"a/{n}", "a/42", false, true},
		{"{conn}{n}{conn}", "7427", true, true},
		{"a/{{conn}", "a/{conn}", false, false},
		{"}", "}", false, false},
	} {
		p, err := ParseTemplate(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got := p.Name(7, 42); got != c.want || p.Conn != c.conn || p.N != c.n {
			t.Errorf("%q: %q, conn %v, n %v", c.text, got, p.Conn, p.N)
		}
	}
	for _, bad := range []string{"", "{", "a/{x}", "{Conn}", "{n"} {
		if _, err := ParseTemplate(bad); err == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}

func TestNamesInBothForms(t *testing.T) {
	for _, c := range []struct{ text, subject, topic string }{
		{"load", "load", "load"},
		{"a/b/{n}", "a.b.{n}", "a/b/{n}"},
		{"a.b.*", "a.b.*", "a/b/+"},
		{"a.>", "a.>", "a/#"},
		{"a/+/#", "a.*.>", "a/+/#"},
		{"#", ">", "#"},
		{">", ">", "#"},
	} {
		for p, want := range map[client.Protocol]string{client.NATS: c.subject, client.MQTT: c.topic} {
			if got, err := named(c.text, p); err != nil || got != want {
				t.Errorf("%q for %s: %q, %v; want %q", c.text, p, got, err, want)
			}
		}
	}
	if got, err := named("v1.0/a", client.MQTT); err != nil || got != "v1.0/a" {
		t.Errorf("a topic with a dot: %q, %v", got, err)
	}
	if _, err := named("v1.0/a", client.NATS); err == nil {
		t.Error("a topic with a dot became a subject")
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true}, {"a/b", "a/c", false}, {"a/+", "a/b", true}, {"a/+", "a/b/c", false},
		{"a/#", "a/b/c", true}, {"a/#", "a", true}, {"#", "a", true}, {"a/b", "a", false}, {"+/b", "a/b", true},
	} {
		if got := matches(c.filter, c.topic); got != c.want {
			t.Errorf("%q matches %q: %v", c.filter, c.topic, got)
		}
	}
}

func TestSources(t *testing.T) {
	list, err := parseSources("127.0.0.9, 127.0.0.254-127.0.1.1,::1")
	if err != nil || len(list) != 6 || list[4].String() != "127.0.1.1" {
		t.Errorf("%v, %v", list, err)
	}
	for _, bad := range []string{"x", "127.0.0.2-127.0.0.1", "127.0.0.1-::1", "0.0.0.0-9.9.9.9"} {
		if _, err := parseSources(bad); err == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}
