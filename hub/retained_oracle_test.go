package hub_test

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// retainedOracle is what hub.Retained must be like: a map that is read from end to
// end, in which messages that have expired stay until somebody finds them.
type retainedOracle struct {
	limits  hub.RetainedLimits
	mount   []string // levels
	kept    map[string]*retainedEntry
	expired uint64 // removed because they had
	refused map[reason.ID]uint64
}

type retainedEntry struct {
	message.Message
	order    int // of its Set among all
	deadline time.Duration
}

func (e *retainedEntry) dead(now time.Duration) bool { return e.deadline != 0 && e.deadline <= now }

func (o *retainedOracle) used() (messages int, size int64) {
	for _, e := range o.kept {
		size += int64(hub.RetainedCost(&e.Message))
	}
	return len(o.kept), size
}

// set says what is to be answered, and does it.
func (o *retainedOracle) set(m *message.Message, deadline time.Duration, order int) reason.ID {
	cost := hub.RetainedCost(m)
	messages, size := o.used()
	room, more := messages+1, int64(cost)
	if old := o.kept[string(m.Subject)]; old != nil {
		room, more = messages, more-int64(hub.RetainedCost(&old.Message))
	}
	switch {
	case o.limits.MessageBytes != 0 && cost > o.limits.MessageBytes:
		return reason.RetainedTooLarge
	case o.limits.Messages != 0 && room > messages && room > o.limits.Messages,
		o.limits.Bytes != 0 && more > 0 && size+more > o.limits.Bytes:
		return reason.RetainedFull
	}
	e := &retainedEntry{order: order, deadline: deadline}
	message.Keep(nil, m, &e.Message)
	o.kept[string(m.Subject)] = e
	return reason.None
}

// bury removes what has expired and is named, as a reader that comes upon it does.
func (o *retainedOracle) bury(now time.Duration, names ...string) {
	for _, name := range names {
		if e := o.kept[name]; e != nil && e.dead(now) {
			delete(o.kept, name)
			o.expired++
		}
	}
}

func (o *retainedOracle) names() []string {
	var list []string
	for name := range o.kept {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// nearest is the earliest deadline; 0: there is none.
func (o *retainedOracle) nearest() (at time.Duration) {
	for _, e := range o.kept {
		if e.deadline != 0 && (at == 0 || e.deadline < at) {
			at = e.deadline
		}
	}
	return at
}

// find returns the subjects that a filter matches, in its own dialect.
func (o *retainedOracle) find(f dialectFilter) (list []string) {
	for _, name := range o.names() {
		if f.reaches(name, o.mount) {
			list = append(list, name)
		}
	}
	return list
}

// dialectFilter is a filter as a client writes it.
type dialectFilter struct {
	mqtt bool
	text string
}

// parsed is what the protocols make of it.
func (f dialectFilter) parsed() (trie.Filter, uint32) {
	if f.mqtt {
		what := mqttSub(0, 1, f.text, false).what
		return what.Filter, what.Opens
	}
	return natsSub(0, 1, f.text, "").what.Filter, 0
}

// reaches compares level by level as the client's own standard says: of MQTT §4.7.1
// and §4.7.2, whose '$' holds behind the mountpoint too.
func (f dialectFilter) reaches(subject string, mount []string) bool {
	if !f.mqtt {
		return levelsMatch(strings.Split(f.text, "."), strings.Split(subject, "."), "*", ">", 1, nil)
	}
	have := strings.Split(subject, ".") // as the store sees what is no topic
	if topic, ok := (translate.Names{}).AppendTopic(nil, []byte(subject)); ok {
		have = strings.Split(string(topic), "/")
	}
	shut := func(level int) bool {
		begins := level == 0 || level == len(mount) && slices.Equal(have[:level], mount)
		return begins && (strings.HasPrefix(have[level], "$") || have[level] == "_INBOX")
	}
	return levelsMatch(strings.Split(f.text, "/"), have, "+", "#", 0, shut)
}

// levelsMatch tells whether want matches have. The tail stands for least levels or
// more, and no wildcard for a level that is shut.
func levelsMatch(want, have []string, one, tail string, least int, shut func(int) bool) bool {
	for i, level := range want {
		if level == tail && i == len(want)-1 {
			for k := i; k < len(have); k++ {
				if shut != nil && shut(k) {
					return false
				}
			}
			return len(have)-i >= least
		}
		if i >= len(have) || level != one && level != have[i] || level == one && shut != nil && shut(i) {
			return false
		}
	}
	return len(want) == len(have)
}

// same tells whether what was read is what was kept.
func (e *retainedEntry) same(m *hub.RetainedMessage) bool {
	a, b := &e.Message, &m.Message
	return bytes.Equal(a.Subject, b.Subject) && bytes.Equal(a.Reply, b.Reply) && bytes.Equal(a.Payload, b.Payload) &&
		bytes.Equal(a.Headers, b.Headers) && bytes.Equal(a.Properties, b.Properties) &&
		bytes.Equal(a.Correlation, b.Correlation) && a.Origin == b.Origin && a.QoS == b.QoS &&
		!b.Retain && b.Count == 1 && m.Deadline == e.deadline
}
