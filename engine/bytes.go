package engine

import "sync/atomic"

// byteCount is written by its lane and read by anybody.
type byteCount struct{ n atomic.Uint64 }

// add has one writer, so a load and a store do.
func (c *byteCount) add(n int) { c.n.Store(c.n.Load() + uint64(n)) }

// Bytes is what came from clients that got to their lanes and what was sent to
// them, in bytes; any goroutine may ask.
func (e *Engine) Bytes() (received, sent uint64) {
	for _, l := range e.lanes {
		received += l.received.n.Load()
		sent += l.sent.n.Load()
	}
	return received, sent
}
