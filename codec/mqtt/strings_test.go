package mqtt

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCheckText(t *testing.T) {
	f := func(s string, lax, strict *Error) {
		t.Helper()
		// Before, behind and amid enough plain bytes to be in every word.
		for _, around := range []string{"", "a", "abcdefg", "abcdefgh", "abcdefghi"} {
			for _, b := range []string{around + s, s + around, around + s + around} {
				if got := checkText([]byte(b), false); got != lax {
					t.Errorf("%q: %v, want %v", b, got, lax)
				}
				if got := checkText([]byte(b), true); got != strict {
					t.Errorf("%q strict: %v, want %v", b, got, strict)
				}
			}
		}
	}
	f("", nil, nil)
	f(" ~", nil, nil)
	f("é€𝄞", nil, nil)
	f("\uFEFF", nil, nil) // MQTT-1.5.4-3
	f("\uFFFD", nil, nil)
	f("\x00", errNUL, errNUL)
	f("\x01", nil, errCharacter)
	f("\x1F", nil, errCharacter)
	f("\x7F", nil, errCharacter)
	f("\u0080", nil, errCharacter)
	f("\u009F", nil, errCharacter)
	f("\u00A0", nil, nil)
	f("\uFDD0", nil, errCharacter)
	f("\uFDEF", nil, errCharacter)
	f("\uFFFE", nil, errCharacter)
	f("\U0001FFFF", nil, errCharacter)
	f("\U0010FFFF", nil, errCharacter)
	f("\xED\xA0\x80", errUTF8, errUTF8) // U+D800
	f("\xED\xBF\xBF", errUTF8, errUTF8) // U+DFFF
	f("\xC0\x80", errUTF8, errUTF8)
	f("\xF4\x90\x80\x80", errUTF8, errUTF8)
	f("\xFF", errUTF8, errUTF8)
	f("\x80", errUTF8, errUTF8)
	f("\xE2\x82", errUTF8, errUTF8)
}

// The words of eight agree with one byte at a time, for every byte at every place.
func TestPlain(t *testing.T) {
	for size := range 20 {
		b := bytes.Repeat([]byte("a"), size)
		for at := range size {
			for c := range 256 {
				b[at] = byte(c)
				ok := c >= 0x20 && c <= 0x7E
				if plain(b) != ok {
					t.Errorf("plain of %q", b)
				}
				if plainTopic(b) != (ok && c != '+' && c != '#') {
					t.Errorf("plainTopic of %q", b)
				}
			}
			b[at] = 'a'
		}
	}
}

func TestValidTopic(t *testing.T) {
	f := func(name string, want bool) {
		t.Helper()
		if ValidTopic([]byte(name)) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	f("a", true)
	f("/", true)
	f("//", true)
	f("$SYS/x", true)
	f("a b/ü", true)
	f("", false)
	f("a/+", false)
	f("a#", false)
	f("a\x00", false)
	f("\xFF", false)
	f(strings.Repeat("x", 65535), true)
	f(strings.Repeat("x", 65536), false)
}

func TestValidFilter(t *testing.T) {
	f := func(filter string, want bool) {
		t.Helper()
		if ValidFilter([]byte(filter)) != want {
			t.Errorf("%q: %v", filter, !want)
		}
	}
	for _, filter := range []string{"#", "+", "/", "a", "a/#", "+/#", "/#", "/+", "+/+/a", "a//b", "+/", "$SYS/#", "ü/+"} {
		f(filter, true)
	}
	for _, filter := range []string{"", "a#", "#/", "#/a", "a/#/b", "a+", "+a", "a/b+/c", "a/+b", "++", "##", "+#", "a/##", "\x00", "\xFF", "ü+"} {
		f(filter, false)
	}
	f(strings.Repeat("x", 65535), true)
	f(strings.Repeat("x", 65536), false)
}

func TestParseShared(t *testing.T) {
	f := func(filter, group, rest string, shared, ok bool) {
		t.Helper()
		g, r, s, o := ParseShared([]byte(filter))
		if s != shared || o != ok || o && (string(g) != group || string(r) != rest) {
			t.Errorf("%q: %q %q %v %v", filter, g, r, s, o)
		}
	}
	f("a/b", "", "a/b", false, true)
	f("$share", "", "$share", false, true)
	f("$shared/g/a", "", "$shared/g/a", false, true)
	f("$share/g/a/#", "g", "a/#", true, true)
	f("$share/g//", "g", "/", true, true)
	f("$share/", "", "", true, false)
	f("$share/g", "", "", true, false)
	f("$share/g/", "", "", true, false)
	f("$share//a", "", "", true, false)
	f("$share/+/a", "", "", true, false)
	f("$share/g#/a", "", "", true, false)
	f("$queue/a/+", "$queue", "a/+", true, true)
	f("$queue/", "", "", true, false)
	f("$queue", "", "$queue", false, true)
}

func TestVarInt(t *testing.T) {
	f := func(v uint32, want ...int) {
		t.Helper()
		b := AppendVarInt(nil, v)
		if !bytes.Equal(b, raw(toAny(want)...)) || VarIntSize(v) != len(b) {
			t.Errorf("%d: % x, size %d", v, b, VarIntSize(v))
		}
		if got, n := varInt(append(b, 0xFF)); got != v || n != len(b) {
			t.Errorf("% x: %d in %d bytes", b, got, n)
		}
		for i := range b {
			if _, n := varInt(b[:i]); n != 0 {
				t.Errorf("% x cut: %d", b[:i], n)
			}
		}
	}
	// The borders of table 1-1.
	f(0, 0)
	f(127, 0x7F)
	f(128, 0x80, 1)
	f(16383, 0xFF, 0x7F)
	f(16384, 0x80, 0x80, 1)
	f(2097151, 0xFF, 0xFF, 0x7F)
	f(2097152, 0x80, 0x80, 0x80, 1)
	f(268435455, 0xFF, 0xFF, 0xFF, 0x7F)
	if _, n := varInt([]byte{0x80, 0x80, 0x80, 0x80}); n != -1 {
		t.Error("five bytes")
	}
}

func toAny(list []int) (out []any) {
	for _, v := range list {
		out = append(out, v)
	}
	return out
}

func FuzzStrings(f *testing.F) {
	f.Add([]byte("a/b/+"))
	f.Fuzz(func(t *testing.T, b []byte) {
		valid := utf8.Valid(b) && bytes.IndexByte(b, 0) < 0
		if got := checkText(b, false) == nil; got != valid {
			t.Errorf("%q: text %v", b, got)
		}
		if want := valid && len(b) > 0 && len(b) <= MaxString && !bytes.ContainsAny(b, "+#"); ValidTopic(b) != want {
			t.Errorf("%q: topic %v", b, !want)
		}
		levels := strings.Split(string(b), "/")
		want := valid && len(b) > 0 && len(b) <= MaxString
		for i, level := range levels {
			want = want && (!strings.ContainsAny(level, "+#") || level == "+" || level == "#" && i == len(levels)-1)
		}
		if ValidFilter(b) != want {
			t.Errorf("%q: filter %v", b, !want)
		}
	})
}
