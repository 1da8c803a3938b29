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
	qos     []uint8 // of each copy
	dup     int     // copies that were duplicates
	owed    []int   // costs of copies of QoS 1 and 2 that are not acknowledged
	on      func()  // called in Deliver
}

func (r *receiver) Deliver(m *message.Message, route *hub.Route, c *hub.Copy) reason.ID {
	if r.refuses != reason.None {
		return r.refuses
	}
	r.count++
	if r.silent {
		if c.QoS > 0 {
			r.owed = append(r.owed, hub.Cost(m))
		}
		return reason.None
	}
	r.also = len(c.Also)
	r.qos = append(r.qos, c.QoS)
	if c.Dup {
		r.dup++
	}
	if c.QoS > 0 {
		r.owed = append(r.owed, hub.Cost(m))
	}
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

// mqttSession is an MQTT client, or one that is away, with its room.
type mqttSession struct {
	lane    int
	pub     hub.Publisher
	quota   hub.Quota
	offline bool
	subs    []*receiver
}

func (w *lanes) session(lane int, limits *hub.QuotaLimits) *mqttSession {
	s := &mqttSession{lane: lane}
	s.pub.Owner = w.owner(lane)
	s.quota.Init(limits, s.pub.Owner)
	return s
}

// sub makes a subscription of s; share may be empty. It is not in the hub yet.
func (s *mqttSession) sub(filter, share string, qos uint8, noLocal bool) *receiver {
	r := mqttSub(s.lane, s.pub.Owner, filter, noLocal)
	r.what.Quota = &s.quota
	r.what.Flags |= [...]uint16{0, hub.FlagQoS1, hub.FlagQoS2}[qos]
	if s.offline {
		r.what.Flags |= hub.FlagOffline
	}
	if share != "" {
		r.what.Flags &^= hub.FlagMerge
		r.what.Group = trie.Group{Kind: trie.GroupShare, Name: share}
	}
	s.subs = append(s.subs, r)
	return r
}

// mark tells the hub whether the client of s is connected.
func (w *lanes) mark(s *mqttSession, offline bool) {
	s.offline = offline
	w.turn(s.lane, func(l *hub.Lane) {
		for _, r := range s.subs {
			flags := r.what.Flags &^ hub.FlagOffline
			if offline {
				flags |= hub.FlagOffline
			}
			r.ref = l.Resubscribe(r.what, r.ref, flags)
			r.what.Flags = flags
		}
	})
}

// acknowledge gives back what the copies of a subscription have reserved.
func (w *lanes) acknowledge(list ...*receiver) {
	for _, r := range list {
		w.turn(r.lane, func(l *hub.Lane) {
			for _, cost := range r.owed {
				l.Release(r.what.Quota, cost)
			}
		})
		r.owed = r.owed[:0]
	}
}

// tell publishes with a quality of service, as an MQTT client would; nothing
// is settled.
func (w *lanes) tell(lane int, from *hub.Publisher, subject, payload string, qos uint8) (o hub.Outcome) {
	w.turn(lane, func(l *hub.Lane) {
		m := message.Message{Subject: []byte(subject), Payload: []byte(payload), Origin: message.FromMQTT, QoS: qos}
		o = l.Publish(from, &m, 0)
	})
	return o
}

// publish sends from lane in a turn of its own; nothing is settled.
func (w *lanes) publish(lane int, from *hub.Publisher, subject, payload string) (matched int) {
	w.turn(lane, func(l *hub.Lane) {
		m := message.Message{Subject: []byte(subject), Payload: []byte(payload)}
		matched = l.Publish(from, &m, 0).Matched
	})
	return matched
}
