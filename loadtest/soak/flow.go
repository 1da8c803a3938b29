package soak

import "fmt"

// What a plain subscription must see of one publisher:
//
//	early       nothing that was routed before it was asked for, or whose
//	            subscription has ended
//	order       first receptions in the order of publishing, each QoS for itself
//	duplicate   a second copy only of QoS 1, on a later connection, with DUP,
//	            and not after the first one's PUBACK was taken; of QoS 2 none that
//	            the client has not recognized (exact.go)
//	dup-flag    DUP on a first reception only if an earlier connection may
//	            have been sent the message
//	qos         the smaller of published and granted
//	missing     QoS 1 or 2 to a persistent session: everything acknowledged while
//	            subscribed. Else: everything until the connection or the
//	            subscription ended, without a hole.
type flow struct {
	h    *history
	p    *Publisher
	msgs []Message
	log  []Reception
}

// Flows checks all plain subscriptions against all publishers.
func (l *Ledger) Flows() (faults []*Fault) {
	msgs := l.messages()
	for _, r := range l.Receivers() {
		h := r.history()
		if h.grouped() {
			continue
		}
		by := make([][]Reception, len(msgs))
		for _, c := range h.log {
			if c.Publisher >= len(msgs) || c.Number >= len(msgs[c.Publisher]) {
				faults = append(faults, h.fault("unknown", c, "%s received %v, which nobody sent", h.Name, c.Stamp))
				continue
			}
			by[c.Publisher] = append(by[c.Publisher], c)
		}
		for i, p := range l.Publishers()[:len(msgs)] {
			f := flow{h: &h, p: p, msgs: msgs[i], log: by[i]}
			faults = append(faults, f.copies()...)
			faults = append(faults, f.missing()...)
		}
	}
	return faults
}

// messages is a copy of what all publishers sent, by their ID.
func (l *Ledger) messages() (all [][]Message) {
	for _, p := range l.Publishers() {
		all = append(all, p.Messages())
	}
	return all
}

func (h *history) fault(rule string, c Reception, format string, args ...any) *Fault {
	return &Fault{Rule: rule, Text: fmt.Sprintf(format, args...), About: &c.Stamp, Who: []*Trail{h.Trail}}
}

// copies judges what was received.
func (f *flow) copies() (faults []*Fault) {
	first := make(map[int]Reception)
	last := [3]int{-1, -1, -1}
	for _, c := range f.log {
		m := &f.msgs[c.Number]
		bad := func(rule, text string) {
			x := f.h.fault(rule, c, "%s, connection %d, at %d: %v QoS %d dup %v: %s; sent at %d with QoS %d, routed by %d", f.h.Name, c.Conn, c.At, c.Stamp, c.QoS, c.Dup, text, m.Sent, m.QoS, m.Acked)
			x.Who = append(x.Who, f.p.Trail)
			faults = append(faults, x)
		}
		if m.Subject != c.Subject {
			bad("subject", "sent to another subject")
			continue
		}
		if lo, hi, any := f.qos(m, c); !any {
			bad("early", "no subscription for it at that time")
		} else if c.QoS < lo || c.QoS > hi {
			bad("qos", fmt.Sprintf("wants QoS %d to %d", lo, hi))
		}
		before, again := first[c.Number]
		switch {
		case !again:
			first[c.Number] = c
			if c.Number <= last[c.QoS] {
				bad("order", fmt.Sprintf("after #%d", last[c.QoS]))
			}
			last[c.QoS] = max(last[c.QoS], c.Number)
			if c.Dup && !f.resendable(m, c) {
				bad("dup-flag", "DUP, but no earlier connection can have got it")
			}
		case c.QoS != 1 || c.Conn == before.Conn:
			bad("duplicate", "received before on the same connection, or not with QoS 1")
		case !c.Dup:
			bad("duplicate", "received before, but without DUP now")
		case before.Settled:
			bad("duplicate", "received before, and the PUBACK was taken")
		default:
			first[c.Number] = c // a later copy must not come after this one's PUBACK
		}
	}
	return faults
}

// resendable tells whether a connection before that of c may have been sent m.
func (f *flow) resendable(m *Message, c Reception) bool {
	return c.QoS > 0 && c.Conn > 0 && m.Sent < f.h.conns[c.Conn-1].Gone
}

