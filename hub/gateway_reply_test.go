package hub

import (
	"bytes"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

// handClock is a clock that is set by hand.
type handClock struct{ now time.Duration }

func (c *handClock) Now() time.Duration { return c.now }
func (c *handClock) Wake(time.Duration) {}

// Correlation Data of every length comes back, on every lane, as often as it
// is asked for; a long one for a minute.
func TestGatewayRepliesOfEveryLength(t *testing.T) {
	h := New(Options{Lanes: 2})
	clock := new(handClock)
	h.Lane(0).SetClock(clock)
	h.Lane(1).SetClock(clock)
	for _, n := range []int{0, 1, 700, 5000, 65535} {
		want := bytes.Repeat([]byte{byte(n), 0xFF}, 32768)[:n]
		reply := h.Lane(0).AppendGatewayReply(nil, []byte("answers/1"), want)
		for range 2 {
			topic, got, why := h.Lane(1).OpenGatewayReply(reply)
			if why != reason.None || string(topic) != "answers/1" || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes: %q, %d bytes, %v", n, topic, len(got), why)
			}
		}
		clock.now += longReplyTime
		if _, _, why := h.Lane(0).OpenGatewayReply(reply); why != reason.None {
			t.Fatalf("%d bytes: %v in time", n, why)
		}
		clock.now++
		want1 := reason.None
		if n > 700 {
			want1 = reason.ReplyExpired
		}
		if _, _, why := h.Lane(0).OpenGatewayReply(reply); why != want1 {
			t.Fatalf("%d bytes: %v a minute later", n, why)
		}
		if _, _, why := h.Lane(0).OpenGatewayReply(reply[:len(reply)-1]); why != reason.ForgedReply {
			t.Fatalf("%d bytes, truncated: %v", n, why)
		}
	}
}

// They are bounded in bytes: the oldest make room.
func TestLongRepliesAreBounded(t *testing.T) {
	h := New(Options{Lanes: 1})
	l := h.Lane(0)
	l.SetClock(new(handClock))
	big := make([]byte, 65535)
	var replies [][]byte
	for range 2 * longReplyBytes / len(big) {
		replies = append(replies, l.AppendGatewayReply(nil, []byte("t"), big))
		if h.longReplies.bytes > longReplyBytes {
			t.Fatalf("%d bytes are remembered", h.longReplies.bytes)
		}
	}
	kept := 0
	for i, reply := range replies {
		switch _, _, why := l.OpenGatewayReply(reply); {
		case why == reason.None:
			kept++
		case kept > 0:
			t.Fatalf("number %d is gone and an older one is not", i)
		}
	}
	if want := longReplyBytes / (len(big) + longReplyCost + 1); kept != want {
		t.Errorf("%d of %d are remembered, want %d", kept, len(replies), want)
	}
}
