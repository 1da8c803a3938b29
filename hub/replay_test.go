package hub_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// expiry is a property section with a Message Expiry Interval in it.
func expiry(seconds uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{0x01, 1, 0x02}, seconds)
}

// retain publishes a message that is to be retained; 0 seconds: for ever.
func (w *lanes) retain(lane int, subject, payload string, seconds uint32) (o hub.Outcome) {
	from := hub.Publisher{Owner: w.owner(lane)}
	m := message.Message{Subject: []byte(subject), Payload: []byte(payload), Origin: message.FromMQTT, Retain: true}
	if seconds != 0 {
		m.Properties = expiry(seconds)
	}
	w.turn(lane, func(l *hub.Lane) { o = l.Publish(&from, &m, 0) })
	return o
}

// retainedLanes is a hub whose lanes have a clock each.
func retainedLanes(n int, o hub.Options) (*lanes, []*handClock) {
	w := newLanes(n, o)
	var clocks []*handClock
	for i := range n {
		clocks = append(clocks, &handClock{now: time.Hour})
		w.Lane(i).SetClock(clocks[i])
	}
	return w, clocks
}

// A sweep that is to come late does not keep what expires sooner.
func TestSweepComesForAnEarlierDeadline(t *testing.T) {
	w, clocks := retainedLanes(1, hub.Options{})
	w.retain(0, "late", "x", 1000)
	w.retain(0, "soon", "x", 5)
	if clocks[0].wake != clocks[0].now+5*time.Second {
		t.Errorf("the lane wakes after %v", clocks[0].wake-clocks[0].now)
	}
	w.retain(0, "later", "x", 2000)
	clocks[0].pass(w.Lane(0), clocks[0].now+6*time.Second)
	if n, _ := w.Retained().Used(); n != 2 || w.Count(reason.RetainedExpired) != 1 {
		t.Errorf("%d messages are kept, %d have expired; want 2 and 1", n, w.Count(reason.RetainedExpired))
	}
	if clocks[0].wake != time.Hour+1000*time.Second {
		t.Errorf("then the lane wakes at %v", clocks[0].wake)
	}
}

// TestSweepIsInTime: whatever is retained and replaced for how long, on whichever
// lane, what has expired does not stay much longer, and in the end no lane wakes for
// nothing.
func TestSweepIsInTime(t *testing.T) {
	// slack is for another lane that is at it, and for the pieces of a sweep.
	const slack = 1500 * time.Millisecond
	rapid.Check(t, func(t *rapid.T) {
		w, clocks := retainedLanes(2, hub.Options{})
		deadlines := make(map[string]time.Duration) // 0: none
		retain := func(t *rapid.T) {
			lane := rapid.IntRange(0, 1).Draw(t, "lane")
			seconds := rapid.SampledFrom([]uint32{0, 1, 2, 5, 20, 100}).Draw(t, "seconds")
			from := rapid.IntRange(0, 30).Draw(t, "subject")
			for i := range rapid.SampledFrom([]int{1, 1, 1, 700}).Draw(t, "n") {
				subject := fmt.Sprint("a.", from+i)
				w.retain(lane, subject, "x", seconds)
				if deadlines[subject] = 0; seconds != 0 {
					deadlines[subject] = clocks[lane].now + time.Duration(seconds)*time.Second
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"retain": retain,
			"more":   retain,
			"delete": func(t *rapid.T) {
				subject := fmt.Sprint("a.", rapid.IntRange(0, 30).Draw(t, "subject"))
				w.retain(rapid.IntRange(0, 1).Draw(t, "lane"), subject, "", 0)
				delete(deadlines, subject)
			},
			"pass": func(t *rapid.T) {
				until := clocks[0].now + time.Duration(rapid.IntRange(1, 30_000).Draw(t, "ms"))*time.Millisecond
				for i, clock := range clocks {
					clock.pass(w.Lane(i), until)
				}
			},
			"": func(t *rapid.T) {
				least, most := 0, 0
				for _, at := range deadlines {
					if at == 0 || at > clocks[0].now {
						least++
					}
					if at == 0 || at+slack > clocks[0].now {
						most++
					}
				}
				if n, _ := w.Retained().Used(); n < least || n > most {
					t.Fatalf("%d messages are kept, want %d to %d", n, least, most)
				}
				for i, clock := range clocks {
					if clock.asked && clock.wake < clock.now {
						t.Fatalf("lane %d was to wake at %v, and it is %v", i, clock.wake, clock.now)
					}
				}
			},
		})
		for i, clock := range clocks {
			clock.pass(w.Lane(i), clock.now+time.Hour)
			if clock.asked {
				t.Fatalf("lane %d wants to wake for nothing", i)
			}
		}
	})
}

// A server without retained messages delivers what asks to be retained, keeps
// nothing of it, says so, and deletes nothing.
func TestNothingIsRetainedByAServerWithout(t *testing.T) {
	w, clocks := retainedLanes(1, hub.Options{NoRetained: true})
	var got []string
	r := &recorder{on: func(m *message.Message) { got = append(got, fmt.Sprintf("%s %v", m.Payload, m.Retain)) }}
	w.turn(0, func(l *hub.Lane) {
		l.Subscribe(r, hub.Subscription{Filter: trie.Filter{Pattern: "a"}, Owner: l.NewOwner()})
	})
	w.retain(0, "a", "x", 0)
	w.retain(0, "a", "y", 5)
	w.retain(0, "a", "", 0)
	if want := []string{"x false", "y false", " false"}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("delivered %q, want %q", got, want)
	}
	if n, bytes := w.Retained().Used(); n != 0 || bytes != 0 {
		t.Errorf("%d messages of %d bytes are kept", n, bytes)
	}
	if n := w.Count(reason.RetainIgnored); n != 3 {
		t.Errorf("%d were counted, want 3", n)
	}
	if clocks[0].asked {
		t.Error("a sweep is to come")
	}
}

