package load

import (
	"testing"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// qos1Batch holds three publications in MQTT with QoS 1, of four bytes each.
func qos1Batch(t *testing.T) batch {
	t.Helper()
	b := batch{}
	for n := range byte(3) {
		before := len(b.bytes)
		b.bytes = wire.MQTT{QoS: 1}.Publish(b.bytes, "a", uint16(n+1), []byte{0, 0, 0, n})
		b.size = len(b.bytes) - before
	}
	return b
}

// TestReceiptsAtEverySplit counts receipts that come in two reads, cut
// anywhere, and start the batch again.
func TestReceiptsAtEverySplit(t *testing.T) {
	const stream = "\x40\x02\x00\x01\x40\x02\x00\x02\x40\x02\x00\x03\x40\x02\x00\x01\x40\x02\x00\x02"
	for cut := range len(stream) + 1 {
		r := owe(qos1Batch(t), 64)
		rest, err := r.take([]byte(stream[:cut]))
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		rest, err = r.take(append([]byte(string(rest)), stream[cut:]...))
		if err != nil || len(rest) != 0 || r.received != 5 {
			t.Errorf("cut at %d: %d receipts, % x left, error %v", cut, r.received, rest, err)
		}
	}
}

func TestReceiptsRefuse(t *testing.T) {
	f := func(in string) {
		t.Helper()
		r := owe(qos1Batch(t), 64)
		if _, err := r.take([]byte(in)); err == nil {
			t.Errorf("% x is no error", in)
		}
	}
	f("\x40\x02\x00\x02")                 // one is missing
	f("\x40\x02\x00\x01\x40\x02\x00\x01") // twice
	f("\xe0\x00\x00\x00")
}

func TestRenderNumbers(t *testing.T) {
	b, err := render(wire.MQTT{QoS: 1}, []string{"a"}, make([]byte, 100_000), true, 4)
	if err != nil {
		t.Fatal(err)
	}
	if b.count() != 4 {
		t.Fatalf("%d publications, want 4: more than fit the bytes", b.count())
	}
	for n := range 4 {
		frame := b.bytes[n*b.size : (n+1)*b.size]
		id := wire.IdentifierAt(frame)
		if got := frame[id+1]; int(got) != n+1 {
			t.Errorf("publication %d has packet identifier %d", n, got)
		}
		if got := frame[id+2+numberSize-1]; int(got) != n {
			t.Errorf("publication %d has number %d", n, got)
		}
	}
}
