package translate

import "testing"

func TestReply(t *testing.T) {
	f := func(reply, topic string) {
		t.Helper()
		got, ok := Names{}.AppendResponseTopic([]byte("kept"), []byte(reply))
		if !ok || string(got) != "kept"+topic {
			t.Errorf("AppendResponseTopic(%q) = %q, %v", reply, got, ok)
		}
		if got, ok = (Names{}).AppendReply([]byte("kept"), []byte(topic)); !ok || string(got) != "kept"+reply {
			t.Errorf("AppendReply(%q) = %q, %v", topic, got, ok)
		}
	}
	f("_INBOX.abc.1", "_INBOX/abc/1")
	f("answers./.a/_b", "answers//a b")

	for _, reply := range []string{"", "a..b", "a.*", "a/b", "a.+"} {
		if got, ok := (Names{}).AppendResponseTopic([]byte("kept"), []byte(reply)); ok || string(got) != "kept" {
			t.Errorf("AppendResponseTopic(%q) = %q, %v, want refusal", reply, got, ok)
		}
	}
	if got, ok := (Names{}).AppendReply([]byte("kept"), nil); ok || string(got) != "kept" {
		t.Errorf("no Response Topic gives %q, %v", got, ok)
	}
}

func TestStrictTopics(t *testing.T) {
	f := func(subject string, strict bool) {
		t.Helper()
		n := NewNames(ModeIsthmus)
		if _, ok := n.AppendTopic(nil, []byte(subject)); !ok {
			t.Errorf("%q refused", subject)
		}
		n.StrictUTF8 = true
		if got, ok := n.AppendTopic(nil, []byte(subject)); ok != strict {
			t.Errorf("strict: AppendTopic(%q) = %q, %v", subject, got, ok)
		}
	}
	f("a.b", true)
	f("中文.é", true)
	f("a/_b./.c", true)
	f("a./x01", false)
	f("a./x7F", false)
	f("a.\u0085", false)
	f("a.\uFFFE", false)
	f("a.\uFDD0", false)
	f("a./_\U0001FFFF", false)
}
