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

// Retained is a RetainedStore in memory. What it keeps ends with the process; it
// answers before Set and Delete return.
//
// The index holds pointers to values that never change, and only ever swaps one that
// it was shown. So each value that was swapped in is swapped out once, by whoever
// replaced, deleted or swept it, and that is who counts it.
type Retained struct {
	index    *trie.Retained[retained]
	limits   RetainedLimits
	mount    string
	messages atomic.Int64
	bytes    atomic.Int64
	versions atomic.Uint64 // the last one given
	sweep    retainedSweep
}

// NewRetained returns an empty store for a hub whose NATS clients are mounted at
// mount.
func NewRetained(limits RetainedLimits, mount translate.Mountpoint) *Retained {
	s := &Retained{index: trie.NewRetained[retained](), limits: limits, mount: string(mount.Prefix())}
	if limits.Messages == 0 {
		s.limits.Messages = math.MaxInt
	}
	if limits.Bytes == 0 {
		s.limits.Bytes = math.MaxInt64
	}
	if limits.MessageBytes == 0 {
		s.limits.MessageBytes = math.MaxInt
	}
	s.sweep.due.Store(never)
	return s
}

// Set is RetainedStore's.
func (s *Retained) Set(l *Lane, m *message.Message, deadline time.Duration, done RetainedDone, token uint64) {
	why := s.set(m, deadline)
	if why != reason.None {
		l.Reasons.Add(why, 1)
	}
	if done != nil {
		done.Retained(token, why)
	}
}

func (s *Retained) set(m *message.Message, deadline time.Duration) reason.ID {
	cost := RetainedCost(m)
	if cost > s.limits.MessageBytes {
		return reason.RetainedTooLarge
	}
	var v *retained
	for {
		old := s.index.Get(m.Subject)
		messages, more := int64(1), int64(cost)
		if old != nil {
			messages, more = 0, more-int64(old.cost(len(m.Subject)))
		}
		if !s.reserve(messages, more) {
			return reason.RetainedFull
		}
		if v == nil {
			v = retain(m, deadline)
		}
		// Given after old was read, so it is higher than that one's.
		v.version = s.versions.Add(1)
		if s.index.CompareAndSwap(m.Subject, old, v) {
			break
		}
		s.giveBack(messages, more)
	}
	if deadline != 0 {
		s.sweep.sooner(deadline)
	}
	return reason.None
}

// reserve takes room, or reports that there is none. To give some back is always
// possible. Two that reserve the last room at once may both be refused.
func (s *Retained) reserve(messages, bytes int64) bool {
	m, b := s.messages.Add(messages), s.bytes.Add(bytes)
	if messages > 0 && m > int64(s.limits.Messages) || bytes > 0 && b > s.limits.Bytes {
		s.giveBack(messages, bytes)
		return false
	}
	return true
}

func (s *Retained) giveBack(messages, bytes int64) {
	s.messages.Add(-messages)
	s.bytes.Add(-bytes)
}

// Delete is RetainedStore's.
func (s *Retained) Delete(_ *Lane, subject []byte, done RetainedDone, token uint64) {
	if old := s.index.Delete(subject); old != nil {
		s.giveBack(1, int64(old.cost(len(subject))))
	}
	if done != nil {
		done.Retained(token, reason.None)
	}
}

// Get is RetainedStore's.
func (s *Retained) Get(l *Lane, subject []byte, m *RetainedMessage) bool {
	v := s.index.Get(subject)
	switch {
	case v == nil:
		return false
	case v.expired(l.Now()):
		s.expire(l, subject, v)
		return false
	}
	v.read(subject, m)
	return true
}

// expire removes v unless it has been replaced or deleted meanwhile.
func (s *Retained) expire(l *Lane, subject []byte, v *retained) {
	if s.index.CompareAndSwap(subject, v, nil) {
		s.giveBack(1, int64(v.cost(len(subject))))
		l.Reasons.Add(reason.RetainedExpired, 1)
	}
}

// Used is RetainedStore's. While messages are set, it may count one that is then
// refused.
func (s *Retained) Used() (messages int, bytes int64) {
	return int(s.messages.Load()), s.bytes.Load()
}

// Scan is RetainedStore's.
func (s *Retained) Scan(_ *Lane, f trie.Filter, opens uint32) RetainedScan {
	scan := &retainedScan{store: s}
	s.index.Scan(f, s.guard(opens), &scan.at)
	return scan
}

// guard is what keeps MQTT wildcards from levels, in the words of the trie; it says
// of a name what translate.GuardedLevels says of it.
func (s *Retained) guard(opens uint32) trie.Guard {
	return trie.Guard{Opens: opens, Mount: s.mount, Begins: '$', Level: "_INBOX"}
}
