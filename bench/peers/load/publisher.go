package load

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

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

// numberSize is what a publication's number takes at the start of its payload,
// where publications are numbered: its place in the batch, from 0.
const numberSize = 4

// render makes a batch with at least count publications. Packet identifiers
// are the numbers of publications, plus one.
func render(d wire.Dialect, subjects []string, payload []byte, numbered bool, count int) (batch, error) {
	var b batch
	payload = bytes.Clone(payload)
	for n := 0; n < count || len(b.bytes) < batchBytes; {
		for _, s := range subjects {
			if numbered {
				binary.BigEndian.PutUint32(payload, uint32(n))
			}
			n++
			before := len(b.bytes)
			b.bytes = d.Publish(b.bytes, s, uint16(n), payload)
			size := len(b.bytes) - before
			if b.size != 0 && b.size != size {
				return b, fmt.Errorf("publications of %d and %d bytes in one batch", b.size, size)
			}
			b.size = size
		}
	}
	if numbered && b.count() > math.MaxUint16 {
		return b, fmt.Errorf("a batch has %d publications, more than there are packet identifiers", b.count())
	}
	return b, nil
}

// count returns the number of publications in the batch.
func (b batch) count() int { return len(b.bytes) / b.size }

// publisher sends a batch again and again.
type publisher struct {
	*conn
	batch
	receipts
	renaming *renaming // nil: the batch stays as it is
	sent     int64     // bytes
	blocked  bool      // the socket has no room
}

// publications returns how many are on their way, a partial one included.
func (p *publisher) publications() int64 {
	return (p.sent + int64(p.size) - 1) / int64(p.size)
}

// unacknowledged returns how many of the publications lack a receipt that is
// owed.
func (p *publisher) unacknowledged() int64 {
	if !p.owed() {
		return 0
	}
	return p.publications() - p.received
}

// push writes once, at most limit further publications, as few as the window
// of receipts leaves room for, and the rest of a partial one. It reports
// whether anything moved.
func (p *publisher) push(limit int64) (bool, error) {
	if p.owed() {
		limit = min(limit, p.window-p.unacknowledged())
	}
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
	if p.renaming != nil && p.sent%int64(len(p.bytes)) == 0 {
		p.renaming.renew(p.batch)
	}
	return true, err
}

// listen takes what the server says to a publisher: receipts, a Ping, or its
// reason for closing.
func (p *publisher) listen(buf []byte) error {
	var err error
	if p.owed() {
		err = p.takeReceipts(buf)
	} else {
		err = p.walk(buf, func(wire.Kind, []byte) error { return nil })
	}
	if errors.Is(err, errAgain) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("publisher: %w", err)
	}
	return nil
}