// qos is the range of QoS that c may have; any is false if no subscription can
// have caused it.
func (f *flow) qos(m *Message, c Reception) (lo, hi byte, any bool) {
	sure := false
	for i := range f.h.subs {
		s := &f.h.subs[i]
		// What was queued before UNSUBSCRIBE may be completed after it, if QoS 1.
		if !s.possibly(m) || c.QoS == 0 && c.At > s.Left {
			continue
		}
		q := min(m.QoS, s.QoS)
		if s.Granted == Never {
			q = m.QoS // not yet known what will be granted
		}
		switch certain := s.certainly(m); {
		case certain && !sure:
			lo, sure = q, true
		case certain:
			lo = max(lo, q)
		case !sure && (!any || q < lo):
			lo = q
		}
		hi, any = max(hi, q), true
	}
	if !sure {
		lo = 0
	}
	return lo, hi, any
}

// missing looks for what should have been received.
func (f *flow) missing() (faults []*Fault) {
	if len(f.msgs) == 0 {
		return nil
	}
	got := make([]bool, len(f.msgs))
	for _, c := range f.log {
		got[c.Number] = true
	}
	for i := range f.h.subs {
		s := &f.h.subs[i]
		last := f.lasts(s)
		for n := range f.msgs {
			m := &f.msgs[n]
			q := min(m.QoS, s.QoS)
			if got[n] || m.Code >= 0x80 || !s.certainly(m) || f.outdone(m, q) {
				continue
			}
			if q > 0 && f.h.Persistent {
				if s.Leaving == Never || n < last.ofSession[q] {
					faults = append(faults, f.absent(n, s, s.Leaving == Never && n > last.ofSession[q]))
				}
				continue
			}
			for c := range f.h.conns {
				span := &f.h.conns[c]
				if span.Up > m.Sent || m.Acked > span.Down {
					continue
				}
				stays := span.Down == Never && s.Leaving == Never
				if stays || n < last.onConn[c][q] {
					faults = append(faults, f.absent(n, s, n > last.onConn[c][q]))
				}
			}
		}
	}
	return faults
}

// outdone tells whether another subscription of the session may have had m
// delivered with a higher QoS than q, by rules of its own.
func (f *flow) outdone(m *Message, q byte) bool {
	for i := range f.h.subs {
		if s := &f.h.subs[i]; s.possibly(m) && min(m.QoS, s.QoS) > q {
			return true
		}
	}
	return false
}

func (f *flow) absent(n int, s *Subscription, late bool) *Fault {
	m, stamp := &f.msgs[n], Stamp{f.p.ID, n}
	x := &Fault{
		Rule: "missing", Late: late, About: &stamp, Who: []*Trail{f.h.Trail, f.p.Trail},
		Text: fmt.Sprintf("%s did not get %v of %s to %s: QoS %d, sent at %d, acknowledged at %d with %#x; subscribed to %s with QoS %d at %d, leaving at %d",
			f.h.Name, stamp, f.p.Name, f.h.ledger.Subjects[m.Subject], m.QoS, m.Sent, m.Acked, m.Code, s.Filter.Canonical(), s.QoS, s.Granted, s.Leaving),
	}
	for _, c := range f.log {
		if n-3 <= c.Number && c.Number <= n+8 {
			x.Text += fmt.Sprintf("\n  got #%d to %s at %d, connection %d, QoS %d dup %v", c.Number, f.h.ledger.Subjects[c.Subject], c.At, c.Conn, c.QoS, c.Dup)
		}
	}
	for i := range f.h.subs {
		o := &f.h.subs[i]
		x.Text += fmt.Sprintf("\n  subscription to %s with QoS %d: asked at %d, granted at %d, leaving at %d, left at %d", o.Filter.Canonical(), o.QoS, o.Asked, o.Granted, o.Leaving, o.Left)
	}
	for i, c := range f.h.conns {
		x.Text += fmt.Sprintf("\n  connection %d: up %d, down %d, gone %d", i, c.Up, c.Down, c.Gone)
	}
	return x
}

// lasts are the highest numbers that came by a subscription: on each
// connection and on all, for each QoS. A copy that came after the
// end of the subscription was asked for may be another one's, and says nothing
// of this one; unless it ends by UNSUB's maximum.
type lasts struct {
	onConn    [][3]int
	ofSession [3]int
}

func (f *flow) lasts(s *Subscription) lasts {
	l := lasts{onConn: make([][3]int, len(f.h.conns)), ofSession: [3]int{-1, -1, -1}}
	for i := range l.onConn {
		l.onConn[i] = [3]int{-1, -1, -1}
	}
	for _, c := range f.log {
		if !s.hits[c.Subject] || c.At > s.Leaving && s.Limit == 0 {
			continue
		}
		on := &l.onConn[c.Conn][c.QoS]
		*on = max(*on, c.Number)
		l.ofSession[c.QoS] = max(l.ofSession[c.QoS], c.Number)
	}
	return l
}
