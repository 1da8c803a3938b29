package loadtest

import "github.com/isthmus-mq/isthmus/loadtest/client"

// inflight is what one publisher has published and the server has not
// acknowledged. MQTT acknowledges by packet identifier, NATS in order.
type inflight struct {
	limit int
	sent  []int64  // when, by packet identifier or place in the ring
	free  []uint16 // MQTT: packet identifiers, the one used longest ago first
	head  int      // NATS: place of the oldest
	count int
}

// unused marks a packet identifier that is not in flight.
const unused = -1

func newInflight(p client.Protocol, limit int) *inflight {
	f := &inflight{limit: limit, sent: make([]int64, limit+1)}
	if p == client.MQTT {
		for id := 1; id <= limit; id++ {
			f.free = append(f.free, uint16(id))
			f.sent[id] = unused
		}
	}
	return f
}

// room is how many more may be published.
func (f *inflight) room() int { return f.limit - f.count }

// take enters a message that was to be sent at a time. It returns its packet
// identifier for MQTT. There must be room.
func (f *inflight) take(at int64) uint16 {
	f.count++
	if f.free == nil {
		f.sent[(f.head+f.count-1)%len(f.sent)] = at
		return 0
	}
	id := f.free[0]
	f.free = f.free[1:]
	f.sent[id] = at
	return id
}

// done enters an acknowledgement and returns when its message was to be sent; ok
// is false for one that nobody waits for.
func (f *inflight) done(id uint16) (at int64, ok bool) {
	if f.count == 0 {
		return 0, false
	}
	if f.free == nil {
		at = f.sent[f.head]
		f.head = (f.head + 1) % len(f.sent)
		f.count--
		return at, true
	}
	if id == 0 || int(id) > f.limit || f.sent[id] == unused {
		return 0, false
	}
	at = f.sent[id]
	f.sent[id] = unused
	f.free = append(f.free, id)
	f.count--
	return at, true
}
