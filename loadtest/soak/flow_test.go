package soak

import (
	"testing"
)

// story is a short history. Ticks follow from the order of its calls.
type story struct {
	*Ledger
	trail *Trail
}

func newStory() *story {
	l := NewLedger([]string{"a", "b"})
	return &story{l, NewTrail("story", &l.Clock)}
}

func (s *story) publisher() *Publisher { return s.NewPublisher("publisher", s.trail) }

// session is an MQTT session with a connection and a granted subscription.
func (s *story) session(persistent bool, group, filter string, qos byte) (*Receiver, *Subscription) {
	r := s.NewReceiver("session", false, persistent, s.trail)
	r.Connected(s.Clock.Next())
	sub := r.Subscribe(MQTTFilter(filter), group)
	r.Granted(sub, qos)
	return r, sub
}

// queue is a NATS subscription.
func (s *story) queue(group, subject string) (*Receiver, *Subscription) {
	r := s.NewReceiver("nats", true, false, s.trail)
	r.Connected(s.Clock.Next())
	sub := r.Subscribe(NATSFilter(subject), group)
	r.Granted(sub, 0)
	return r, sub
}

// send publishes and acknowledges.
func (s *story) send(p *Publisher, subject int, qos byte) Stamp {
	x := p.Send(subject, qos)
	p.Ack(x.Number, 0, true)
	return x
}

// get receives a copy and returns its index.
func (s *story) get(r *Receiver, x Stamp, subject, conn int, qos byte, dup bool) int {
	return r.Receive(Reception{Stamp: x, At: s.Clock.Next(), Subject: subject, Conn: conn, QoS: qos, Dup: dup})
}

// again ends a connection and begins the next.
func (s *story) again(r *Receiver, conn int) {
	r.Down(conn)
	r.Gone(conn)
	r.Connected(s.Clock.Next())
}

// expect compares the rules that are broken with one; empty: none.
func expect(t *testing.T, faults []*Fault, rule string, late bool) {
	t.Helper()
	switch {
	case rule == "" && len(faults) > 0:
		t.Errorf("a fault where there is none: %v", faults[0])
	case rule != "" && len(faults) == 0:
		t.Errorf("no fault, want %s", rule)
	case rule != "" && (faults[0].Rule != rule || faults[0].Late != late):
		t.Errorf("late %v: %v; want %s, late %v", faults[0].Late, faults[0], rule, late)
	}
}

