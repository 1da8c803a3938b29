package wire

import (
	"strings"
	"testing"
)

// TestNextAtEverySplit measures a stream of frames with only its first n bytes
// there, for every n: frames come whole, in order, and never early.
func TestNextAtEverySplit(t *testing.T) {
	f := func(d Dialect, frames []string, kinds []Kind) {
		t.Helper()
		stream := strings.Join(frames, "")
		for n := range len(stream) + 1 {
			in, seen, whole := []byte(stream[:n]), 0, 0
			for {
				kind, size, err := d.Next(in)
				if err != nil {
					t.Fatalf("%d bytes: %v", n, err)
				}
				if kind == Incomplete {
					break
				}
				if got := string(in[:size]); got != frames[seen] || kind != kinds[seen] {
					t.Fatalf("%d bytes: frame %d is %q of kind %d", n, seen, got, kind)
				}
				in, seen, whole = in[size:], seen+1, whole+size
			}
			for want := range frames {
				if end := len(strings.Join(frames[:want+1], "")); end <= n && seen <= want {
					t.Fatalf("%d bytes hold frame %d, which did not come", n, want)
				}
			}
		}
	}
	f(NATS{}, []string{
		"INFO {\"a\":1}\r\n", "PONG\r\n", "MSG a.b 1 3\r\nx\r\n\r\n", "PING\r\n", "HMSG a 1 r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n", "+OK\r\n",
	}, []Kind{Notice, Answer, Message, Ping, Message, Notice})
	f(MQTT{}, []string{
		"\x20\x02\x00\x00", "\x90\x03\x00\x01\x00", "\x30\x05\x00\x01ahi", "\xd0\x00", "\x30\x83\x01\x00\x01a" + strings.Repeat("x", 128),
		"\x32\x07\x00\x01a\x12\x34hi", "\x40\x02\x12\x34",
	}, []Kind{Answer, Answer, Message, Notice, Message, Message, Receipt})
}

func TestRefusalIsAnError(t *testing.T) {
	f := func(d Dialect, in string) {
		t.Helper()
		if _, _, err := d.Next([]byte(in)); err == nil {
			t.Errorf("%q is no error", in)
		}
	}
	f(NATS{}, "-ERR 'Authorization Violation'\r\n")
	f(MQTT{}, "\x20\x02\x00\x05")
	f(MQTT{}, "\x90\x03\x00\x01\x80")
	f(MQTT{QoS: 1}, "\x90\x03\x00\x01\x00")        // less than was asked for
	f(MQTT{QoS: 1}, "\x3a\x07\x00\x01a\x12\x34hi") // a second copy
}

func TestIdentifierAt(t *testing.T) {
	f := func(in string, want int) {
		t.Helper()
		if got := IdentifierAt([]byte(in)); got != want {
			t.Errorf("% x: at %d, want %d", in, got, want)
		}
	}
	f("\x30\x05\x00\x01ahi", 0)
	f("\x32\x07\x00\x01a\x12\x34hi", 5)
	f("\x32\x85\x01\x00\x01a\x12\x34"+strings.Repeat("x", 128), 6)
	f("\x40\x02\x12\x34", 0)
}

func TestPublish(t *testing.T) {
	f := func(d Dialect, want string) {
		t.Helper()
		if got := string(d.Publish([]byte("-"), "a.b", 0x1234, []byte("hi"))); got != "-"+want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f(NATS{}, "PUB a.b 2\r\nhi\r\n")
	f(NATS{QoS: 1}, "HPUB a.b 25 27\r\nNATS/1.0\r\nMqtt-Qos: 1\r\n\r\nhi\r\n")
	f(MQTT{}, "\x30\x07\x00\x03a/bhi")
	f(MQTT{QoS: 1}, "\x32\x09\x00\x03a/b\x12\x34hi")
}
