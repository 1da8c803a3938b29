package hub_test

import (
	"bytes"
	"fmt"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// mailed is a mail that waits for its lane.
type mailed struct{ mail *hub.Mail }

// lanes is a hub whose event loops are driven by hand.
type lanes struct {
	*hub.Hub
	waiting [][]mailed // by receiving lane, in order
}

func newLanes(n int, o hub.Options) *lanes {
	o.Lanes = n
	w := &lanes{Hub: hub.New(o), waiting: make([][]mailed, n)}
	for i := range n {
		w.Lane(i).SetPost(func(to int, m *hub.Mail) { w.waiting[to] = append(w.waiting[to], mailed{m}) })
	}
	return w
}

// turn is one turn of lane i.
func (w *lanes) turn(i int, f func(l *hub.Lane)) {
	l := w.Lane(i)
	l.BeginTurn()
	f(l)
	l.EndTurn()
}

// deliver is a turn of lane i that takes its first mail, up to a budget.
func (w *lanes) deliver(i, budget int) {
	if len(w.waiting[i]) == 0 {
		return
	}
	w.turn(i, func(l *hub.Lane) {
		m := w.waiting[i][0].mail
		if _, done := l.Receive(m, budget); done {
			m.Done()
			w.waiting[i] = w.waiting[i][1:]
		}
	})
}

// settle delivers until nothing waits.
func (w *lanes) settle() {
	for again := true; again; {
		again = false
		for i := range w.waiting {
			for len(w.waiting[i]) > 0 {
				again = true
				w.deliver(i, 64<<10)
			}
		}
	}
}

// receiver is one subscription that writes down what it gets.
type receiver struct {
	lane    int
	what    hub.Subscription
	ref     trie.Ref
	refuses reason.ID // what Deliver answers
	keep    bool      // write payloads down
	silent  bool      // only count
	count   int
	also    int // further matches in the last delivery
	topic   string
	subject string
	got     []string
	on      func() // called in Deliver
}

func (r *receiver) Deliver(m *message.Message, route *hub.Route, c *hub.Copy) reason.ID {
	if r.refuses != reason.None {
		return r.refuses
	}
	r.count++
	if r.silent {
		return reason.None
	}
	r.also = len(c.Also)
	r.topic, r.subject = string(route.Topic), string(m.Subject)
	if !bytes.Equal(route.Subject, m.Subject) {
		panic(fmt.Sprintf("subject %q on the route of %q", m.Subject, route.Subject))
	}
	if r.keep {
		r.got = append(r.got, string(m.Payload))
	}
	if r.on != nil {
		r.on()
	}
	return reason.None
}

// natsSub is a NATS subscription; queue may be empty.
func natsSub(lane int, owner uint32, subject, queue string) *receiver {
	pattern, tail := translate.SubscriptionPattern([]byte(subject))
	r := &receiver{lane: lane}
	r.what = hub.Subscription{Filter: trie.Filter{Pattern: string(pattern), Tail: trie.Tail(tail)}, Owner: owner}
	if queue != "" {
		r.what.Group = trie.Group{Kind: trie.GroupQueue, Name: queue}
	}
	return r
}

// mqttSub is an MQTT subscription.
func mqttSub(lane int, owner uint32, filter string, noLocal bool) *receiver {
	pattern, tail, opens, ok := translate.Names{}.AppendFilter(nil, []byte(filter))
	if !ok {
		panic("filter " + filter)
	}
	r := &receiver{lane: lane}
	r.what = hub.Subscription{
		Filter: trie.Filter{Pattern: string(pattern), Tail: trie.Tail(tail)},
		Owner:  owner,
		Flags:  hub.FlagMQTT | hub.FlagMerge,
		Opens:  opens,
	}
	if noLocal {
		r.what.Flags |= hub.FlagNoLocal
	}
	return r
}

func (w *lanes) subscribe(list ...*receiver) {
	for _, r := range list {
		w.turn(r.lane, func(l *hub.Lane) { r.ref = l.Subscribe(r, r.what) })
	}
}

func (w *lanes) unsubscribe(r *receiver) {
	w.turn(r.lane, func(l *hub.Lane) { l.Unsubscribe(r.what, r.ref) })
}

// owner makes a session on a lane.
func (w *lanes) owner(lane int) uint32 { return w.Lane(lane).NewOwner() }

// publish sends from lane in a turn of its own; nothing is settled.
func (w *lanes) publish(lane int, from *hub.Publisher, subject, payload string) (matched int) {
	w.turn(lane, func(l *hub.Lane) {
		m := message.Message{Subject: []byte(subject), Payload: []byte(payload)}
		matched = l.Publish(from, &m, 0).Matched
	})
	return matched
}