// A message that there is no room for is delivered all the same, and what was kept
// stays; its publisher is told.
func TestRetainedFullIsToldAndDelivered(t *testing.T) {
	w, clocks := retainedLanes(1, hub.Options{Retained: hub.RetainedLimits{Messages: 1}})
	count := 0
	r := &recorder{on: func(*message.Message) { count++ }}
	w.turn(0, func(l *hub.Lane) {
		l.Subscribe(r, hub.Subscription{Filter: trie.Filter{Tail: trie.TailOneOrMore}, Owner: l.NewOwner()})
	})
	if o := w.retain(0, "a", "x", 0); o.Full != 0 {
		t.Errorf("the first has the outcome %+v", o)
	}
	if o := w.retain(0, "b", "y", 5); o.Full != 1 {
		t.Errorf("one too many has the outcome %+v", o)
	}
	if o := w.retain(0, "a", "z", 0); o.Full != 0 {
		t.Errorf("one that replaces has the outcome %+v", o)
	}
	if count != 3 || w.Count(reason.RetainedFull) != 1 || clocks[0].asked {
		t.Errorf("%d were delivered, %d counted, sweep %v", count, w.Count(reason.RetainedFull), clocks[0].asked)
	}
}

// What is replayed has as many seconds left as there are, and a fraction of one more;
// what is kept does not change.
func TestReplayCountsTheExpiryDown(t *testing.T) {
	for _, origin := range []message.Origin{message.FromMQTT, message.FromNATS} {
		w, clocks := retainedLanes(1, hub.Options{})
		l := w.Lane(0)
		published := message.Message{Subject: []byte("a"), Payload: []byte("x"), Origin: origin, Retain: true}
		if origin == message.FromMQTT {
			published.Properties = expiry(100)
		} else {
			published.Headers = []byte("NATS/1.0\r\nMqtt-Expiry: 100\r\nK: v\r\n\r\n")
		}
		from := hub.Publisher{Owner: w.owner(0)}
		w.turn(0, func(l *hub.Lane) { l.Publish(&from, &published, 0) })
		clocks[0].now += 30*time.Second + time.Millisecond
		for range 2 {
			var kept hub.RetainedMessage
			var m message.Message
			if !w.Retained().Get(l, []byte("a"), &kept) {
				t.Fatalf("%v: not kept", origin)
			}
			serial := l.Serial()
			l.Replay(&kept, &m)
			seconds, _, ok := translate.Expiry(l.Properties(&m))
			if !ok || seconds != 70 || !m.Retain || l.Serial() == serial {
				t.Errorf("%v: %d seconds %v, RETAIN %v, serial %d after %d", origin, seconds, ok, m.Retain, l.Serial(), serial)
			}
			if !bytes.Equal(kept.Properties, published.Properties) || !bytes.Equal(kept.Headers, published.Headers) {
				t.Errorf("%v: kept with properties %x, headers %q", origin, kept.Properties, kept.Headers)
			}
		}
	}
}
