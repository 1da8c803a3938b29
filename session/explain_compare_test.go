package session_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	natscodec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/reason"
)

// read takes what has come to a client. It acknowledges nothing.
func (c *crowd) read(p *person) {
	if p.conn == nil {
		return
	}
	in := p.conn.got
	p.conn.got = nil
	if p.version == 0 {
		p.readNATS(in)
		return
	}
	for len(in) > 0 {
		var packet codec.Packet
		n, err := p.conn.read.Next(in, &packet)
		if err != nil {
			c.t.Fatalf("%s: %v", p.name, err)
		}
		in = in[n:]
		switch packet.Type {
		case codec.TypePublish:
			if !packet.Retain && bytes.HasPrefix(packet.Payload, []byte("mark")) { // not what is replayed
				p.marked = append(p.marked, packet.QoS)
			}
		case codec.TypePuback, codec.TypePubrec:
			p.answer = int(packet.ReasonCode)
		}
		if packet.Type == codec.TypePubrel || packet.Type == codec.TypePublish && packet.QoS > 0 {
			p.owes = append(p.owes, codec.Packet{Type: packet.Type, QoS: packet.QoS, ID: packet.ID})
		}
	}
}

func (p *person) readNATS(in []byte) {
	var parser natscodec.Parser
	parser.Init(natscodec.FromServer, &natscodec.Limits{ControlLine: 1 << 20, Payload: 1 << 30})
	defer parser.Release()
	for len(in) > 0 {
		var f natscodec.Frame
		n, err := parser.Next(in, &f)
		if err != nil || f.Op == natscodec.OpNone {
			return
		}
		in = in[n:]
		if bytes.HasPrefix(f.Payload, []byte("mark")) {
			p.marked = append(p.marked, 0)
		}
	}
}

// finish lets everybody come back and acknowledge everything.
func (c *crowd) finish() {
	for _, p := range c.people {
		if p.conn == nil {
			c.connect(p, false)
		}
	}
	for again := true; again; {
		again = false
		for _, p := range c.people {
			c.read(p)
			owes := p.owes
			p.owes = nil
			again = again || len(owes) > 0
			for i := range owes {
				switch o := &owes[i]; {
				case o.Type == codec.TypePubrel:
					c.say(p, fmt.Sprintf("PUBCOMP %d", o.ID))
				case o.QoS == 1:
					c.say(p, fmt.Sprintf("PUBACK %d", o.ID))
				default:
					c.say(p, fmt.Sprintf("PUBREC %d", o.ID))
				}
			}
		}
	}
}

func (c *crowd) counters() (list []uint64) {
	for _, row := range reason.All() {
		list = append(list, c.g.hub.Count(row.ID))
	}
	return list
}

// lost is what has been dropped, or refused, since then. That a client goes on
// with a refused publish of QoS 2 is not its part.
func (c *crowd) lost(before []uint64) (list []explain.Drop) {
	for i, n := range c.counters() {
		if row := reason.Of(reason.ID(i)); n > before[i] && row.ID != reason.AckNotInFlight && (row.Kind == reason.Drop || row.Kind == reason.Refuse) {
			list = append(list, explain.Drop{Reason: row.Name, Count: int(n - before[i])})
		}
	}
	slices.SortFunc(list, func(a, b explain.Drop) int { return strings.Compare(a.Reason, b.Reason) })
	return list
}

// is tells whether a client of the document is this one.
func (p *person) is(who *explain.Client) bool {
	if p.version == 0 {
		return who.Protocol == "nats" && p.conn != nil && who.CID == p.conn.id
	}
	return who.Protocol == "mqtt" && who.ID == p.name
}

