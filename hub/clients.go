package hub

import "sync/atomic"

// Clients counts the clients of both protocols. Any goroutine may call any
// method; each is called once for a connection, or once for an absence, never
// for a message.
type Clients struct{ connected, maximum, accepted, absent, expired atomic.Int64 }

// Enter counts a client that was accepted.
func (c *Clients) Enter() {
	c.accepted.Add(1)
	now := c.connected.Add(1)
	for most := c.maximum.Load(); now > most && !c.maximum.CompareAndSwap(most, now); {
		most = c.maximum.Load()
	}
}

// Leave counts the end of its connection.
func (c *Clients) Leave() { c.connected.Add(-1) }

// Absent counts a session that goes on without a connection, Back the end of
// that, whatever ended it, and Expired in addition that it was the session's
// time.
func (c *Clients) Absent()  { c.absent.Add(1) }
func (c *Clients) Back()    { c.absent.Add(-1) }
func (c *Clients) Expired() { c.expired.Add(1) }

// ClientCounts are the counts at one moment. Connected, Maximum (the most that
// were connected at a time) and Accepted are of both protocols, the others of
// MQTT sessions.
type ClientCounts struct{ Connected, Maximum, Accepted, Absent, Expired int64 }

// Counts reads them.
func (c *Clients) Counts() ClientCounts {
	return ClientCounts{
		Connected: c.connected.Load(),
		Maximum:   c.maximum.Load(),
		Accepted:  c.accepted.Load(),
		Absent:    c.absent.Load(),
		Expired:   c.expired.Load(),
	}
}
