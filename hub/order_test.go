package hub_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
)

// Each receiver sees each publisher's messages in their order and without
// gaps, however mails are filled, interleaved and cut up.
func TestOrderPerPublisherAndReceiver(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 4))
		const n, publishers, messages = 4, 3, 300
		w := newLanes(n, hub.Options{})
		var list []*receiver
		for lane := range n {
			a := natsSub(lane, w.owner(lane), "o.>", "")
			b := mqttSub(lane, w.owner(lane), "o/#", seed%2 == 0)
			list = append(list, a, b)
		}
		for _, s := range list {
			s.keep = true
		}
		w.subscribe(list...)
		var sent [publishers]int
		var from [publishers]hub.Publisher
		for p := range from {
			from[p].Owner = w.owner(p)
			from[p].NoEcho = p == 1
		}
		for busy := true; busy; {
			busy = false
			p := r.IntN(publishers)
			w.turn(p, func(l *hub.Lane) {
				for range r.IntN(20) {
					if sent[p] == messages {
						break
					}
					size := r.IntN(1 << r.IntN(18)) // some larger than a mail
					m := message.Message{
						Subject: fmt.Appendf(nil, "o.%d", r.IntN(3)),
						Reply:   []byte("r"),
						Payload: fmt.Appendf(nil, "%d %d %s", p, sent[p], strings.Repeat("x", size)),
					}
					if matched := l.Publish(&from[p], &m, 0).Matched; matched != len(list) {
						t.Fatalf("%d matched", matched)
					}
					sent[p]++
				}
			})
			for range r.IntN(4) {
				w.deliver(r.IntN(n), 1<<r.IntN(18))
			}
			for p := range sent {
				busy = busy || sent[p] < messages
			}
		}
		w.settle()
		for _, s := range list {
			var seen [publishers]int
			for _, payload := range s.got {
				var p, number int
				fmt.Sscan(payload, &p, &number)
				if number != seen[p] {
					t.Fatalf("seed %d: message %d of publisher %d came after %d", seed, number, p, seen[p]-1)
				}
				seen[p]++
			}
			if seen != sent {
				t.Fatalf("seed %d: %v of %v came", seed, seen, sent)
			}
		}
	}
}

// What is said about a message survives the way to another lane.
func TestMailKeepsTheWholeMessage(t *testing.T) {
	w := newLanes(2, hub.Options{})
	got := ""
	far := &recorder{on: func(m *message.Message) {
		got = fmt.Sprintf("%s %s %s %s %s %d %d", m.Subject, m.Reply, m.Headers, m.Properties, m.Payload, m.Origin, m.QoS)
	}}
	what := natsSub(1, w.owner(1), "a", "").what
	w.turn(1, func(l *hub.Lane) { l.Subscribe(far, what) })
	from := hub.Publisher{Owner: w.owner(0)}
	for _, origin := range []message.Origin{message.FromNATS, message.FromMQTT} {
		w.turn(0, func(l *hub.Lane) {
			buf := []byte("a|reply|headers|properties|payload")
			part := strings.Split(string(buf), "|")
			m := message.Message{
				Subject: []byte(part[0]), Reply: []byte(part[1]), Headers: []byte(part[2]),
				Properties: []byte(part[3]), Payload: []byte(part[4]), Origin: origin, QoS: 2,
			}
			l.Publish(&from, &m, 0)
			for _, b := range [][]byte{m.Subject, m.Reply, m.Headers, m.Properties, m.Payload} {
				for i := range b {
					b[i] = '!' // the publisher's memory is used again
				}
			}
		})
		w.settle()
		want := fmt.Sprintf("a reply headers properties payload %d 2", origin)
		if got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
}