// compare holds what was told against what was got.
func (c *crowd) compare(from *person, told *explain.Publish, lost []explain.Drop) {
	if told.Refused != "" {
		told.Drops = append(told.Drops, explain.Drop{Reason: told.Refused, Count: 1})
	}
	extras := make(map[*person]int)
	total := 0
	for _, p := range c.people {
		var want []uint8
		for _, one := range told.Copies {
			if one.Verdict.Gets() && p.is(&one.Client) {
				want = append(want, one.QoS)
			}
		}
		if extras[p] = len(p.marked) - len(want); extras[p] < 0 {
			c.fail(told, "%s got %d copies, want %d at least", p.name, len(p.marked), len(want))
		}
		total += extras[p]
		slices.Sort(want)
		slices.Sort(p.marked)
		if extras[p] == 0 && !slices.Equal(want, p.marked) {
			c.fail(told, "%s got copies of QoS %v, want %v", p.name, p.marked, want)
		}
	}
	c.comparePicks(told, extras, total)
	if !uncertain(told) && !slices.Equal(soon(told), lost) {
		c.fail(told, "%v is lost, want %v", lost, soon(told))
	}
	if from.version == codec.V5 && told.QoS > 0 && told.Refused == "" {
		want := 0
		switch o := told.Outcome; {
		case o.Full > 0:
			want = 0x97
		case o.Matched+o.Stored == 0:
			want = 0x10
		}
		if from.answer != want {
			c.fail(told, "the publisher is told %#x, want %#x (%+v)", from.answer, want, told.Outcome)
		}
	}
}

// soon is what is lost at once.
func soon(told *explain.Publish) (list []explain.Drop) {
	later := 0
	for _, one := range told.Copies {
		if one.Later {
			later++
		}
	}
	for _, g := range told.Groups {
		if len(g.Next) == 1 && g.Members[g.Next[0]].Later {
			later++
		}
	}
	for _, d := range told.Drops {
		if d.Reason == reason.Of(reason.ClientPacketLimit).Name {
			d.Count -= later
		}
		if d.Count > 0 {
			list = append(list, d)
		}
	}
	return list
}

// uncertain tells whether chance decides if the message is lost.
func uncertain(told *explain.Publish) bool {
	for _, g := range told.Groups {
		if len(g.Next) > 0 && g.Verdict != explain.Dropped && g.Reason != "" {
			return true
		}
		for _, i := range g.Next {
			if len(g.Next) > 1 && g.Members[i].Verdict == explain.Dropped {
				return true
			}
		}
	}
	return false
}

// comparePicks finds for each group one of its next members among those who got
// more than their plain copies.
func (c *crowd) comparePicks(told *explain.Publish, extras map[*person]int, total int) {
	var choices [][]*person
	least := 0
	for _, g := range told.Groups {
		var who []*person
		lossy := g.Reason != ""
		for _, i := range g.Next {
			lossy = lossy || !g.Members[i].Verdict.Gets()
			for _, p := range c.people {
				if g.Members[i].Verdict.Gets() && p.is(&g.Members[i].Client) {
					who = append(who, p)
				}
			}
		}
		if len(who) > 0 {
			choices = append(choices, who)
			if !lossy {
				least++
			}
		}
	}
	if total < least || total > len(choices) {
		c.fail(told, "%d copies through groups, want %d to %d", total, least, len(choices))
	}
	if !assign(choices, extras, total) {
		c.fail(told, "groups have picked others than those that may be next: %v", extras)
	}
}

// assign tells whether so many of the groups can have given theirs to somebody
// who has more than the rest explain.
func assign(choices [][]*person, extras map[*person]int, total int) bool {
	if total == 0 {
		return true
	}
	if len(choices) == 0 {
		return false
	}
	for _, p := range choices[0] {
		if extras[p] > 0 {
			extras[p]--
			ok := assign(choices[1:], extras, total-1)
			extras[p]++
			if ok {
				return true
			}
		}
	}
	return assign(choices[1:], extras, total)
}

func (c *crowd) fail(told *explain.Publish, format string, args ...any) {
	c.t.Helper()
	text := fmt.Sprintf("publish: %+v\n", *told)
	for _, one := range told.Copies {
		text += fmt.Sprintf("copy: %+v\n", *one)
	}
	for _, g := range told.Groups {
		text += fmt.Sprintf("group: %+v\n", *g)
		for _, one := range g.Members {
			text += fmt.Sprintf("  member: %+v\n", *one)
		}
	}
	c.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), text)
}
