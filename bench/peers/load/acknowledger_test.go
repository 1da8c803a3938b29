package load

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// answeringCounter returns a counter that has got the first publication of
// qos1Batch, with packet identifier 0x0701, and the other end of its
// connection.
func answeringCounter(t *testing.T) (*counter, *conn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	server := &conn{fd: fds[1]}
	c := &counter{
		conn:    &conn{fd: fds[0], dialect: wire.MQTT{QoS: 1}},
		pattern: newPattern(delivery(0, 0x0701), numberSize),
		count:   1,
	}
	t.Cleanup(func() { c.close(); server.close() })
	if err := c.acknowledge(qos1Batch(t).count()); err != nil {
		t.Fatal(err)
	}
	return c, server
}

func delivery(number byte, id uint16) []byte {
	return wire.MQTT{QoS: 1}.Publish(nil, "a", id, []byte{0, 0, 0, number})
}

func TestDeliveriesAreAcknowledged(t *testing.T) {
	c, server := answeringCounter(t)
	if _, err := server.write(append(append(delivery(1, 0x0702), delivery(2, 0x0703)...), delivery(0, 9)...)); err != nil {
		t.Fatal(err)
	}
	n, err := c.readAll(make([]byte, 1024))
	if err != nil || n != 3 {
		t.Fatalf("%d deliveries, error %v", n, err)
	}
	in, err := server.read(make([]byte, 1024))
	const want = "\x40\x02\x07\x01\x40\x02\x07\x02\x40\x02\x07\x03\x40\x02\x00\x09"
	if err != nil || string(in) != want {
		t.Errorf("the server gets % x, want % x, error %v", in, want, err)
	}
}

// TestAcksWaitForRoom fills the socket and finds all PUBACKs at the other end.
func TestAcksWaitForRoom(t *testing.T) {
	c, server := answeringCounter(t)
	const id = 7
	for count := int64(1); !c.acks.blocked; count++ {
		if err := c.acks.add(delivery(byte(count%3), id), count); err != nil {
			t.Fatal(err)
		}
		if len(c.acks.pending) < 4096 {
			continue
		}
		if err := c.acks.flush(c.conn); err != nil {
			t.Fatal(err)
		}
		c.count = count + 1
	}
	got, buf := 0, make([]byte, 1<<20)
	for c.acks.blocked {
		in, err := server.read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got += len(in)
		if err := c.acks.flush(c.conn); err != nil {
			t.Fatal(err)
		}
	}
	for {
		in, err := server.read(buf)
		if err == errAgain {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got += len(in)
	}
	if want := int(c.count) * wire.AckSize; got != want {
		t.Errorf("%d bytes of PUBACK came, want %d", got, want)
	}
}

func TestDeliveriesOutOfOrder(t *testing.T) {
	f := func(in []byte) {
		t.Helper()
		c, _ := answeringCounter(t)
		if err := c.take(in); err == nil {
			t.Errorf("% x is no error", in)
		}
	}
	f(delivery(2, 2)) // one is missing
	f(delivery(0, 2)) // twice
	again := delivery(1, 2)
	again[0] |= 0x08
	f(again)                                                          // a redelivery
	f(wire.MQTT{}.Publish(nil, "a", 0, []byte("\x00\x00\x00\x01xx"))) // QoS 0, of the same size
}

func TestAcknowledgingQoS0IsAnError(t *testing.T) {
	c := &counter{pattern: newPattern(wire.MQTT{}.Publish(nil, "a", 0, make([]byte, 4)), numberSize)}
	if err := c.acknowledge(3); err == nil {
		t.Error("no error")
	}
}

// TestAcknowledgingAllocatesNothing holds for both sides of QoS 1: a generator
// that collects garbage would disturb the measurement.
func TestAcknowledgingAllocatesNothing(t *testing.T) {
	c, server := answeringCounter(t)
	b := qos1Batch(t)
	p := &publisher{conn: c.conn, batch: b, receipts: owe(b, 64)}
	var deliveries, receipts []byte
	for n := range byte(3) {
		deliveries = append(deliveries, delivery((n+1)%3, uint16(n)+1)...)
		receipts = wire.AppendAck(receipts, 0, n+1)
	}
	buf := make([]byte, 1024)
	if n := testing.AllocsPerRun(100, func() {
		if err := c.take(deliveries); err != nil {
			t.Fatal(err)
		}
		if err := c.acks.flush(c.conn); err != nil {
			t.Fatal(err)
		}
		if _, err := server.read(buf); err != nil {
			t.Fatal(err)
		}
		if _, err := p.take(receipts); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for three messages", n)
	}
}
