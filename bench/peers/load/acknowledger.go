package load

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// acknowledger answers the QoS 1 deliveries of one subscriber, and looks at the
// number of each: so none is missing, doubled or out of order.
type acknowledger struct {
	id      int    // where in a delivery the packet identifier is
	number  int    // where the number is
	batch   int64  // numbers count from 0 to one below this, and again
	pending []byte // PUBACKs that wait for the end of the read, or for room
	blocked bool   // the socket has no room
}

// acknowledge makes the subscriber answer deliveries, starting with the example
// of its pattern. Publications are numbered up to batch.
func (c *counter) acknowledge(batch int) error {
	c.acks = &acknowledger{
		id:     wire.IdentifierAt(c.example),
		number: c.size - len(c.tail),
		batch:  int64(batch),
	}
	if c.acks.id == 0 {
		return fmt.Errorf("delivery % x has no packet identifier: it is not QoS 1", c.example)
	}
	c.tail = c.tail[numberSize:]
	if err := c.acks.add(c.example, 0); err != nil {
		return err
	}
	return c.acks.flush(c.conn)
}

// add takes the delivery that follows count others.
func (a *acknowledger) add(delivery []byte, count int64) error {
	if got, want := binary.BigEndian.Uint32(delivery[a.number:]), uint32(count%a.batch); got != want {
		return fmt.Errorf("delivery %d has number %d, want %d", count, got, want)
	}
	a.pending = wire.AppendAck(a.pending, delivery[a.id], delivery[a.id+1])
	return nil
}

// flush writes once.
func (a *acknowledger) flush(c *conn) error {
	if len(a.pending) == 0 {
		return nil
	}
	n, err := c.write(a.pending)
	if err != nil && !errors.Is(err, errAgain) {
		return fmt.Errorf("PUBACK: %w", err)
	}
	a.pending = append(a.pending[:0], a.pending[n:]...)
	a.blocked = len(a.pending) > 0
	return nil
}
