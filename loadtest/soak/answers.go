package soak

import "fmt"

// Answers checks what PUBACKs of MQTT 5 say: that somebody took the message,
// or nobody did (0x10); and that nobody was refused for want of room.
func (l *Ledger) Answers(list []Group) (faults []*Fault) {
	grouped := make([]bool, len(l.Subjects))
	for i, subject := range l.Subjects {
		for g := range list {
			grouped[i] = grouped[i] || len(list[g].Picks(subject)) > 0
		}
	}
	var plain []history
	for _, r := range l.Receivers() {
		if h := r.history(); !h.grouped() {
			plain = append(plain, h)
		}
	}
	for _, p := range l.Publishers() {
		for n, m := range p.Messages() {
			certain, possible := grouped[m.Subject], grouped[m.Subject]
			if !m.Coded {
				continue
			}
			for i := range plain {
				c, maybe := plain[i].takes(&m)
				certain, possible = certain || c, possible || maybe
			}
			wrong := ""
			switch {
			case m.Code >= 0x80:
				wrong = "refused"
			case m.Code == 0x10 && certain:
				wrong = "nobody took it, says the code, but a subscription was there"
			case m.Code == 0x00 && !possible:
				wrong = "somebody took it, says the code, but no subscription was there"
			case m.Code != 0x00 && m.Code != 0x10:
				wrong = "no such code"
			}
			if wrong != "" {
				stamp := Stamp{p.ID, n}
				faults = append(faults, &Fault{
					Rule: "answer", About: &stamp, Who: []*Trail{p.Trail},
					Text: fmt.Sprintf("%v of %s to %s, QoS %d, sent at %d, acknowledged at %d with %#x: %s", stamp, p.Name, l.Subjects[m.Subject], m.QoS, m.Sent, m.Acked, m.Code, wrong),
				})
			}
		}
	}
	return faults
}

// takes tells whether a receiver certainly or possibly counts for m's answer:
// connected, or a stored session that takes QoS 1.
func (h *history) takes(m *Message) (certain, possible bool) {
	connected, maybe := false, false
	for _, c := range h.conns {
		connected = connected || c.Up < m.Sent && m.Acked < c.Down
		maybe = maybe || m.Sent < c.Gone // a connection begins before Up is known
	}
	for i := range h.subs {
		s := &h.subs[i]
		stored := h.Persistent && min(m.QoS, s.QoS) > 0
		certain = certain || s.certainly(m) && (stored || connected)
		possible = possible || s.possibly(m) && (h.Persistent || maybe)
	}
	return certain, possible
}
