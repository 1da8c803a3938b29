package monitor

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// order makes a comparison, as of a moment: of two connections the one that
// comes first is the lesser.
type order func(now time.Time) func(a, b *Connection) int

// orders are nats-server's, by their names in the parameter sort. What is a
// number or a time comes largest first, except cid, start, uptime and reason.
// Connections that are equal in it follow each other by their cid, so that pages
// do not overlap.
var orders = map[string]order{
	"cid":        by(func(*Connection, time.Time) uint64 { return 0 }),
	"start":      by(func(*Connection, time.Time) uint64 { return 0 }),
	"subs":       most(func(c *Connection, _ time.Time) int { return c.Subscriptions }),
	"pending":    most(func(c *Connection, _ time.Time) int { return c.Pending }),
	"msgs_to":    most(func(c *Connection, _ time.Time) uint64 { return c.OutMsgs }),
	"msgs_from":  most(func(c *Connection, _ time.Time) uint64 { return c.InMsgs }),
	"bytes_to":   most(func(c *Connection, _ time.Time) uint64 { return c.OutBytes }),
	"bytes_from": most(func(c *Connection, _ time.Time) uint64 { return c.InBytes }),
	"last":       most(func(c *Connection, _ time.Time) int64 { return c.Last.UnixNano() }),
	"idle":       most(func(c *Connection, now time.Time) time.Duration { return now.Sub(c.Last) }),
	"uptime":     by((*Connection).age),
	"stop":       most(func(c *Connection, _ time.Time) int64 { return c.Stop.UnixNano() }),
	"rtt":        most(func(c *Connection, _ time.Time) time.Duration { return c.RTT }),
	"reason": func(time.Time) func(a, b *Connection) int {
		return func(a, b *Connection) int {
			return cmp.Or(strings.Compare(a.Reason, b.Reason), cmp.Compare(a.CID, b.CID))
		}
	},
}

// age is how long the connection has been there, or was.
func (c *Connection) age(now time.Time) time.Duration {
	if !c.Stop.IsZero() {
		now = c.Stop
	}
	return now.Sub(c.Start)
}

func by[T cmp.Ordered](key func(*Connection, time.Time) T) order {
	return func(now time.Time) func(a, b *Connection) int {
		return func(a, b *Connection) int {
			return cmp.Or(cmp.Compare(key(a, now), key(b, now)), cmp.Compare(a.CID, b.CID))
		}
	}
}

func most[T cmp.Ordered](key func(*Connection, time.Time) T) order {
	return func(now time.Time) func(a, b *Connection) int {
		return func(a, b *Connection) int {
			return cmp.Or(cmp.Compare(key(b, now), key(a, now)), cmp.Compare(a.CID, b.CID))
		}
	}
}

// selection keeps, of any number of connections that are shown to it, those of a
// page and as many more as it takes to know which these are.
type selection struct {
	offset, end int // places in the order
	compare     func(a, b *Connection) int
	kept        []Connection
}

// spare is how many more than the page needs are kept before some are let go.
const spare = 1024

func newSelection(offset, limit int, compare func(a, b *Connection) int) *selection {
	end := offset + limit
	if end < offset { // more than there are numbers
		end = 1<<63 - 1
	}
	return &selection{offset: offset, end: end, compare: compare}
}

// add takes a copy of c.
func (s *selection) add(c *Connection) {
	s.kept = append(s.kept, *c)
	if len(s.kept) >= s.end && len(s.kept)-s.end > s.end+spare {
		s.cut()
	}
}

func (s *selection) cut() {
	slices.SortFunc(s.kept, func(a, b Connection) int { return s.compare(&a, &b) })
	if len(s.kept) > s.end {
		clear(s.kept[s.end:])
		s.kept = s.kept[:s.end]
	}
}

// done returns the page, in order.
func (s *selection) done() []Connection {
	s.cut()
	return s.kept[min(s.offset, len(s.kept)):]
}
