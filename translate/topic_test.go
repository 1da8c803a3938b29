package translate

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// legalTopic is MQTT's own definition, from the standard.
func legalTopic(t []byte) bool {
	return len(t) > 0 && len(t) <= mqtt.MaxString && utf8.Valid(t) && !bytes.ContainsAny(t, "\x00+#")
}

// safeSubject tells whether a NATS control line and every NATS server take
// the subject as the literal name of a message.
func safeSubject(s []byte) bool {
	for token := range bytes.SplitSeq(s, dots) {
		if !isToken(token) {
			return false
		}
		for _, c := range token {
			if c <= ' ' || c == 0x7F {
				return false
			}
		}
	}
	return true
}

func checkTopicLaw(t *testing.T, n Names, topic []byte) {
	t.Helper()
	s, ok := n.AppendSubject([]byte("kept"), topic)
	if !bytes.HasPrefix(s, []byte("kept")) {
		t.Fatalf("AppendSubject(%q) damaged dst: %q", topic, s)
	}
	s = s[len("kept"):]
	if !ok {
		if len(s) != 0 || n.mode == ModeIsthmus && len(topic) > 0 {
			t.Fatalf("AppendSubject(%q) refused, left %q", topic, s)
		}
		return
	}
	if !safeSubject(s) {
		t.Fatalf("AppendSubject(%q) = %q, which is no subject", topic, s)
	}
	if !legalTopic(topic) {
		return
	}
	back, ok := n.AppendTopic([]byte("kept"), s)
	if !ok || !bytes.HasPrefix(back, []byte("kept")) {
		t.Fatalf("AppendTopic(%q) refused: %q; the topic is %q", s, back, topic)
	}
	want := topic
	if n.mode == ModeEMQX {
		want = bytes.ReplaceAll(topic, dots, slashes)
	}
	if got := back[len("kept"):]; !bytes.Equal(got, want) {
		t.Fatalf("Topic(Subject(%q)) = %q", topic, got)
	}
}

func checkSubjectLaw(t *testing.T, n Names, subject []byte) {
	t.Helper()
	topic, ok := n.AppendTopic([]byte("kept"), subject)
	if !bytes.HasPrefix(topic, []byte("kept")) {
		t.Fatalf("AppendTopic(%q) damaged dst: %q", subject, topic)
	}
	topic = topic[len("kept"):]
	if !ok {
		if len(topic) != 0 {
			t.Fatalf("AppendTopic(%q) refused and left %q", subject, topic)
		}
		return
	}
	if !legalTopic(topic) {
		t.Fatalf("AppendTopic(%q) = %q, which is no topic", subject, topic)
	}
	if back, ok := n.AppendSubject(nil, topic); !ok || !bytes.Equal(back, subject) {
		t.Fatalf("Subject(Topic(%q)) = %q, %v", subject, back, ok)
	}
}

var bothModes = []Names{NewNames(ModeIsthmus), NewNames(ModeEMQX)}

var nameSeeds = []string{
	"a", "a/b", "a.b", "/", "//", "/a", "a/", "a//b", "a///b", "a.b/c", ".", "./.", "a b", " ", "\t", "a\x01\x1f\x7f",
	"*", ">", "a/*", "a/>/b", "*/>", "a*", ">>", "/*", "/>", "/_", "/x0A", "/x41", "/x00", "/x7F", "/x7f", "/x0", "/q",
	"a//b.c", "a./.b", "//*", "///", "////", "a.*", "a.+", "a.#", "+", "#", "$SYS/x", "_INBOX.abc", "\xff", "\xc3\xa9",
	"中文/à", "a\x00b", "zigbee2mqtt/Living Room Lamp", "", "..", ".a", "a.", "a..b", "a./*.b", "/*b", "b/*", "\u0085",
}

func FuzzTopicLaw(f *testing.F) {
	for _, s := range nameSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, topic []byte) {
		for _, n := range bothModes {
			checkTopicLaw(t, n, topic)
		}
	})
}

func FuzzSubjectLaw(f *testing.F) {
	for _, s := range nameSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, subject []byte) {
		for _, n := range bothModes {
			checkSubjectLaw(t, n, subject)
		}
	})
}

// Every name of up to four bytes over the bytes that matter obeys both laws.
func TestLawsExhaustive(t *testing.T) {
	alphabet := []byte("a./_x0F*> \n\x7f+\xc3")
	var walk func(name []byte, left int)
	walk = func(name []byte, left int) {
		for _, n := range bothModes {
			checkTopicLaw(t, n, name)
			checkSubjectLaw(t, n, name)
		}
		if left == 0 {
			return
		}
		for _, c := range alphabet {
			walk(append(name, c), left-1)
		}
	}
	walk(make([]byte, 0, 8), 4)
}

func TestAppendTopicRefuses(t *testing.T) {
	f := func(subject string) {
		t.Helper()
		for _, n := range bothModes {
			if got, ok := n.AppendTopic(nil, []byte(subject)); ok {
				t.Errorf("%v: AppendTopic(%q) = %q, want refusal", n.mode, subject, got)
			}
		}
	}
	f("")
	f("/")
	f("a/b")
	f("a.b/")
	f("a..b")
	f(".a")
	f("a.")
	f("a.*")
	f(">")
	f("a.+")
	f("a#b")
	f("a.\x00")
	f("a.\xff")
	f("a.\xed\xa0\x80")
	f("a b")
	f("/x41")
	f("/x20")
	f("/x2E")
	f("/x00")
	f("/x0a")
	f("/x80")
	f("/x1")
	f("/*a")
	f("a/*")
	f(strings.Repeat("a", mqtt.MaxString+1))
}

func TestAppendTopicLongest(t *testing.T) {
	f := func(subject string, size int) {
		t.Helper()
		got, ok := Names{}.AppendTopic(nil, []byte(subject))
		if !ok || len(got) != size {
			t.Errorf("%d bytes become %d, %v", len(subject), len(got), ok)
		}
	}
	f(strings.Repeat("a", mqtt.MaxString), mqtt.MaxString)
	f(strings.Repeat("/x0A", mqtt.MaxString), mqtt.MaxString)
	f(strings.Repeat("/.", mqtt.MaxString)+"/", mqtt.MaxString)
}
