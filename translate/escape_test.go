package translate

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

var charsets = []charset{headerKey, headerValue, anyText, strictText}

// checkBijection is the law of escape.go for one text and two charsets.
func checkBijection(t *testing.T, a, b charset, text []byte) {
	t.Helper()
	spelled := appendSpelling([]byte("kept"), a, text)
	if !bytes.HasPrefix(spelled, []byte("kept")) {
		t.Fatalf("appendSpelling(%q) damaged dst: %q", text, spelled)
	}
	spelled = spelled[len("kept"):]
	if !a.holds(spelled) {
		t.Fatalf("charset %d does not hold %q, its spelling of %q", a, spelled, text)
	}
	if back := appendMeaning(nil, a, spelled); !bytes.Equal(back, text) {
		t.Fatalf("charset %d: %q is spelled %q, which means %q", a, text, spelled, back)
	}
	if !a.holds(text) {
		return
	}
	there := cross([]byte("kept"), a, b, text)[len("kept"):]
	if !b.holds(there) {
		t.Fatalf("%q crosses from %d to %d as %q, which is not held", text, a, b, there)
	}
	if back := cross(nil, b, a, there); !bytes.Equal(back, text) {
		t.Fatalf("%q crosses from %d to %d as %q and back as %q", text, a, b, there, back)
	}
}

var valueSeeds = []string{
	"", "a", "100%", "a%20b", "https://x/?q=%C3%A9%0A", " a", "a ", "\ta", "a\tb", "a\r\nInjected: 1", "\x00", "\xff",
	"é", "\u0085", "\uFFFE", "%~", "%~a", "%~%0A", "%%~%0A", "%%%~%0A", "%~%0a", "%~%41", "%~%20", "%~%25", "%~%25~%0A",
	"%~a:b", "%~%", "%~%0", "%~%FF", "%%~%FF", "Content-Type", "%~Content-Type", "content-type", "Mqtt-Qos", "%~mqtt-x",
	"%~%41%0A", "%~%41%FF", "%~ %0A", "%~%0A%zz", "%~%0A%4", "%%~Mqtt-X", "a:b", "a b", "%", "%%", "~", "\x7f", "\x1b[31m",
}

func FuzzBijection(f *testing.F) {
	for _, s := range valueSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, a := range charsets {
			for _, b := range charsets {
				checkBijection(t, a, b, text)
			}
		}
	})
}

func TestBijection(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"%", "~", "%~", "%25", "%0A", "%FF", "%41", "\n", "\xff", "\x00", " ", "a", ":",
		"Mqtt-", "Content-Type", "é", "\u0085"})
	rapid.Check(t, func(r *rapid.T) {
		var text []byte
		for _, p := range rapid.SliceOfN(pieces, 0, 8).Draw(r, "pieces") {
			text = append(text, p...)
		}
		for _, a := range charsets {
			for _, b := range charsets {
				checkBijection(t, a, b, text)
			}
		}
	})
}

func TestSpelling(t *testing.T) {
	f := func(to charset, meaning, want string) {
		t.Helper()
		if got := appendSpelling(nil, to, []byte(meaning)); string(got) != want {
			t.Errorf("appendSpelling(%d, %q) = %q, want %q", to, meaning, got, want)
		}
	}
	f(headerValue, "a%20b", "a%20b")
	f(headerValue, "100%", "100%")
	f(headerValue, "%~x", "%~x")
	f(headerValue, "a\tb é", "a\tb é")
	f(headerValue, "two\nlines", "%~two%0Alines")
	f(headerValue, "two lines\n", "%~two%20lines%0A")
	f(headerValue, " a", "%~%20a")
	f(headerValue, "%~two%0Alines", "%%~two%0Alines")
	f(headerKey, "", "%~")
	f(headerKey, "a b", "%~a%20b")
	f(headerKey, "a:b", "%~a%3Ab")
	f(headerKey, "é", "%~%C3%A9")
	f(headerKey, "mqtt-Retain", "%~mqtt-Retain")
	f(headerKey, "%~mqtt-Retain", "%%~mqtt-Retain")
	f(headerKey, "Content-Types", "Content-Types")
	f(anyText, "two\nlines", "two\nlines")
	f(strictText, "two\nlines", "%~two%0Alines")
	f(anyText, "\xff", "%~%FF")
	f(anyText, "%~%FF", "%%~%FF")
	f(anyText, "%~%0A", "%~%0A")
}

func TestUnescaped(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := appendUnescaped(nil, []byte(text)); string(got) != want {
			t.Errorf("appendUnescaped(%q) = %q, want %q", text, got, want)
		}
	}
	f("", "")
	f("abc", "abc")
	f("%00%ff%FF%aB", "\x00\xff\xff\xab")
	f("100%", "100%")
	f("%4", "%4")
	f("%zz%2", "%zz%2")
}
