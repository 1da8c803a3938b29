package nats

import "testing"

func TestSubjectRules(t *testing.T) {
	f := func(subject string, subscribe, publish, emptyToken bool) {
		t.Helper()
		s := []byte(subject)
		if got := ValidSubject(s); got != subscribe {
			t.Errorf("ValidSubject(%q) = %v", s, got)
		}
		if got := ValidPublishSubject(s); got != publish {
			t.Errorf("ValidPublishSubject(%q) = %v", s, got)
		}
		if got := HasEmptyToken(s); got != emptyToken {
			t.Errorf("HasEmptyToken(%q) = %v", s, got)
		}
	}
	f("a", true, true, false)
	f("a.b.c", true, true, false)
	f("", false, false, true)
	f(".", false, false, true)
	f(".a", false, false, true)
	f("a.", false, false, true)
	f("a..b", false, false, true)
	f("*", true, false, false)
	f(">", true, false, false)
	f("a.*.b", true, false, false)
	f("*.a", true, false, false)
	f("a.*", true, false, false)
	f("a.>", true, false, false)
	f(">.a", false, false, false)
	f("a.>.b", false, false, false)
	f(">.", false, false, true)
	f("a.>>.b", true, true, false)
	f("foo.*bar", true, true, false)
	f("foo.b>", true, true, false)
	f("foo.b>.c", true, true, false)
	f("**.a", true, true, false)
	f("a/b.+.#.$", true, true, false)
	f("\x00\x01\x7f\xff", true, true, false)
}

func TestValidSubjectBytes(t *testing.T) {
	for _, bad := range []string{"a b", "a\tb", "a\rb", "a\nb", "a. "} {
		if ValidSubject([]byte(bad)) {
			t.Errorf("%q", bad)
		}
	}
}

func TestReserved(t *testing.T) {
	f := func(name string, publish, reply, queue bool) {
		t.Helper()
		s := []byte(name)
		if ReservedPublish(s) != publish || ReservedReply(s) != reply || ReservedQueue(s) != queue {
			t.Errorf("%q: %v %v %v", s, ReservedPublish(s), ReservedReply(s), ReservedQueue(s))
		}
	}
	f("$GR.x", true, true, false)
	f("$GR.", false, false, false)
	f("_GR_.", false, false, false)
	f("$NRG.", true, false, false)
	f("$JS.ACK.", false, false, false)
	f("_R_.", false, true, false)
	f("_GR_.x", true, true, false)
	f("$NRG.x", true, false, false)
	f("$JS.ACK.x", false, true, false)
	f("_R_.x", false, true, false)
	f("_sys_", false, false, true)
	f("$GR", false, false, false)
	f("$gr.x", false, false, false)
	f("a.$GR.x", false, false, false)
	f("$SYS.x", false, false, false)
	f("$JS.API.x", false, false, false)
	f("_INBOX.x", false, false, false)
	f("_sys_x", false, false, false)
	f("", false, false, false)
}
