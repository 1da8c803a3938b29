package translate

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// mqttMatches is MQTT §4.7 without the rule for '$', spelled out.
func mqttMatches(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, level := range f {
		if level == "#" {
			return true
		}
		if i == len(t) || level != "+" && level != t[i] {
			return false
		}
	}
	return len(f) == len(t)
}

// canonicalMatches is what the trie does with a pattern.
func canonicalMatches(pattern string, tail Tail, subject string) bool {
	var p []string
	if pattern != "" {
		p = strings.Split(pattern, ".")
	}
	s := strings.Split(subject, ".")
	if len(s) < len(p) {
		return false
	}
	for i, token := range p {
		if token != "*" && token != s[i] {
			return false
		}
	}
	switch tail {
	case TailZeroOrMore:
		return true
	case TailOneOrMore:
		return len(s) > len(p)
	}
	return len(s) == len(p)
}

// opened lists, by MQTT's own definition, the levels that wildcards open.
func opened(filter string) (mask uint32) {
	for k, level := range strings.Split(filter, "/") {
		switch level {
		case "+":
			mask |= 1 << k
		case "#":
			mask |= ^uint32(0) << k
		}
	}
	return mask
}

var levelGen = rapid.SampledFrom([]string{"", "a", "b", ".", "a.b", " ", "*", ">", "a*", "\x01", "$x", "_INBOX", "é", "%"})

// A filter matches a topic exactly when its pattern matches the subject.
func TestFilterLaw(t *testing.T) {
	wild := rapid.OneOf(levelGen, rapid.SampledFrom([]string{"+", "+", "+"}))
	rapid.Check(t, func(t *rapid.T) {
		topic := strings.Join(rapid.SliceOfN(levelGen, 1, 4).Draw(t, "topic"), "/")
		levels := rapid.SliceOfN(wild, 0, 4).Draw(t, "filter")
		if len(levels) == 0 || rapid.Bool().Draw(t, "#") {
			levels = append(levels, "#")
		}
		filter := strings.Join(levels, "/")
		for _, n := range bothModes {
			subject, ok := n.AppendSubject(nil, []byte(topic))
			pattern, tail, opens, filterOK := n.AppendFilter(nil, []byte(filter))
			if n.mode == ModeEMQX && (!ok || !filterOK || strings.ContainsAny(topic+filter, ".")) {
				continue
			}
			if (topic == "") == ok || (filter == "") == filterOK {
				t.Fatalf("topic %q ok=%v, filter %q ok=%v", topic, ok, filter, filterOK)
			}
			if !ok || !filterOK {
				continue
			}
			if opens != opened(filter) {
				t.Fatalf("filter %q opens %b", filter, opens)
			}
			want := mqttMatches(filter, topic)
			if got := canonicalMatches(string(pattern), tail, string(subject)); got != want {
				t.Fatalf("%v: filter %q topic %q: %v; pattern %q tail %d subject %q: %v",
					n.mode, filter, topic, want, pattern, tail, subject, got)
			}
			back, ok := n.AppendTopicFilter(nil, pattern, tail)
			if !ok || string(back) != filter {
				t.Fatalf("%v: filter %q comes back as %q, %v", n.mode, filter, back, ok)
			}
		}
	})
}

func FuzzFilterLaw(f *testing.F) {
	f.Add("a/b", "a/+")
	f.Add("a//b", "a/#")
	f.Add("*", "+")
	f.Add("/", "/#")
	f.Add("a.b/ /x", "a.b/+/x/#")
	f.Fuzz(func(t *testing.T, topic, filter string) {
		n := NewNames(ModeIsthmus)
		pattern, tail, _, ok := n.AppendFilter(nil, []byte(filter))
		if !ok || !legalTopic([]byte(topic)) {
			return
		}
		subject, _ := n.AppendSubject(nil, []byte(topic))
		want := mqttMatches(filter, topic)
		if got := canonicalMatches(string(pattern), tail, string(subject)); got != want {
			t.Fatalf("filter %q topic %q: %v; pattern %q tail %d subject %q: %v",
				filter, topic, want, pattern, tail, subject, got)
		}
	})
}

func TestAppendFilter(t *testing.T) {
	f := func(n Names, filter, wantPattern string, wantTail Tail, wantOpens uint32) {
		t.Helper()
		pattern, tail, opens, ok := n.AppendFilter([]byte("kept"), []byte(filter))
		if !ok || string(pattern) != "kept"+wantPattern || tail != wantTail || opens != wantOpens {
			t.Errorf("AppendFilter(%q) = %q, %d, %#x, %v", filter, pattern, tail, opens, ok)
		}
	}
	isthmus, emqx := bothModes[0], bothModes[1]
	f(isthmus, "#", "", TailZeroOrMore, 0xFFFFFFFF)
	f(isthmus, "+", "*", TailNone, 1)
	f(isthmus, "a/#", "a", TailZeroOrMore, 0xFFFFFFFE)
	f(isthmus, "/#", "/", TailZeroOrMore, 0xFFFFFFFE)
	f(isthmus, "+/a/+/#", "*.a.*", TailZeroOrMore, 0xFFFFFFFD)
	f(isthmus, "*/>/a b", "/*./>.a/_b", TailNone, 0)
	f(isthmus, "a/", "a./", TailNone, 0)
	f(isthmus, strings.Repeat("a/", 31)+"+", strings.Repeat("a.", 31)+"*", TailNone, 1<<31)
	f(isthmus, strings.Repeat("a/", 32)+"+", strings.Repeat("a.", 32)+"*", TailNone, 0)
	f(isthmus, strings.Repeat("a/", 40)+"#", strings.Repeat("a.", 39)+"a", TailZeroOrMore, 0)
	f(emqx, "#", "", TailZeroOrMore, 0xFFFFFFFF)
	f(emqx, "a.b/+", "a.b.*", TailNone, 4)
	f(emqx, "a.b/#", "a.b", TailZeroOrMore, 0xFFFFFFFC)
}

