package hub_test

import (
	"fmt"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// announce is one turn in which the server says something.
func (w *lanes) announce(subject string, retain bool) {
	w.turn(0, func(l *hub.Lane) {
		m := message.Message{Subject: []byte(subject), Payload: []byte("x"), Origin: message.FromMQTT, Retain: retain}
		l.Announce(&m)
	})
	w.settle()
}

// Whatever NATS clients subscribe to, alone or in groups, and with whomever they
// share one, statistics reach MQTT clients alone.
func TestStatisticsReachNoNATSClient(t *testing.T) {
	for _, n := range []int{1, 4} {
		t.Run(fmt.Sprint(n, " lanes"), func(t *testing.T) {
			w := newLanes(n, hub.Options{})
			far := n - 1
			var nats []*receiver
			for lane := range n {
				for _, subject := range []string{">", "$SYS.>", "*.>", "$SYS.broker.>", "$SYS.broker.version", "$SYS.*.*", "$SYS.broker"} {
					for _, queue := range []string{"", "q"} {
						r := natsSub(lane, w.owner(lane), subject, queue)
						w.subscribe(r)
						nats = append(nats, r)
					}
				}
			}
			m := mqttSub(far, w.owner(far), "$SYS/#", false)
			share := mqttSub(far, w.owner(far), "$SYS/broker/+", false)
			share.what.Group = trie.Group{Kind: trie.GroupShare, Name: "q"}
			w.subscribe(m)
			w.subscribe(share)
			for _, subject := range []string{"$SYS.broker.version", "$SYS.broker", "$SYS.broker.a.b"} {
				w.announce(subject, true)
				w.announce(subject, false) // the route is remembered by now
			}
			for _, r := range nats {
				if r.count != 0 {
					t.Errorf("a NATS subscription to %q got %d messages", r.what.Filter.Pattern, r.count)
				}
			}
			if m.count != 6 || share.count != 2 {
				t.Errorf("MQTT subscriptions got %d and %d messages", m.count, share.count)
			}
			w.announce("$SYS.brokers", false)
			if nats[0].count == 0 {
				t.Error("what only looks like it is kept from NATS clients, too")
			}
			for _, id := range []reason.ID{reason.SubjectNotATopic, reason.TopicTooLong} {
				if n := w.Count(id); n != 0 {
					t.Errorf("%d counted as %v", n, id)
				}
			}
		})
	}
}

// What the server says is nobody's publish; its copies are copies.
func TestAnnouncementsAreNotReceived(t *testing.T) {
	w := newLanes(1, hub.Options{})
	w.subscribe(mqttSub(0, w.owner(0), "a", false))
	w.announce("a", false)
	if got := w.Traffic(); got.In != 0 || got.InBytes != 0 || got.Out != 1 || got.OutBytes != 1 {
		t.Errorf("traffic %+v", got)
	}
	w.publish(0, &hub.Publisher{Owner: w.owner(0)}, "a", "xy")
	if got := w.Traffic(); got.In != 1 || got.InBytes != 2 || got.Out != 2 || got.OutBytes != 3 {
		t.Errorf("traffic %+v", got)
	}
}

func TestReserved(t *testing.T) {
	for subject, want := range map[string]bool{
		"": false, "$": false, "a": false, "$SYS": false, "$SYS.x": false, "$SYS.brokers": false, "$events": true,
		"$SYS.broker": true, "$SYS.broker.x": true, "$events.": true, "$events.x": true, "$eventsx": false, "x.$events": false,
	} {
		if got := hub.Reserved([]byte(subject)); got != want {
			t.Errorf("%q: %v", subject, got)
		}
	}
}

// What happens within a delivery is told after it, and before what happens next.
func TestEventsOfDeliveries(t *testing.T) {
	var heard watcher
	w := newLanes(1, hub.Options{Presence: &heard})
	clock := &handClock{}
	l := w.Lane(0)
	l.SetClock(clock)
	c := &hub.Client{ID: "c"}
	r := natsSub(0, w.owner(0), "a", "")
	r.on = func() {
		l.HappenedMeanwhile(hub.ClientEvent{Kind: hub.Unsubscribed, Client: c})
		if len(heard) > 0 {
			t.Error("told within the delivery")
		}
	}
	w.subscribe(r)
	from := &hub.Publisher{Owner: w.owner(0)}
	w.publish(0, from, "a", "")
	w.turn(0, func(l *hub.Lane) { l.Happened(hub.ClientEvent{Kind: hub.Disconnected, Client: c}) })
	if len(heard) != 2 || heard[0] != hub.Unsubscribed || heard[1] != hub.Disconnected {
		t.Fatalf("told %v", heard)
	}
	heard = nil
	w.publish(0, from, "a", "")
	clock.pass(l, 1)
	if len(heard) != 1 {
		t.Errorf("told %v", heard)
	}
}

type watcher []hub.ClientEventKind

func (w *watcher) Subscriptions() bool                      { return true }
func (w *watcher) Happened(_ *hub.Lane, e *hub.ClientEvent) { *w = append(*w, e.Kind) }
