package load

import (
	"bytes"
	"fmt"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// receipts are the PUBACKs that a publisher gets. They must come in the order
// of its publications.
type receipts struct {
	window   int64  // publications without a receipt, at most; 0: none is owed
	expected []byte // those of one batch
	received int64
}

// owe says that each publication of b gets a receipt, and that at most window
// may lack theirs.
func owe(b batch, window int) receipts {
	r := receipts{window: int64(window)}
	for id := 1; id <= b.count(); id++ {
		r.expected = wire.AppendAck(r.expected, byte(id>>8), byte(id))
	}
	return r
}

func (r *receipts) owed() bool { return r.window > 0 }

// take counts the receipts in the given bytes and returns the rest of them: the
// start of one.
func (r *receipts) take(in []byte) ([]byte, error) {
	for len(in) >= wire.AckSize {
		want := r.expected[int(r.received)*wire.AckSize%len(r.expected):]
		n := min(len(in)/wire.AckSize*wire.AckSize, len(want))
		if !bytes.Equal(in[:n], want[:n]) {
			return nil, fmt.Errorf("after %d receipts the server says % x, want % x", r.received, in[:n], want[:n])
		}
		in = in[n:]
		r.received += int64(n / wire.AckSize)
	}
	return in, nil
}

// takeReceipts reads once and counts the receipts.
func (p *publisher) takeReceipts(buf []byte) error {
	in, err := p.read(buf)
	if err != nil {
		return err
	}
	rest, err := p.take(in)
	if err != nil {
		return err
	}
	p.keep(rest)
	return nil
}
