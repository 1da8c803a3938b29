package nats

import (
	"fmt"
	"slices"
	"testing"
)

func TestAppendDeliveries(t *testing.T) {
	f := func(got []byte, want string) {
		t.Helper()
		if string(got) != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	a, sid, r := []byte("a.b"), []byte("7"), []byte("r")
	block := []byte("NATS/1.0\r\n\r\n")

	f(AppendMsg(nil, a, sid, nil, []byte("hi")), "MSG a.b 7 2\r\nhi\r\n")
	f(AppendMsg([]byte("x"), a, sid, r, nil), "xMSG a.b 7 r 0\r\n\r\n")
	f(AppendMsgLine(nil, a, sid, nil, 1048576), "MSG a.b 7 1048576\r\n")
	f(AppendHMsg(nil, a, sid, nil, block, []byte("hi")), "HMSG a.b 7 12 14\r\nNATS/1.0\r\n\r\nhi\r\n")
	f(AppendHMsgLine(nil, a, sid, r, 12, 112), "HMSG a.b 7 r 12 112\r\n")
	f(AppendErr(nil, `Permissions Violation for Publish to "x"`), "-ERR 'Permissions Violation for Publish to \"x\"'\r\n")
	f(append([]byte(nil), OK+Ping+Pong...), "+OK\r\nPING\r\nPONG\r\n")

	f(AppendNoResponders(nil, r, sid, a),
		"HMSG r 7 35 35\r\nNATS/1.0 503\r\nNats-Subject: a.b\r\n\r\n\r\n")
}

func TestAppendPublishes(t *testing.T) {
	f := func(got []byte, want string) {
		t.Helper()
		if string(got) != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	a, sid, r := []byte("a.b"), []byte("7"), []byte("r")
	f(AppendPub(nil, a, nil, []byte("hi")), "PUB a.b 2\r\nhi\r\n")
	f(AppendPub(nil, a, r, nil), "PUB a.b r 0\r\n\r\n")
	f(AppendHPub(nil, a, r, []byte("NATS/1.0\r\n\r\n"), []byte("hi")), "HPUB a.b r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n")
	f(AppendSub(nil, a, nil, sid), "SUB a.b 7\r\n")
	f(AppendSub(nil, a, []byte("q"), sid), "SUB a.b q 7\r\n")
	f(AppendUnsub(nil, sid, 0), "UNSUB 7\r\n")
	f(AppendUnsub(nil, sid, 12), "UNSUB 7 12\r\n")
}

// The no-responders message is what a client's parser and header reader expect.
func TestNoRespondersReadBack(t *testing.T) {
	for _, subject := range []string{"a", "some.longer.subject.of.many.tokens"} {
		in := AppendNoResponders(nil, []byte("_INBOX.x"), []byte("3"), []byte(subject))
		block := "NATS/1.0 503\r\nNats-Subject: " + subject + "\r\n\r\n"
		want := []string{fmt.Sprintf(`HMSG "_INBOX.x" sid="3" reply="" headers=%q ""`, block)}
		if got := everyCut(t, FromServer, nil, in); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if code, text := HeaderStatus([]byte(block)); code != 503 || len(text) != 0 {
			t.Error(code, text)
		}
	}
}
