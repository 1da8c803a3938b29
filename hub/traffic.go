package hub

import (
	"sync/atomic"

	"github.com/isthmus-mq/isthmus/message"
)

// Traffic counts messages: In those published, Out the copies handed to
// subscribers. Bytes are payload, headers and properties.
type Traffic struct {
	In, Out           uint64
	InBytes, OutBytes uint64
}

// Tally counts messages in one direction of one connection, and their bytes as
// Traffic does.
type Tally struct{ Messages, Bytes uint64 }

// Add counts all that m stands for.
func (t *Tally) Add(m *message.Message) {
	n := uint64(max(m.Count, 1))
	t.Messages += n
	t.Bytes += n * m.Volume()
}

// counted is a lane's Traffic: plain numbers for the turn, published for
// readers at its end.
type counted struct {
	turn  Traffic
	total struct{ in, out, inBytes, outBytes atomic.Uint64 }
}

func (c *counted) endTurn() {
	if c.turn == (Traffic{}) {
		return
	}
	add(&c.total.in, c.turn.In)
	add(&c.total.out, c.turn.Out)
	add(&c.total.inBytes, c.turn.InBytes)
	add(&c.total.outBytes, c.turn.OutBytes)
	c.turn = Traffic{}
}

func (c *counted) addTo(t *Traffic) {
	t.In += c.total.in.Load()
	t.Out += c.total.out.Load()
	t.InBytes += c.total.inBytes.Load()
	t.OutBytes += c.total.outBytes.Load()
}

// add has one writer, so a load and a store do.
func add(to *atomic.Uint64, n uint64) {
	if n != 0 {
		to.Store(to.Load() + n)
	}
}
