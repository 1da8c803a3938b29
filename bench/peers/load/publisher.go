package load

import (
	"errors"
	"fmt"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// batchBytes is about how much a publisher gives to one write.
const batchBytes = 256 << 10

// batch is a run of pre-rendered publications of one size, over and over the
// same subjects.
type batch struct {
	bytes []byte
	size  int // of one publication
}

func render(d wire.Dialect, subjects []string, payload []byte) (batch, error) {
	var b batch
	for len(b.bytes) < batchBytes {
		for _, s := range subjects {
			before := len(b.bytes)
			b.bytes = d.Publish(b.bytes, s, payload)
			size := len(b.bytes) - before
			if b.size != 0 && b.size != size {
				return b, fmt.Errorf("publications of %d and %d bytes in one batch", b.size, size)
			}
			b.size = size
		}
	}
	return b, nil
}

// publisher sends a batch again and again.
type publisher struct {
	*conn
	batch
	sent    int64 // bytes
	blocked bool  // the socket has no room
}

// publications returns how many are on their way, a partial one included.
func (p *publisher) publications() int64 {
	return (p.sent + int64(p.size) - 1) / int64(p.size)
}

// push writes once, at most limit further publications and the rest of a
// partial one. It reports whether anything moved.
func (p *publisher) push(limit int64) (bool, error) {
	end := (p.publications() + limit) * int64(p.size)
	at := p.sent % int64(len(p.bytes))
	n := min(end-p.sent, int64(len(p.bytes))-at)
	if n == 0 || p.blocked {
		return false, nil
	}
	m, err := p.write(p.bytes[at : at+n])
	if errors.Is(err, errAgain) {
		p.blocked = true
		return false, nil
	}
	p.sent += int64(m)
	return true, err
}

// listen takes what the server says to a publisher: a Ping, or its reason for
// closing.
func (p *publisher) listen(buf []byte) error {
	err := p.walk(buf, func(wire.Kind, []byte) error { return nil })
	if errors.Is(err, errAgain) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("publisher: %w", err)
	}
	return nil
}