func TestAppendFilterRefuses(t *testing.T) {
	f := func(n Names, filter string) {
		t.Helper()
		got, _, _, ok := n.AppendFilter([]byte("kept"), []byte(filter))
		if ok || string(got) != "kept" {
			t.Errorf("AppendFilter(%q) = %q, %v, want refusal", filter, got, ok)
		}
	}
	for _, n := range bothModes {
		f(n, "")
		f(n, "#/")
		f(n, "#/a")
		f(n, "a#")
		f(n, "a/b+")
		f(n, "++")
		f(n, "a/##")
	}
	emqx := bothModes[1]
	f(emqx, "a//b")
	f(emqx, "/a")
	f(emqx, "a/")
	f(emqx, "a b")
	f(emqx, "*/a")
	f(emqx, "a/>")
	f(emqx, "a/*.b")
}

func TestSubscriptionPattern(t *testing.T) {
	f := func(subject, wantPattern string, wantTail Tail) {
		t.Helper()
		pattern, tail := SubscriptionPattern([]byte(subject))
		if string(pattern) != wantPattern || tail != wantTail {
			t.Errorf("SubscriptionPattern(%q) = %q, %d", subject, pattern, tail)
		}
		back, ok := AppendSubscription(nil, pattern, tail)
		if ok != (subject != "") || string(back) != subject {
			t.Errorf("AppendSubscription(%q, %d) = %q, %v, want %q", pattern, tail, back, ok, subject)
		}
	}
	f("", "", TailNone)
	f(">", "", TailOneOrMore)
	f("a.>", "a", TailOneOrMore)
	f("*.>", "*", TailOneOrMore)
	f("a.b>", "a.b>", TailNone)
	f("a.*", "a.*", TailNone)
	f("/>", "/>", TailNone)
	f("a./>", "a./>", TailNone)
}

func TestAppendTopicFilter(t *testing.T) {
	f := func(pattern string, tail Tail, want string) {
		t.Helper()
		for _, n := range bothModes {
			got, ok := n.AppendTopicFilter([]byte("kept"), []byte(pattern), tail)
			if string(got) != "kept"+want || ok != (want != "") {
				t.Errorf("%v: AppendTopicFilter(%q, %d) = %q, %v, want %q", n.mode, pattern, tail, got, ok, want)
			}
		}
	}
	f("a.*", TailNone, "a/+")
	f("a", TailOneOrMore, "a/+/#")
	f("", TailOneOrMore, "+/#")
	f("", TailZeroOrMore, "#")
	f("a.b", TailZeroOrMore, "a/b/#")
	f("", TailNone, "")
	f("a/b", TailNone, "")
	f("a.+", TailOneOrMore, "")
	f("a.>", TailNone, "")
	f("a.\xff", TailZeroOrMore, "")
	f("a..b", TailNone, "")
	f("/x00", TailNone, "")
}

// The subjects behind a display filter are those of the subscription.
func TestDisplayKeepsMeaning(t *testing.T) {
	topics := []string{"a", "a/b", "a/b/c", "/", "b", "a/", "b/a"}
	f := func(subscription string) {
		t.Helper()
		n := NewNames(ModeIsthmus)
		pattern, tail := SubscriptionPattern([]byte(subscription))
		filter, ok := n.AppendTopicFilter(nil, pattern, tail)
		if !ok {
			t.Fatalf("%q has no filter", subscription)
		}
		for _, topic := range topics {
			subject, _ := n.AppendSubject(nil, []byte(topic))
			want := canonicalMatches(string(pattern), tail, string(subject))
			if got := mqttMatches(string(filter), topic); got != want {
				t.Errorf("%q shown as %q: topic %q %v, want %v", subscription, filter, topic, got, want)
			}
		}
	}
	f(">")
	f("a.>")
	f("a.*")
	f("*.*.>")
	f("a")
}

func TestAppendSubscriptionRefuses(t *testing.T) {
	if got, ok := AppendSubscription(nil, []byte("a"), TailZeroOrMore); ok {
		t.Errorf("zero or more behind a: %q", got)
	}
	if got, ok := AppendSubscription(nil, nil, TailZeroOrMore); !ok || !bytes.Equal(got, []byte(">")) {
		t.Errorf("everything: %q, %v", got, ok)
	}
}
