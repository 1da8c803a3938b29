package hub

import (
	"sync"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

const (
	// longReplyTime is how long a Response Topic with more Correlation Data than
	// a subject can carry is remembered: longer than requesters wait.
	longReplyTime = time.Minute
	// longReplyBytes bounds what all of them take together, in bytes. The oldest
	// make room.
	longReplyBytes = 16 << 20
	// longReplyCost is what one takes beside its bytes.
	longReplyCost = 80
)

// longReplies remembers what is too long for a gateway reply, for all lanes.
// Handles are numbers in a row, so the list is in the order of time and of
// handles.
type longReplies struct {
	sync.Mutex
	list  []longReply
	first uint64 // handle of list[0]
	bytes int
}

type longReply struct {
	topic, correlation string
	until              time.Duration // of lane time
}

func (r *longReply) cost() int { return len(r.topic) + len(r.correlation) + longReplyCost }

// add remembers a reply and returns its handle.
func (t *longReplies) add(topic, correlation []byte, now time.Duration) (handle uint64) {
	r := longReply{string(topic), string(correlation), now + longReplyTime}
	t.Lock()
	defer t.Unlock()
	t.bytes += r.cost()
	gone := 0
	for gone < len(t.list) && (t.bytes > longReplyBytes || t.list[gone].until < now) {
		t.bytes -= t.list[gone].cost()
		t.list[gone] = longReply{}
		gone++
	}
	t.list, t.first = append(t.list[gone:], r), t.first+uint64(gone)
	return t.first + uint64(len(t.list)) - 1
}

// get returns what is remembered; not ok when it is no more.
func (t *longReplies) get(handle uint64, now time.Duration) (r longReply, ok bool) {
	t.Lock()
	defer t.Unlock()
	if handle < t.first || handle >= t.first+uint64(len(t.list)) {
		return r, false
	}
	r = t.list[handle-t.first]
	return r, r.until >= now
}

// AppendGatewayReply appends the subject on which a NATS client's plain answer
// brings back a Response Topic and Correlation Data, however long.
func (l *Lane) AppendGatewayReply(dst, topic, correlation []byte) []byte {
	if made, ok := l.replies.Append(dst, topic, correlation); ok {
		return made
	}
	return l.replies.AppendHandle(dst, l.hub.longReplies.add(topic, correlation, l.Now()))
}

// OpenGatewayReply returns what a gateway reply of any lane stands for, or why
// it stands for nothing. The slices are valid until the next call.
func (l *Lane) OpenGatewayReply(subject []byte) (topic, correlation []byte, why reason.ID) {
	r, ok := l.replies.Open(subject)
	if !ok {
		return nil, nil, reason.ForgedReply
	}
	if r.Topic != nil {
		return r.Topic, r.Correlation, reason.None
	}
	long, ok := l.hub.longReplies.get(r.Handle, l.Now())
	if !ok {
		return nil, nil, reason.ReplyExpired
	}
	l.long = append(append(l.long[:0], long.topic...), long.correlation...)
	return l.long[:len(long.topic)], l.long[len(long.topic):], reason.None
}
