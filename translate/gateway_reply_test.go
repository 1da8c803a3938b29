package translate

import (
	"bytes"
	"strings"
	"testing"
)

var replyKey = []byte("a key of sixteen")

func TestGatewayReplyBringsBackWhatItCarries(t *testing.T) {
	g := NewGatewayReplies(replyKey)
	other := NewGatewayReplies(replyKey)
	f := func(topic, correlation string) {
		t.Helper()
		reply, ok := g.Append([]byte("kept"), []byte(topic), []byte(correlation))
		if !ok || !bytes.HasPrefix(reply, []byte("kept_ISTHMUS.R.")) {
			t.Fatalf("%q %q: %q, %v", topic, correlation, reply, ok)
		}
		reply = reply[len("kept"):]
		if bytes.ContainsAny(reply[len(gatewayReplyPrefix):], " .*>\r\n\t") {
			t.Errorf("%q is not one more token", reply)
		}
		got, ok := other.Open(reply)
		if !ok || string(got.Topic) != topic || string(got.Correlation) != correlation {
			t.Errorf("%q %q came back as %q %q, %v", topic, correlation, got.Topic, got.Correlation, ok)
		}
	}
	f("answers/1", "\x00\xff")
	f("a", "")
	f(strings.Repeat("t", 300), strings.Repeat("\x00", 400))
}

func TestGatewayReplyThatIsTooLongIsNotMade(t *testing.T) {
	g := NewGatewayReplies(replyKey)
	for n := 700; n < 800; n++ {
		reply, ok := g.Append(nil, []byte("t"), make([]byte, n))
		if ok != (len(reply) > 0) || len(reply) > MaxGatewayReply {
			t.Fatalf("%d bytes: %v, %d", n, ok, len(reply))
		}
		if r, opens := g.Open(reply); ok && (!opens || len(r.Correlation) != n) {
			t.Fatalf("%d bytes do not come back", n)
		}
	}
	if _, ok := g.Append(nil, []byte("t"), make([]byte, 65535)); ok {
		t.Error("64 KiB fit")
	}
}

// Forged, truncated, prolonged and altered replies do not open.
func TestGatewayReplyThatWasNotMadeHereDoesNotOpen(t *testing.T) {
	g := NewGatewayReplies(replyKey)
	reply, _ := g.Append(nil, []byte("answers/1"), []byte("id"))
	if _, ok := NewGatewayReplies([]byte("another key of 16")).Open(reply); ok {
		t.Error("another key opens it")
	}
	for n := range reply {
		if _, ok := g.Open(reply[:n]); ok {
			t.Errorf("its first %d bytes open", n)
		}
	}
	for i := range reply {
		for _, c := range []byte("A_.-z\x00") {
			altered := bytes.Clone(reply)
			if altered[i] == c {
				continue
			}
			altered[i] = c
			if r, ok := g.Open(altered); ok {
				t.Errorf("altered at %d it opens, as %q", i, r.Topic)
			}
		}
	}
	for _, tail := range []string{"A", "AA", "AAAA", ".x", "="} {
		if _, ok := g.Open(append(bytes.Clone(reply), tail...)); ok {
			t.Errorf("with %q behind it it opens", tail)
		}
	}
}

func FuzzGatewayReply(f *testing.F) {
	f.Add([]byte("answers/1"), []byte("id"), []byte("_ISTHMUS.R.AQ"))
	f.Add([]byte(""), []byte(""), []byte("_ISTHMUS.R.AQAAAAAAAAAAAP__"))
	f.Fuzz(func(t *testing.T, topic, correlation, subject []byte) {
		g := NewGatewayReplies(replyKey)
		if reply, ok := g.Append(nil, topic, correlation); ok {
			r, ok := g.Open(reply)
			if !ok || r.Topic == nil || !bytes.Equal(r.Topic, topic) || !bytes.Equal(r.Correlation, correlation) {
				t.Fatalf("%q %q came back as %q %q, %v", topic, correlation, r.Topic, r.Correlation, ok)
			}
		}
		handle := uint64(len(topic))<<32 | uint64(len(correlation))
		if r, ok := g.Open(g.AppendHandle(nil, handle)); !ok || r.Topic != nil || r.Handle != handle {
			t.Fatalf("handle %d came back as %v, %v", handle, r, ok)
		}
		if _, ok := g.Open(subject); ok && len(subject) < len(gatewayReplyPrefix)+gatewayReplyHead {
			t.Fatalf("%q opens", subject)
		}
	})
}
