package soak

import (
	"fmt"
	"testing"
)

func TestPicks(t *testing.T) {
	list := func(parse func(string) Filter, names ...string) (all []Filter) {
		for _, n := range names {
			all = append(all, parse(n))
		}
		return all
	}
	cases := []struct {
		shares, queues []string
		subject        string
		want           string
	}{
		{nil, []string{"a.*", "a.>"}, "a.b", "[g/share -1/NATS true]"},
		{[]string{"a/+", "a/#"}, nil, "a.b", "[g/share 0/NATS false g/share 1/NATS false]"},
		{[]string{"a/+", "a/#"}, nil, "a.b.c", "[g/share 1/NATS false]"},
		{[]string{"a/+"}, []string{"x"}, "a.b", "[g/share 0/NATS false]"},
		{[]string{"a/+"}, []string{"x"}, "x", "[g/share -1/NATS true]"},
		// The share that equals a NATS member's subject, > for #.
		{[]string{"a/+", "a/#"}, []string{"a.*"}, "a.b", "[g/share 0/NATS true g/share 1/NATS false]"},
		{[]string{"a/+", "a/#"}, []string{"a.>"}, "a.b", "[g/share 0/NATS false g/share 1/NATS true]"},
		// None equals: the first in byte order, levels before the tail.
		{[]string{"a/+", "a/#"}, []string{"a.b"}, "a.b", "[g/share 0/NATS false g/share 1/NATS true]"},
		{[]string{"a/b", "a/+"}, []string{">"}, "a.b", "[g/share 0/NATS false g/share 1/NATS true]"},
		// Several equal: the first of them.
		{[]string{"a/b", "a/+"}, []string{"a.b", "a.*"}, "a.b", "[g/share 0/NATS false g/share 1/NATS true]"},
		// # matches its parent, > does not.
		{[]string{"a/#"}, []string{"a.>"}, "a", "[g/share 0/NATS false]"},
	}
	for _, c := range cases {
		g := Group{Name: "g", Shares: list(MQTTFilter, c.shares...), Queues: list(NATSFilter, c.queues...)}
		if got := fmt.Sprint(g.Picks(c.subject)); got != c.want {
			t.Errorf("shares %v, queues %v, %s: got %s, want %s", c.shares, c.queues, c.subject, got, c.want)
		}
	}
}

