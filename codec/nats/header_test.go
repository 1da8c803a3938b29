package nats

import (
	"fmt"
	"strings"
	"testing"
)

// readHeaders writes a block down as key=value pairs, "!" for malformed.
func readHeaders(block string) string {
	var out strings.Builder
	it := IterHeaders([]byte(block))
	for {
		key, value, ok := it.Next()
		if !ok {
			break
		}
		fmt.Fprintf(&out, "%s=%s;", key, value)
	}
	if it.Malformed() {
		out.WriteByte('!')
	}
	return out.String()
}

func TestHeaderIter(t *testing.T) {
	f := func(block, want string) {
		t.Helper()
		if got := readHeaders(block); got != want {
			t.Errorf("%q: got %q, want %q", block, got, want)
		}
	}
	f("NATS/1.0\r\n\r\n", "")
	f("NATS/1.0\r\nKey: value\r\n\r\n", "Key=value;")
	f("NATS/1.0\r\nkEy:value\r\nKEY: \t  value \r\nK:\r\n\r\n", "kEy=value;KEY=value ;K=;")
	f("NATS/1.0\r\na: 1\r\nb: x:y\r\na: 2\r\n\r\n", "a=1;b=x:y;a=2;")
	f("NATS/1.0 503 No Responders\r\na: 1\r\n\r\n", "a=1;")
	f("NATS/1.0\r\n: skipped\r\na: 1\r\n\r\n", "a=1;")
	f("NATS/1.0\r\nno colon\r\na: 1\r\n\r\n", "a=1;!")
	f("NATS/1.0\na: 1\nb: 2\n\n", "a=1;b=2;")                   // LF alone
	f("NATS/1.0\r\na: 1\r\n\r\nb: 2\r\n", "a=1;")               // ends at the empty line
	f("NATS/1.0\r\na: 1\r\nb: 2", "a=1;b=2;")                   // or with the block
	f("NATS/1.0\r\n spaced key : v\r\n\r\n", " spaced key =v;") // the key is taken as it is
	f("", "!")
	f(":-)", "!")
	f("HTTP/1.1 200\r\na: 1\r\n\r\n", "!")
}

func TestHeaderStatus(t *testing.T) {
	f := func(block string, code int, text string) {
		t.Helper()
		gotCode, gotText := HeaderStatus([]byte(block))
		if gotCode != code || string(gotText) != text {
			t.Errorf("%q: %d %q", block, gotCode, gotText)
		}
	}
	f("NATS/1.0\r\n\r\n", 0, "")
	f("NATS/1.0 503\r\n\r\n", 503, "")
	f("NATS/1.0 408 Request Timeout \r\n\r\n", 408, "Request Timeout")
	f("NATS/1.0\t100 Idle\n\n", 100, "Idle")
	f("NATS/1.0 50\r\n\r\n", 0, "")
	f("NATS/1.0 abc\r\n\r\n", 0, "")
	f("NATS/1.0 503", 503, "")
	f("", 0, "")
	f("garbage 503\r\n", 0, "")
}

func TestAppendHeaders(t *testing.T) {
	block := AppendHeaderStart(nil)
	block = AppendHeaderLine(block, []byte("Key"), []byte("value"))
	block = AppendHeaderLine(block, []byte("in\r\njected"), []byte("a\r\nEvil: 1"))
	block = AppendHeaderLine(block, []byte("Empty"), nil)
	block = AppendHeaderEnd(block)
	if want := "NATS/1.0\r\nKey: value\r\nin  jected: a  Evil: 1\r\nEmpty: \r\n\r\n"; string(block) != want {
		t.Errorf("%q", block)
	}
	if got := readHeaders(string(block)); got != "Key=value;in  jected=a  Evil: 1;Empty=;" {
		t.Error(got)
	}
}
