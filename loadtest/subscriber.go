package loadtest

import (
	"bytes"
	"fmt"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/loadtest/client"
	"github.com/isthmus-mq/isthmus/loadtest/ledger"
)

// subscriber receives numbered messages and keeps a ledger for each publisher
// that it hears.
type subscriber struct {
	client.Deaf
	f       *flow
	w       *worker
	c       *client.Client
	index   int
	filter  string
	group   *group
	place   int             // of the group among the groups
	ledgers []ledger.Ledger // of publisher place, place + groups, place + 2 groups, …
	counts  *Counts         // the worker's, or those of readers that stall
	credit  int64           // settled and not yet told to the group
	settled int64           // in all
	joined  bool
}

func (s *subscriber) dial() *client.Client {
	s.c = s.w.loop.Dial(&s.f.to, fmt.Sprintf("load-%04x-sub-%d", s.f.stage.tag, s.index), s.index, s)
	return s.c
}

func (s *subscriber) Opened(c *client.Client) {
	s.counts.Opened++
	c.Subscribe(s.filter, "", s.f.QoS)
}

func (s *subscriber) Granted(c *client.Client, _ uint16, code mqtt.ReasonCode) {
	if code.Failed() {
		c.Close()
		s.Closed(c, fmt.Errorf("subscription to %q refused: 0x%02X", s.filter, byte(code)))
		return
	}
	if c.Speaks() == client.MQTT && byte(code) < s.f.QoS {
		s.w.errors[fmt.Sprintf("the server granted QoS %d instead of %d", code, s.f.QoS)]++
	}
	s.joined = true
	s.f.ready.Add(1)
}

func (s *subscriber) Closed(c *client.Client, err error) {
	s.w.failed(fmt.Sprintf("%s subscriber", c.Speaks()), err)
	s.counts.Dropped++
	s.Drained(c)
	if s.group != nil && s.joined {
		s.group.leave(s.settled)
	}
	s.f.broken.Add(1)
}

// Message enters one delivery.
func (s *subscriber) Message(_ *client.Client, m *client.Message) {
	n := s.counts
	stamp, ok := s.f.accept(m.Payload, n)
	if !ok {
		return
	}
	i := int(stamp.Sender)
	if groups := s.f.groups(); groups > 1 {
		if i%groups != s.place {
			n.Foreign++ // it is for others
			return
		}
		i /= groups
	}
	if i >= len(s.ledgers) {
		n.Foreign++
		return
	}
	settled := s.ledgers[i].Take(stamp.Number, &n.Tally)
	n.Settled += settled
	s.credit += int64(settled)
	if n == &s.w.counts {
		s.f.timeOf(s.w, stamp)
	}
}

func (s *subscriber) Drained(*client.Client) {
	if s.credit == 0 {
		return
	}
	s.counts.LastCame = s.w.loop.Now
	s.settled += s.credit
	if s.group != nil {
		s.group.settled.Add(s.credit)
	}
	s.credit = 0
}

// accept checks that a payload is one of this run and as it was sent.
func (f *flow) accept(payload []byte, n *Counts) (ledger.Stamp, bool) {
	s, ok := ledger.Read(payload)
	switch {
	case !ok || s.Run != f.stage.tag:
		n.Foreign++
		return s, false
	case len(payload) != len(f.payload) || !bytes.Equal(payload[ledger.Size:], f.payload[ledger.Size:]):
		n.Damaged++
		return s, false
	}
	return s, true
}

// timeOf records how long a message took.
func (f *flow) timeOf(w *worker, s ledger.Stamp) {
	age := s.Age(w.loop.Now)
	if age < 0 {
		w.counts.Skewed++
	}
	w.times[delivery].Record(age)
}
