package load

import (
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

func natsCounter() *counter {
	return &counter{
		conn:    &conn{fd: -1, dialect: wire.NATS{}},
		pattern: pattern{size: len("MSG a 1 2\r\nhi\r\n"), first: 'M', tail: []byte("hi\r\n")},
	}
}

// TestTakeAtEverySplit counts a stream that comes in two reads, cut anywhere.
func TestTakeAtEverySplit(t *testing.T) {
	stream := strings.Repeat("MSG a 1 2\r\nhi\r\n", 3) + "INFO {}\r\n" + strings.Repeat("MSG a 1 2\r\nhi\r\n", 2)
	for cut := range len(stream) + 1 {
		c := natsCounter()
		if err := c.take([]byte(stream[:cut])); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if err := c.take(append([]byte(string(c.left)), stream[cut:]...)); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if c.count != 5 || len(c.left) != 0 {
			t.Errorf("cut at %d: %d deliveries, %q left", cut, c.count, c.left)
		}
	}
}

func TestTakeRefuses(t *testing.T) {
	f := func(in string) {
		t.Helper()
		if err := natsCounter().take([]byte(in)); err == nil {
			t.Errorf("%q is no error", in)
		}
	}
	f("MSG a 1 2\r\nho\r\n")                      // another payload
	f("HMSG a 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n") // another form
	f("-ERR 'Slow Consumer'\r\n")
}
