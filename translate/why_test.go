package translate

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// There is a reason exactly when a name is refused.
func TestRefusedNamesHaveAReason(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "b", ".", ".", "/", "/", "//", "/_", "/x09", "/x", "*", ">", "+", "#", " ", "\t", "é", "\xff", "\x01", "\ufffe"})
	rapid.Check(t, func(t *rapid.T) {
		names := NewNames(rapid.SampledFrom([]Mode{ModeIsthmus, ModeEMQX}).Draw(t, "mode"))
		names.StrictUTF8 = rapid.Bool().Draw(t, "strict")
		text := []byte(strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces"), ""))
		if _, ok := names.AppendTopic(nil, text); ok != (names.WhyNoTopic(text) == "") {
			t.Fatalf("%q has a topic: %v, why not: %q", text, ok, names.WhyNoTopic(text))
		}
		if _, ok := names.AppendSubject(nil, text); ok != (names.WhyNoSubject(text) == "") {
			t.Fatalf("%q has a subject: %v, why not: %q", text, ok, names.WhyNoSubject(text))
		}
	})
}

func TestReasonsForNamesSayWhatIsWrong(t *testing.T) {
	strict := Names{StrictUTF8: true}
	for subject, want := range map[string]string{
		"a..b":                      "empty token",
		"":                          "empty token",
		"a.*":                       "wildcard",
		"a+b":                       "holds +",
		"a b":                       "blank",
		"a/b":                       "no escape",
		"a\xff":                     "UTF-8",
		"a\ufffe":                   "noncharacters",
		strings.Repeat("a", 65_536): "65535",
	} {
		if why := strict.WhyNoTopic([]byte(subject)); !strings.Contains(why, want) {
			t.Errorf("%.20q: %q does not say %q", subject, why, want)
		}
	}
	if why := NewNames(ModeEMQX).WhyNoTopic([]byte("a/b")); !strings.Contains(why, "separates") {
		t.Errorf("mode emqx: %q", why)
	}
}
