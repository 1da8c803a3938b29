package nats

import "github.com/isthmus-mq/isthmus/hub"

const (
	// keptLines is the number of control lines that a lane remembers.
	keptLines = 256
	// longestLine is the longest of them in bytes.
	longestLine = 96
)

// lines remembers the MSG lines of streams: the same subscription, route and
// size again and again. It belongs to the lane and not to the subscriptions,
// most of which are silent. A line is kept only when its subscription comes
// twice in a row, so that wide fan-out does not pay for what it cannot use.
type lines [keptLines]line

type line struct {
	sub   *subscription // whose line this is
	next  *subscription // who came last and found another's line
	route *hub.Route
	size  int
	text  [longestLine]byte
	n     uint8
}

// of returns the place of b's line and whether it is the one wanted.
func (t *lines) of(b *subscription, r *hub.Route, size int) (at *line, hit bool) {
	at = &t[b.ref.Slot%keptLines]
	return at, at.sub == b && at.route == r && at.size == size
}

// forget drops what is kept for a subscription that ends, and with it what the
// subscription keeps alive.
func (t *lines) forget(b *subscription) {
	at := &t[b.ref.Slot%keptLines]
	if at.sub == b {
		at.sub, at.route = nil, nil
	}
	if at.next == b {
		at.next = nil
	}
}

// offer keeps a line that was not there, if it is worth it.
func (at *line) offer(b *subscription, r *hub.Route, size int, text []byte) {
	if at.sub != b && at.next != b {
		at.next = b
		return
	}
	if len(text) <= longestLine {
		at.sub, at.next, at.route, at.size = b, nil, r, size
		at.n = uint8(copy(at.text[:], text))
	}
}
