package hub

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// Retained is the retained messages of the process (§3.3.1.3), in memory: they
// end with it. A publisher's lane stores before it routes, and a subscription is
// in the trie before retained messages are read for it. So nobody misses a
// message for being too late for the one and too early for the other; it may
// come both ways.
//
// Methods may be called from any goroutine, except that a RetainedScan belongs to
// one.
type Retained struct {
	index    *trie.Retained[retained]
	messages int64 // limits
	bytes    int64
	used     atomic.Int64 // bytes by retainedCost
	expiring atomic.Int64 // messages that have a deadline
}

// RetainedEntry is a name under which a message is, or was, retained.
type RetainedEntry = trie.RetainedEntry[retained]

// RetainedScan is the place that a look for retained messages has reached.
type RetainedScan = trie.RetainedScan[retained]

// retained is one message. It never changes.
type retained struct {
	message  message.Message
	deadline time.Duration // of the lanes' clock; 0: none
}

func newRetained(messages, bytes int) *Retained {
	r := &Retained{index: trie.NewRetained[retained](), messages: int64(messages), bytes: int64(bytes)}
	if messages == 0 {
		r.messages = math.MaxInt64
	}
	if bytes == 0 {
		r.bytes = math.MaxInt64
	}
	return r
}

// Len is the number of retained messages.
func (r *Retained) Len() int { return r.index.Len() }

// Bytes is about the memory that they take.
func (r *Retained) Bytes() int64 { return r.used.Load() }

// retainedCost is what a message takes, in bytes: itself, its name once more, and
// its place in the index.
func retainedCost(m *message.Message) int64 {
	return int64(m.Size() + len(m.Subject) + costOfRetaining)
}

// costOfRetaining is about what the index and the message's own fields take.
const costOfRetaining = 512

// put stores a message that has a payload, or says why it cannot.
func (r *Retained) put(m *message.Message, deadline time.Duration) reason.ID {
	cost := retainedCost(m)
	if r.used.Add(cost) > r.bytes || int64(r.Len()) >= r.messages && r.index.Get(m.Subject) == nil {
		r.used.Add(-cost)
		return reason.RetainedFull
	}
	v := &retained{deadline: deadline}
	message.Keep(make([]byte, 0, m.Size()), m, &v.message)
	if deadline != 0 {
		r.expiring.Add(1)
	}
	r.forgotten(r.index.Set(m.Subject, v))
	return reason.None
}

func (r *Retained) remove(subject []byte) { r.forgotten(r.index.Delete(subject)) }

// expire deletes a message unless it has been replaced.
func (r *Retained) expire(subject []byte, v *retained) bool {
	if !r.index.CompareAndSwap(subject, v, nil) {
		return false
	}
	r.forgotten(v)
	return true
}

// forgotten gives back what a message took that is not retained any more.
func (r *Retained) forgotten(v *retained) {
	if v == nil {
		return
	}
	r.used.Add(-retainedCost(&v.message))
	if v.deadline != 0 {
		r.expiring.Add(-1)
	}
}

// retain stores, replaces or deletes (an empty payload) what is retained under
// the subject of m, as m asks for.
func (l *Lane) retain(m *message.Message, o *Outcome) {
	r := l.hub.retained
	if len(m.Payload) == 0 {
		r.remove(m.Subject)
		return
	}
	deadline := time.Duration(0)
	if seconds, _, expires := translate.Expiry(l.Properties(m)); expires {
		deadline = max(l.Now()+time.Duration(seconds)*time.Second, 1)
	}
	if why := r.put(m, deadline); why != reason.None {
		l.Reasons.Add(why, 1)
		o.Full++
		return
	}
	if deadline != 0 {
		l.sweep.begin(l)
	}
}

// ScanRetained lets s begin with the messages that a filter reaches. opens are
// the guard levels of an MQTT filter; see translate.Filter.
func (h *Hub) ScanRetained(f trie.Filter, opens uint32, s *RetainedScan) {
	h.retained.index.Scan(f, trie.Guard{
		Opens:  opens,
		Mount:  string(h.mount.Prefix()),
		Begins: translate.GuardedByte,
		Level:  translate.GuardedLevel,
	}, s)
}

// Recall makes m the message that is retained under a name, with what is left of
// its time to live; false: there is none any more. m is valid until the next
// message is delivered on this lane.
func (l *Lane) Recall(e *RetainedEntry, m *message.Message) bool {
	v := e.Value()
	if v == nil {
		return false
	}
	now := l.Now()
	if v.deadline != 0 && v.deadline <= now {
		if l.hub.retained.expire([]byte(e.Name()), v) {
			l.Reasons.Add(reason.RetainedExpired, 1)
		}
		return false
	}
	l.NewSerial()
	*m = v.message
	m.Retain = true
	if v.deadline == 0 {
		return true
	}
	if m.Origin == message.FromMQTT {
		l.recalled = append(l.recalled[:0], m.Properties...)
		m.Properties = l.recalled
	}
	section := l.Properties(m)
	if _, at, ok := translate.Expiry(section); ok {
		translate.PutExpiry(section, at, uint32((v.deadline-now+time.Second-1)/time.Second))
	}
	return true
}
