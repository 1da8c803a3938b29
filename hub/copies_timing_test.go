package hub_test

import (
	"fmt"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// acknowledging is a subscription whose session acknowledges at once.
type acknowledging struct {
	lane  *hub.Lane
	quota hub.Quota
}

func (a *acknowledging) Deliver(m *message.Message, _ *hub.Route, c *hub.Copy) reason.ID {
	if c.QoS > 0 {
		a.lane.Release(&a.quota, hub.Cost(m))
	}
	return reason.None
}

// timed is lanes with subscribers of that kind.
func timed(n int, o hub.Options, at []int, topic, share string, qos uint8) *lanes {
	w := newLanes(n, o)
	limits := &hub.QuotaLimits{Messages: 10000, Bytes: 16 << 20}
	for _, lane := range at {
		owner := w.owner(lane)
		a := &acknowledging{lane: w.Lane(lane)}
		a.quota.Init(limits, owner)
		s := w.session(lane, limits)
		what := s.sub(topic, share, qos, false).what
		what.Owner, what.Quota = owner, &a.quota
		w.turn(lane, func(l *hub.Lane) { l.Subscribe(a, what) })
	}
	return w
}

// measure publishes in turns of a hundred and delivers the mails of each.
func (w *lanes) measure(b *testing.B, qos uint8) {
	b.Helper()
	const turn = 100
	from := &hub.Publisher{Owner: w.owner(0)}
	m := message.Message{Subject: []byte("t"), Payload: make([]byte, 16), Origin: message.FromMQTT, QoS: qos}
	b.ReportAllocs()
	for n := 0; n < b.N; n += turn {
		l := w.Lane(0)
		l.BeginTurn()
		for range turn {
			l.Publish(from, &m, 0)
		}
		l.EndTurn()
		for i := range w.waiting {
			for _, waits := range w.waiting[i] {
				w.Lane(i).BeginTurn()
				w.Lane(i).Receive(waits.mail, 1<<30)
				w.Lane(i).EndTurn()
				waits.mail.Done()
			}
			w.waiting[i] = w.waiting[i][:0]
		}
	}
	b.StopTimer()
	if n := w.Count(reason.QueueFull); n > 0 {
		b.Fatalf("%d had no room", n)
	}
}

// One op is one published message.
func BenchmarkPublish(b *testing.B) {
	ten := make([]int, 10)
	for _, c := range []struct {
		name  string
		lanes int
		at    []int
	}{
		{"own lane", 1, []int{0}},
		{"own lane, fan-out 10", 1, ten},
		{"other lane", 2, []int{1}},
	} {
		for qos := range uint8(2) {
			b.Run(fmt.Sprintf("QoS %d, %s", qos, c.name), func(b *testing.B) {
				timed(c.lanes, hub.Options{}, c.at, "t", "", qos).measure(b, qos)
			})
		}
	}
}

func BenchmarkGroup(b *testing.B) {
	ten := make([]int, 10)
	for strategy := hub.Random; strategy <= hub.HashPublisher; strategy++ {
		b.Run("10 members, QoS 1, "+strategy.String(), func(b *testing.B) {
			timed(1, hub.Options{Strategy: strategy}, ten, "t", "g", 1).measure(b, 1)
		})
	}
}