func TestFlows(t *testing.T) {
	cases := []struct {
		name string
		tell func(s *story)
		rule string
		late bool
	}{
		{"all is well", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 1)
			s.get(r, s.send(p, 0, 1), 0, 0, 1, false)
			s.get(r, s.send(p, 0, 0), 0, 0, 0, false)
			s.send(p, 1, 1)
		}, "", false},
		{"published before it was asked for", func(s *story) {
			p := s.publisher()
			x := s.send(p, 0, 0)
			r, _ := s.queue("", "a")
			s.get(r, x, 0, 0, 0, false)
		}, "early", false},
		{"published while it was asked for", func(s *story) {
			p := s.publisher()
			r := s.NewReceiver("r", true, false, s.trail)
			r.Connected(s.Clock.Next())
			sub := r.Subscribe(NATSFilter("a"), "")
			x := s.send(p, 0, 0)
			r.Granted(sub, 0)
			s.get(r, x, 0, 0, 0, false)
			y := p.Send(0, 0)
			s.get(r, y, 0, 0, 0, false)
		}, "", false},
		{"QoS 0 after the subscription ended", func(s *story) {
			p := s.publisher()
			r, sub := s.session(true, "", "a", 1)
			x := s.send(p, 0, 0)
			r.Leaving(sub)
			r.Left(sub)
			s.get(r, x, 0, 0, 0, false)
		}, "early", false},
		{"QoS 1 that was accepted before the subscription ended", func(s *story) {
			p := s.publisher()
			r, sub := s.session(true, "", "a", 1)
			x := s.send(p, 0, 1)
			r.Leaving(sub)
			r.Left(sub)
			s.get(r, x, 0, 0, 1, false)
		}, "", false},
		{"out of order", func(s *story) {
			p := s.publisher()
			r, _ := s.queue("", "a")
			x, y := s.send(p, 0, 0), s.send(p, 0, 0)
			s.get(r, y, 0, 0, 0, false)
			s.get(r, x, 0, 0, 0, false)
		}, "order", false},
		{"QoS 0 overtakes QoS 1", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 1)
			x, y := s.send(p, 0, 1), s.send(p, 0, 0)
			s.get(r, y, 0, 0, 0, false)
			s.get(r, x, 0, 0, 1, false)
		}, "", false},
		{"twice on one connection", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 1)
			x := s.send(p, 0, 1)
			s.get(r, x, 0, 0, 1, false)
			s.get(r, x, 0, 0, 1, true)
		}, "duplicate", false},
		{"QoS 2 once more, with DUP on the next connection", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 2)
			x := s.send(p, 0, 2)
			s.get(r, x, 0, 0, 2, false)
			s.again(r, 0)
			s.get(r, x, 0, 1, 2, true)
		}, "duplicate", false},
		{"QoS 2 missing from a session", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 2)
			s.send(p, 0, 2)
			s.get(r, s.send(p, 0, 2), 0, 0, 2, false)
		}, "missing", false},
		{"again with DUP on the next connection", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 1)
			x := s.send(p, 0, 1)
			s.get(r, x, 0, 0, 1, false)
			s.again(r, 0)
			s.get(r, x, 0, 1, 1, true)
		}, "", false},
		{"again without DUP", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 1)
			x := s.send(p, 0, 1)
			s.get(r, x, 0, 0, 1, false)
			s.again(r, 0)
			s.get(r, x, 0, 1, 1, false)
		}, "duplicate", false},
		{"again although its PUBACK was taken", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 1)
			x := s.send(p, 0, 1)
			r.Settle(s.get(r, x, 0, 0, 1, false))
			s.again(r, 0)
			s.get(r, x, 0, 1, 1, true)
		}, "duplicate", false},
		{"DUP on the first connection", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 1)
			s.get(r, s.send(p, 0, 1), 0, 0, 1, true)
		}, "dup-flag", false},
		{"DUP of what was published when the first connection was gone", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 1)
			r.Down(0)
			r.Gone(0)
			x := s.send(p, 0, 1)
			r.Connected(s.Clock.Next())
			s.get(r, x, 0, 1, 1, true)
		}, "dup-flag", false},
		{"more than granted", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 0)
			s.get(r, s.send(p, 0, 1), 0, 0, 1, false)
		}, "qos", false},
		{"less than the better of two subscriptions", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 0)
			r.Granted(r.Subscribe(MQTTFilter("#"), ""), 1)
			s.get(r, s.send(p, 0, 1), 0, 0, 0, false)
		}, "qos", false},
		{"QoS 1 missing from a session without a connection", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 1)
			r.Down(0)
			r.Gone(0)
			s.send(p, 0, 1)
			r.Connected(s.Clock.Next())
		}, "missing", true},
		{"a hole", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 1)
			s.send(p, 0, 1)
			s.get(r, s.send(p, 0, 1), 0, 0, 1, false)
		}, "missing", false},
		{"a hole before the subscription ended", func(s *story) {
			p := s.publisher()
			r, sub := s.session(true, "", "a", 1)
			s.send(p, 0, 1)
			s.get(r, s.send(p, 0, 1), 0, 0, 1, false)
			r.Leaving(sub)
			r.Left(sub)
		}, "missing", false},
		{"the last ones before the subscription ended", func(s *story) {
			p := s.publisher()
			r, sub := s.session(true, "", "a", 1)
			s.get(r, s.send(p, 0, 1), 0, 0, 1, false)
			s.send(p, 0, 1)
			r.Leaving(sub)
			r.Left(sub)
		}, "", false},
		{"not acknowledged, because the publisher died", func(s *story) {
			p := s.publisher()
			s.session(true, "", "a", 1)
			p.Send(0, 1)
		}, "", false},
		{"QoS 0 lost with the connection", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 1)
			s.get(r, s.send(p, 0, 0), 0, 0, 0, false)
			s.send(p, 0, 0)
			s.again(r, 0)
		}, "", false},
		{"QoS 0 missing in the middle of a connection", func(s *story) {
			p := s.publisher()
			r, _ := s.session(true, "", "a", 1)
			s.send(p, 0, 0)
			s.get(r, s.send(p, 0, 0), 0, 0, 0, false)
			s.again(r, 0)
		}, "missing", false},
		{"nobody sent it", func(s *story) {
			r, _ := s.queue("", "a")
			s.get(r, Stamp{0, 0}, 0, 0, 0, false)
		}, "unknown", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newStory()
			c.tell(s)
			expect(t, s.Flows(), c.rule, c.late)
		})
	}
}

func TestAnswers(t *testing.T) {
	cases := []struct {
		name string
		tell func(s *story, p *Publisher)
		code byte
		rule string
	}{
		{"nobody", func(*story, *Publisher) {}, 0x10, ""},
		{"nobody, but taken", func(*story, *Publisher) {}, 0x00, "answer"},
		{"a session without a connection", func(s *story, _ *Publisher) {
			r, _ := s.session(true, "", "a", 1)
			r.Down(0)
			r.Gone(0)
		}, 0x10, "answer"},
		{"a session that takes QoS 0, without a connection", func(s *story, _ *Publisher) {
			r, _ := s.session(true, "", "a", 0)
			r.Down(0)
			r.Gone(0)
		}, 0x10, ""},
		{"somebody", func(s *story, _ *Publisher) { s.queue("", "a") }, 0x00, ""},
		{"somebody, but not taken", func(s *story, _ *Publisher) { s.queue("", "a") }, 0x10, "answer"},
		{"refused", func(s *story, _ *Publisher) { s.queue("", "a") }, 0x97, "answer"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newStory()
			p := s.publisher()
			c.tell(s, p)
			p.Ack(p.Send(0, 1).Number, c.code, true)
			expect(t, s.Answers(nil), c.rule, false)
		})
	}
}
