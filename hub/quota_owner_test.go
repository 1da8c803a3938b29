package hub

import (
	"testing"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// session1 is a session that keeps what it is given with QoS 1.
type session1 struct {
	quota Quota
	kept  int
}

func (s *session1) Deliver(_ *message.Message, _ *Route, c *Copy) reason.ID {
	s.kept += int(c.QoS)
	return reason.None
}

func (s *session1) subscribe(l *Lane, pattern string) (Subscription, trie.Ref) {
	what := Subscription{
		Filter: trie.Filter{Pattern: pattern},
		Owner:  s.quota.owner,
		Flags:  FlagMQTT | FlagMerge | FlagQoS1,
		Quota:  &s.quota,
	}
	return what, l.Subscribe(s, what)
}

// Between a look at the trie and one at the quotas a subscription may leave,
// and its slot be given away, while another one of its session stays: the copy
// is reserved where it will be given back.
func TestQuotaIsTheOwnersWhoeverHasTheSlot(t *testing.T) {
	limits := &QuotaLimits{Messages: 10, Bytes: 1 << 20}
	for _, taken := range []bool{true, false} {
		h := New(Options{Lanes: 2})
		publisher, l := h.Lane(0), h.Lane(1)
		posted := []*Mail{}
		publisher.SetPost(func(_ int, m *Mail) { posted = append(posted, m) })
		var mine, other session1
		mine.quota.Init(limits, l.NewOwner())
		other.quota.Init(limits, l.NewOwner())
		what, left := mine.subscribe(l, "a")
		mine.subscribe(l, "*")

		// As the other lane sees it: the trie before, the slots after.
		l.quotas.set(left.Slot, nil)
		if taken {
			l.quotas.set(left.Slot, &other.quota)
		}
		publisher.BeginTurn()
		m := message.Message{Subject: []byte("a"), QoS: 1}
		o := publisher.Publish(&Publisher{Owner: publisher.NewOwner()}, &m, 0)
		publisher.EndTurn()
		l.quotas.set(left.Slot, &mine.quota)
		l.Unsubscribe(what, left)

		l.BeginTurn()
		l.Receive(posted[0], 1<<20)
		l.EndTurn()
		if o.Matched != 1 || mine.kept != 1 {
			t.Fatalf("%d matched, %d kept", o.Matched, mine.kept)
		}
		if n, _ := mine.quota.Used(); n != 1 {
			t.Errorf("%d messages reserved for the session that keeps one", n)
		}
		if n, _ := other.quota.Used(); n != 0 {
			t.Errorf("%d messages reserved for a session that keeps none", n)
		}
	}
}

// Two lanes that add up at the same time may leave "full" behind when nothing
// is stored any more. That must not last.
func TestFullOfThePastDoesNotLast(t *testing.T) {
	h := New(Options{Lanes: 2, MaxStored: 1000})
	h.storedFull.Store(true)
	l := h.Lane(1)
	l.BeginTurn()
	l.EndTurn()
	var q Quota
	q.Init(&QuotaLimits{Messages: 1, Bytes: 1000}, 1)
	if why := l.reserve(&q, 100); why != reason.None {
		t.Errorf("nothing is stored, and yet: %v", reason.Of(why).Name)
	}
}