func TestGroups(t *testing.T) {
	// One share and NATS members of one name and filter: one pick together.
	mixed := []Group{{Name: "g", Shares: []Filter{MQTTFilter("a")}, Queues: []Filter{NATSFilter("a")}}}
	// Two shares that match: two picks.
	two := []Group{{Name: "g", Shares: []Filter{MQTTFilter("a"), MQTTFilter("#")}}}
	stored := []Group{{Name: "g", Stored: true, Shares: []Filter{MQTTFilter("a")}}}
	cases := []struct {
		name   string
		groups []Group
		tell   func(s *story, p *Publisher)
		rule   string
		late   bool
	}{
		{"one copy", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			s.queue("g", "a")
			s.get(r, s.send(p, 0, 1), 0, 0, 1, false)
		}, "", false},
		{"two copies of one pick", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			q, _ := s.queue("g", "a")
			x := s.send(p, 0, 1)
			s.get(r, x, 0, 0, 1, false)
			s.get(q, x, 0, 0, 0, false)
		}, "group-copies", false},
		{"one copy for each of two picks", two, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			o, _ := s.session(false, "g", "#", 1)
			x := s.send(p, 0, 1)
			s.get(r, x, 0, 0, 1, false)
			s.get(o, x, 0, 0, 1, false)
		}, "", false},
		{"one member has both copies", two, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			r.Granted(r.Subscribe(MQTTFilter("#"), "g"), 1)
			x := s.send(p, 0, 1)
			s.get(r, x, 0, 0, 1, false)
			s.get(r, x, 0, 0, 1, false)
		}, "", false},
		{"a pick without a copy", two, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			s.session(false, "g", "#", 1)
			s.get(r, s.send(p, 0, 1), 0, 0, 1, false)
		}, "group-lost", true},
		{"handed on after a death, with DUP", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			o, _ := s.session(false, "g", "a", 1)
			x := s.send(p, 0, 1)
			s.get(r, x, 0, 0, 1, false)
			r.Down(0)
			r.Gone(0)
			s.get(o, x, 0, 0, 1, true)
		}, "", false},
		{"handed on, and the dead one's copy read late", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			q, _ := s.queue("g", "a")
			x := s.send(p, 0, 1)
			r.Down(0)
			s.get(q, x, 0, 0, 0, false)
			s.get(r, x, 0, 0, 1, false)
			r.Gone(0)
		}, "", false},
		{"handed on without DUP", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			o, _ := s.session(false, "g", "a", 1)
			x := s.send(p, 0, 1)
			s.get(r, x, 0, 0, 1, false)
			r.Down(0)
			r.Gone(0)
			s.get(o, x, 0, 0, 1, false)
		}, "group-copies", false},
		{"handed on although its PUBACK was taken", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			o, _ := s.session(false, "g", "a", 1)
			x := s.send(p, 0, 1)
			r.Settle(s.get(r, x, 0, 0, 1, false))
			r.Down(0)
			r.Gone(0)
			s.get(o, x, 0, 0, 1, true)
		}, "group-copies", false},
		{"handed on although nobody died", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			o, _ := s.session(false, "g", "a", 1)
			x := s.send(p, 0, 1)
			s.get(r, x, 0, 0, 1, false)
			s.get(o, x, 0, 0, 1, true)
		}, "group-copies", false},
		{"DUP at first sight although nobody left", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			s.get(r, s.send(p, 0, 1), 0, 0, 1, true)
		}, "group-copies", false},
		{"a NATS member's copy is not handed on", mixed, func(s *story, p *Publisher) {
			q, _ := s.queue("g", "a")
			r, _ := s.session(false, "g", "a", 1)
			x := s.send(p, 0, 1)
			s.get(q, x, 0, 0, 0, false)
			q.Down(0)
			q.Gone(0)
			s.get(r, x, 0, 0, 1, true)
		}, "group-copies", false},
		{"lost with a NATS member", mixed, func(s *story, p *Publisher) {
			q, _ := s.queue("g", "a")
			s.session(false, "g", "a", 1)
			s.send(p, 0, 1)
			q.Down(0)
			q.Gone(0)
		}, "", false},
		{"lost, but the NATS member that died has got a later one", mixed, func(s *story, p *Publisher) {
			q, _ := s.queue("g", "a")
			s.session(false, "g", "a", 1)
			s.send(p, 0, 1)
			s.get(q, s.send(p, 0, 1), 0, 0, 0, false)
			q.Down(0)
			q.Gone(0)
		}, "group-lost", true},
		{"lost with a NATS member that got it from a dying session", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			q, _ := s.queue("g", "a")
			s.send(p, 0, 1)
			s.get(q, s.send(p, 0, 1), 0, 0, 0, false)
			r.Down(0)
			r.Gone(0)
			q.Down(0)
			q.Gone(0)
		}, "", false},
		{"QoS 1 lost with an MQTT member", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			s.session(false, "g", "a", 1)
			s.send(p, 0, 1)
			r.Down(0)
			r.Gone(0)
		}, "group-lost", true},
		{"QoS 0 lost with an MQTT member", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			s.session(false, "g", "a", 1)
			s.send(p, 0, 0)
			r.Down(0)
			r.Gone(0)
		}, "", false},
		{"QoS 0 lost with a member that was back before it knew", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(true, "g", "a", 0)
			s.session(false, "g", "a", 1)
			w, _ := s.queue("", ">")
			w.Witness = true
			r.Down(0)
			r.Gone(0)
			s.get(w, s.send(p, 0, 0), 0, 0, 0, false)
			s.get(w, s.send(p, 1, 0), 1, 0, 0, false)
			s.again(r, 0)
			r.Down(1)
			r.Gone(1)
		}, "", false},
		{"out of order", mixed, func(s *story, p *Publisher) {
			q, _ := s.queue("g", "a")
			x, y := s.send(p, 0, 0), s.send(p, 0, 0)
			s.get(q, y, 0, 0, 0, false)
			s.get(q, x, 0, 0, 0, false)
		}, "group-order", false},
		{"out of order, and who left came only after it was handed out", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			w, _ := s.queue("", ">")
			w.Witness = true
			x, y := s.send(p, 0, 1), s.send(p, 0, 1)
			s.get(w, x, 0, 0, 0, false)
			s.get(w, y, 0, 0, 0, false)
			s.get(w, s.send(p, 1, 1), 1, 0, 0, false)
			o, _ := s.session(false, "g", "a", 1)
			o.Down(0)
			o.Gone(0)
			s.get(r, y, 0, 0, 1, false)
			s.get(r, x, 0, 0, 1, false)
		}, "group-order", false},
		{"out of order, and who left was there when it was handed out", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 1)
			o, _ := s.session(false, "g", "a", 1)
			w, _ := s.queue("", ">")
			w.Witness = true
			x, y := s.send(p, 0, 1), s.send(p, 0, 1)
			s.get(w, x, 0, 0, 0, false)
			s.get(w, y, 0, 0, 0, false)
			s.get(w, s.send(p, 1, 1), 1, 0, 0, false)
			o.Down(0)
			o.Gone(0)
			s.get(r, y, 0, 0, 1, false)
			s.get(r, x, 0, 0, 1, true)
		}, "", false},
		{"late, because it was under way to one that left", mixed, func(s *story, p *Publisher) {
			q, _ := s.queue("g", "a")
			o, sub := s.queue("g", "a")
			x, y := s.send(p, 0, 0), s.send(p, 0, 0)
			s.get(q, y, 0, 0, 0, false)
			o.Leaving(sub)
			o.Left(sub)
			s.get(q, x, 0, 0, 0, false)
		}, "", false},
		{"early, because it came by way of one that left", mixed, func(s *story, p *Publisher) {
			q, _ := s.queue("g", "a")
			x := s.send(p, 0, 0)
			y := p.Send(0, 0)
			o, sub := s.queue("g", "a")
			o.Leaving(sub)
			o.Left(sub)
			p.Ack(y.Number, 0, true)
			s.get(q, y, 0, 0, 0, false)
			s.get(q, x, 0, 0, 0, false)
		}, "", false},
		{"to a member that had left", mixed, func(s *story, p *Publisher) {
			q, sub := s.queue("g", "a")
			q.Leaving(sub)
			q.Left(sub)
			s.get(q, s.send(p, 0, 0), 0, 0, 0, false)
		}, "group-unknown", false},
		{"more than granted", mixed, func(s *story, p *Publisher) {
			r, _ := s.session(false, "g", "a", 0)
			s.get(r, s.send(p, 0, 1), 0, 0, 1, false)
		}, "group-qos", false},
		{"QoS 0 met nobody of a stored group", stored, func(s *story, p *Publisher) {
			r, _ := s.session(true, "g", "a", 1)
			r.Down(0)
			r.Gone(0)
			s.send(p, 0, 0)
		}, "", false},
		{"QoS 1 lost by a stored group", stored, func(s *story, p *Publisher) {
			r, _ := s.session(true, "g", "a", 1)
			r.Down(0)
			r.Gone(0)
			s.send(p, 0, 1)
			r.Connected(s.Clock.Next())
		}, "group-lost", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newStory()
			c.tell(s, s.publisher())
			expect(t, s.Groups(c.groups), c.rule, c.late)
		})
	}
}

