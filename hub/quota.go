package hub

import (
	"sync/atomic"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// QuotaLimits bound what waits for one session: messages of QoS 1 and 2 that
// are queued or not yet acknowledged.
type QuotaLimits struct {
	Messages int // at most MaxQuotaMessages
	Bytes    int // by Cost
	// DropOldest lets in what comes when there is no room. The session drops its
	// oldest instead (Quota.Over), so that what is reported as accepted may
	// replace what was accepted before.
	DropOldest bool
}

// MaxQuotaMessages is the largest QuotaLimits.Messages.
const MaxQuotaMessages = 1 << 19

// Quota is the room that one session has. Publishers reserve on any lane, so
// that an acknowledgement can be given at once and be true; the session gives
// back on its own. Both go through a Lane.
type Quota struct {
	used   atomic.Uint64 // messages in the upper 20 bits, bytes below
	limits *QuotaLimits
	owner  uint32
}

const (
	quotaShift = 44
	quotaBytes = 1<<quotaShift - 1
)

// Init gives q its limits and the owner of the subscriptions that it is for,
// before its first use.
func (q *Quota) Init(limits *QuotaLimits, owner uint32) { q.limits, q.owner = limits, owner }

// Used returns the messages and bytes that are reserved; any goroutine may ask.
func (q *Quota) Used() (messages, bytes int) {
	n := q.used.Load()
	return int(n >> quotaShift), int(n & quotaBytes)
}

// Over tells whether more is reserved than there is room for, which DropOldest
// allows.
func (q *Quota) Over() bool { return q.over(q.used.Load()) }

func (q *Quota) over(used uint64) bool {
	return int(used>>quotaShift) > q.limits.Messages || int(used&quotaBytes) > q.limits.Bytes
}

// Cost is what a message takes of a quota, in bytes. It is the same on every
// lane: what a session keeps beside the bytes of the message is a constant.
func Cost(m *message.Message) int {
	return len(m.Subject) + len(m.Payload) + len(m.Headers) + len(m.Properties) + costOfKeeping
}

// costOfKeeping is about what a session needs for a message beside its bytes.
const costOfKeeping = 64

// Reserve takes room for one message of this cost in a session of this lane, or
// says why there is none: for messages that come from the session itself.
func (l *Lane) Reserve(q *Quota, cost int) reason.ID { return l.reserve(q, cost) }

// reserve takes room for one message, or says why there is none.
func (l *Lane) reserve(q *Quota, cost int) reason.ID {
	if l.hub.storedFull.Load() {
		return reason.StoredFull
	}
	one := uint64(1)<<quotaShift | uint64(cost)
	n := q.used.Add(one)
	if q.over(n) && !q.limits.DropOldest {
		q.used.Add(-one)
		return reason.QueueFull
	}
	l.stored += int64(cost)
	l.copies++
	return reason.None
}

// Release gives back what was reserved for a message of this cost.
func (l *Lane) Release(q *Quota, cost int) {
	q.used.Add(-(uint64(1)<<quotaShift | uint64(cost)))
	l.stored -= int64(cost)
	l.copies--
}

// countStored tells the other lanes what this one has reserved, at the end of
// a turn. A message may be reserved on one lane and given back on another, so
// only the sum means anything. Lanes that add up at once may leave behind an
// answer of the past; while that is "full", each turn looks again, since with
// nothing more to reserve nothing would change.
func (l *Lane) countStored() {
	full := &l.hub.storedFull
	if l.stored == l.storedTold.Load() && l.copies == l.copiesTold.Load() && !full.Load() {
		return
	}
	l.storedTold.Store(l.stored)
	l.copiesTold.Store(l.copies)
	if now := l.hub.Stored() > l.hub.maxStored; now != full.Load() {
		full.Store(now)
	}
}

// Stored is what all sessions together have reserved, in bytes, as of the last
// turns; any goroutine may ask.
func (h *Hub) Stored() (bytes int64) {
	for _, l := range h.lanes {
		bytes += l.storedTold.Load()
	}
	return bytes
}

// StoredCopies is their number: a message that several sessions have reserved
// room for counts for each.
func (h *Hub) StoredCopies() (n int64) {
	for _, l := range h.lanes {
		n += l.copiesTold.Load()
	}
	return n
}

// quotas finds the quota of a subscription of one lane by its slot. It is
// written on that lane and read on all.
type quotas struct {
	chunks atomic.Pointer[[]*quotaChunk]
}

type quotaChunk [quotasInChunk]atomic.Pointer[Quota]

const quotasInChunk = 1024

func (t *quotas) set(slot uint32, q *Quota) {
	at := int(slot / quotasInChunk)
	var chunks []*quotaChunk
	if p := t.chunks.Load(); p != nil {
		chunks = *p
	}
	if at >= len(chunks) || chunks[at] == nil {
		if q == nil {
			return
		}
		grown := make([]*quotaChunk, max(at+1, len(chunks)))
		copy(grown, chunks)
		grown[at] = new(quotaChunk)
		t.chunks.Store(&grown)
		chunks = grown
	}
	chunks[at][slot%quotasInChunk].Store(q)
}

// of returns nil when there is none.
func (t *quotas) of(slot uint32) *Quota {
	p := t.chunks.Load()
	if p == nil {
		return nil
	}
	at := int(slot / quotasInChunk)
	if at >= len(*p) || (*p)[at] == nil {
		return nil
	}
	return (*p)[at][slot%quotasInChunk].Load()
}
