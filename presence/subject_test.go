package presence

import (
	"bytes"
	"net/url"
	"testing"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/translate"
)

// Any client identifier is one level that both protocols can spell, in both
// naming modes, and that URL decoding gives back.
func TestAnyIdentifierIsOneLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(rapid.StringN(1, -1, -1), rapid.StringMatching(`[.*>/+#$% ~a-]{1,8}`)).Draw(t, "id")
		level := appendLevel(nil, id)
		if back, err := url.PathUnescape(string(level)); err != nil || back != id {
			t.Fatalf("%q became %q, and that %q (%v)", id, level, back, err)
		}
		subject := appendSubject(nil, id, "connected")
		if n := bytes.Count(subject, []byte(".")); n != 3 {
			t.Fatalf("%q has %d dots", subject, n)
		}
		for _, mode := range []translate.Mode{translate.ModeIsthmus, translate.ModeEMQX} {
			names := translate.NewNames(mode)
			names.StrictUTF8 = true
			topic, ok := names.AppendTopic(nil, subject)
			if want := "$events/client/" + string(level) + "/connected"; !ok || string(topic) != want {
				t.Fatalf("mode %v: topic %q of %q, want %q", mode, topic, subject, want)
			}
		}
	})
}

func TestModes(t *testing.T) {
	for text, want := range map[string]Mode{"": Off, "off": Off, "sessions": Sessions, "subscriptions": Subscriptions} {
		if m, err := ParseMode(text); err != nil || m != want {
			t.Errorf("%q: %v, %v", text, m, err)
		}
	}
	if _, err := ParseMode("all"); err == nil {
		t.Error("no error for what is no mode")
	}
}
