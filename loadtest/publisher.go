package loadtest

import (
	"fmt"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/loadtest/client"
	"github.com/isthmus-mq/isthmus/loadtest/ledger"
)

// publisher sends numbered messages, and, if the flow is one of requests, gets
// their answers.
type publisher struct {
	client.Deaf
	f      *flow
	w      *worker
	c      *client.Client
	index  int
	group  *group
	place  int64 // among the publishers of its pump
	limit  int64 // messages to send
	next   int64 // number of the next one
	owing  int64 // open loop: messages that are due and not sent
	behind bool  // is in the pump's list of those that owe
	ended  bool  // sends no more
	look   rendering
	acks   *inflight // nil: nothing is acknowledged

	inbox   string
	replies ledger.Ledger
}

func (p *publisher) dial() *client.Client {
	o := &p.f.from
	p.c = p.w.loop.Dial(o, fmt.Sprintf("load-%04x-pub-%d", p.f.stage.tag, p.index), p.index, p)
	return p.c
}

func (p *publisher) Opened(c *client.Client) {
	p.w.counts.Opened++
	if p.f.QoS > 0 {
		limit := p.f.window
		if c.ReceiveMax > 0 {
			limit = min(limit, int(c.ReceiveMax))
		}
		p.acks = newInflight(c.Speaks(), min(limit, 65535))
	}
	if p.inbox != "" {
		c.Subscribe(p.inbox, "", p.f.QoS)
		return
	}
	p.f.ready.Add(1)
}

// Ponged answers the fence.
func (p *publisher) Ponged(*client.Client) {
	if p.ended && p.acks == nil {
		p.f.unacked.Add(-1)
	}
}

func (p *publisher) Granted(c *client.Client, _ uint16, code mqtt.ReasonCode) {
	if code.Failed() {
		c.Close()
		p.Closed(c, fmt.Errorf("subscription to %q refused: 0x%02X", p.inbox, byte(code)))
		return
	}
	p.f.ready.Add(1)
}

func (p *publisher) Closed(c *client.Client, err error) {
	p.w.failed(fmt.Sprintf("%s publisher", c.Speaks()), err)
	p.f.broken.Add(1)
	p.w.counts.Dropped++
	p.end()
}

// end stops sending.
func (p *publisher) end() {
	if !p.ended {
		p.ended = true
		p.f.ended.Add(1)
	}
}

// room is how many messages may be sent as far as acknowledgements go.
func (p *publisher) room() int64 {
	if p.acks == nil {
		return p.limit - p.next
	}
	return min(p.limit-p.next, int64(p.acks.room()))
}

// put appends the next message, which was to be sent at a time.
func (p *publisher) put(at int64) {
	id := uint16(0)
	if p.acks != nil {
		id = p.acks.take(at)
		p.f.unacked.Add(1)
	}
	p.c.SetOutput(p.look.append(p.c.Output(), id, ledger.Stamp{
		Run: p.f.stage.tag, Sender: uint32(p.index), Number: uint64(p.next), Sent: at,
	}))
	p.next++
}

func (p *publisher) Acked(_ *client.Client, id uint16, code mqtt.ReasonCode) {
	if p.acks == nil {
		return
	}
	at, ok := p.acks.done(id)
	if !ok {
		p.w.counts.Foreign++
		return
	}
	p.f.unacked.Add(-1)
	n := &p.w.counts
	n.Acked++
	switch {
	case code == mqtt.CodeNoMatchingSubscribers:
		n.Unheard++
	case code.Failed():
		n.Refused++
		p.w.errors[fmt.Sprintf("PUBACK 0x%02X %s", byte(code), code)]++
	}
	p.w.times[answering].Record(p.w.loop.Now - at)
}

// Message is an answer to a request.
func (p *publisher) Message(_ *client.Client, m *client.Message) {
	n := &p.w.counts
	if m.Status == 503 {
		n.NoReply++
		n.Settled++
		p.group.settled.Add(1)
		return
	}
	s, ok := p.f.accept(m.Payload, n)
	if !ok {
		return
	}
	if int(s.Sender) != p.index {
		n.Foreign++
		return
	}
	settled := p.replies.Take(s.Number, &n.Tally)
	n.Settled += settled
	p.group.settled.Add(int64(settled))
	n.LastCame = p.w.loop.Now
	p.f.timeOf(p.w, s)
}