// What was handed out before a member came back must not have waited for it.
func TestNothingSleeps(t *testing.T) {
	group := []Group{{Name: "g", Shares: []Filter{MQTTFilter("a")}}}
	for _, dies := range []bool{false, true} {
		s := newStory()
		p := s.publisher()
		w, _ := s.queue("", ">")
		w.Witness = true
		r, _ := s.session(true, "g", "a", 1)
		o, _ := s.session(true, "g", "a", 1)
		x, y := s.send(p, 0, 1), s.send(p, 1, 1)
		s.get(w, x, 0, 0, 0, false)
		s.get(w, y, 1, 0, 0, false)
		r.Down(0)
		r.Gone(0)
		if dies {
			o.Down(0)
			o.Gone(0)
		}
		r.Connected(s.Clock.Next())
		s.get(r, x, 0, 1, 1, false)
		if dies {
			expect(t, s.Groups(group), "", false)
		} else {
			expect(t, s.Groups(group), "group-slept", false)
		}
	}
}

// A witness bounds the time in which a message can have been under way to
// somebody who left: once it has seen a later one, nobody who leaves explains
// anything any more.
func TestWitnessBoundsExcuses(t *testing.T) {
	group := []Group{{Name: "g", Queues: []Filter{NATSFilter("a")}}}
	for _, late := range []bool{false, true} {
		s := newStory()
		p := s.publisher()
		w, _ := s.queue("", ">")
		w.Witness = true
		s.queue("g", "a")
		x, y := s.send(p, 0, 0), s.send(p, 1, 0)
		if late {
			s.get(w, x, 0, 0, 0, false)
			s.get(w, y, 1, 0, 0, false)
		}
		o, _ := s.queue("g", "a") // it came when x was long gone
		o.Down(0)
		o.Gone(0)
		if late {
			expect(t, s.Groups(group), "group-lost", true)
		} else {
			expect(t, s.Groups(group), "", false)
		}
	}
}
