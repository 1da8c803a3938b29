package load

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// pattern is what every delivery of a run looks like, learned from the first
// one: all have one size and end in one payload.
type pattern struct {
	example []byte // the first one
	size    int
	first   byte   // byte
	tail    []byte // payload and trailer
}

// newPattern is that of deliveries like example, of which the last tail bytes
// are payload and trailer.
func newPattern(example []byte, tail int) pattern {
	return pattern{example: example, size: len(example), first: example[0], tail: example[len(example)-tail:]}
}

// learn waits for one delivery on c, which blocks, and takes its pattern.
func learn(c *conn, payload []byte) (pattern, error) {
	var p pattern
	for buf := make([]byte, 64<<10); p.size == 0; {
		if err := c.walk(buf, func(kind wire.Kind, frame []byte) error {
			if kind != wire.Message {
				return nil
			}
			tail := len(payload) + c.dialect.Trailer()
			if tail > len(frame) || !bytes.HasPrefix(frame[len(frame)-tail:], payload) {
				return fmt.Errorf("delivery %q does not carry what was published", frame)
			}
			frame = bytes.Clone(frame)
			p = newPattern(frame, tail)
			return nil
		}); err != nil {
			return p, fmt.Errorf("waiting for the first delivery: %w", err)
		}
	}
	return p, nil
}

// counter counts the deliveries of a pattern on one connection. Of each
// delivery it looks at the first byte, and of each read at one whole payload:
// more would make the generator the slower side.
type counter struct {
	*conn
	pattern
	count int64
	acks  *acknowledger // nil where deliveries need none
}

// readAll reads until the socket is empty or gave less than asked for.
// It returns the number of deliveries.
func (c *counter) readAll(buf []byte) (int64, error) {
	before := c.count
	for {
		in, err := c.read(buf)
		if errors.Is(err, errAgain) {
			return c.count - before, nil
		}
		if err != nil {
			return 0, err
		}
		if err := c.take(in); err != nil {
			return 0, err
		}
		if c.acks != nil {
			if err := c.acks.flush(c.conn); err != nil {
				return 0, err
			}
		}
		if len(in) < len(buf) {
			return c.count - before, nil
		}
	}
}

func (c *counter) take(in []byte) error {
	checked := false
	for len(in) > 0 {
		if in[0] != c.first {
			n, err := c.other(in)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			in = in[n:]
			continue
		}
		if len(in) < c.size {
			break
		}
		if !checked && !bytes.HasSuffix(in[:c.size], c.tail) {
			return fmt.Errorf("delivery %d is %q", c.count, in[:c.size])
		}
		checked = true
		if c.acks != nil {
			if err := c.acks.add(in[:c.size], c.count); err != nil {
				return err
			}
			in = in[c.size:]
			c.count++
			continue
		}
		for len(in) >= c.size && in[0] == c.first {
			in = in[c.size:]
			c.count++
		}
	}
	c.keep(in)
	return nil
}

// other takes a frame that is no delivery and returns its size, or 0 if it is
// not whole.
func (c *counter) other(in []byte) (int, error) {
	kind, n, err := c.dialect.Next(in)
	switch {
	case err != nil:
		return 0, fmt.Errorf("after %d deliveries: %w", c.count, err)
	case kind == wire.Ping:
		return n, c.pong()
	case kind == wire.Message:
		return 0, fmt.Errorf("delivery %d is %q, unlike the first", c.count, in[:n])
	}
	return n, nil
}
