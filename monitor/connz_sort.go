package monitor

import (
	"cmp"
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
