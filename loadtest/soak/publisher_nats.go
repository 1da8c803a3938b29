package soak

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
)

// natsPublisher publishes until the round says stop. It comes back under a new
// name in the ledger when it dies.
type natsPublisher struct {
	round   *Round
	trail   *Trail
	random  *rand.Rand
	verbose bool // QoS 1, each publish answered by +OK
	headers bool // QoS by Mqtt-Qos, random
	mortal  bool
	only    []int // the subjects that it uses; nil: everybody's

	client *natsClient
	out    *Publisher
	buf    []byte
}

func (p *natsPublisher) begin() (err error) {
	p.client, err = p.round.dialNATS(p.trail, p.verbose, true, reads)
	if err != nil {
		return err
	}
	p.out = p.round.Ledger.NewPublisher(p.trail.Name, p.trail)
	p.trail.Note("publisher", p.out.ID)
	return p.client.fence(nil, nil)
}

func (p *natsPublisher) run() error {
	for last := -1; p.round.mayPublish(p.random); {
		var err error
		if last, err = p.burst(1 + p.random.IntN(32)); err != nil {
			return err
		}
		switch {
		case p.mortal && p.random.IntN(60) == 0:
			if err := p.die(last); err != nil {
				return err
			}
		case p.random.IntN(3) > 0:
			if err := p.client.fence(nil, p.routed(last)); err != nil {
				return err
			}
		}
	}
	return p.settle()
}

// settle returns when everything that was published is routed.
func (p *natsPublisher) settle() error {
	return p.client.fence(nil, p.routed(p.out.Count()-1))
}

// routed is what a PONG behind message number last says.
func (p *natsPublisher) routed(last int) func() {
	out := p.out
	return func() {
		if last >= 0 {
			out.Fence(last, 2)
		}
	}
}

func (p *natsPublisher) subject() int {
	if p.only != nil {
		return p.only[p.random.IntN(len(p.only))]
	}
	return p.round.pickSubject(p.random)
}

// burst publishes a few messages with one write and returns the last number.
func (p *natsPublisher) burst(n int) (last int, err error) {
	var oks []func()
	p.buf = p.buf[:0]
	for range n {
		subject, size := p.subject(), pickSize(p.random)
		qos, said := byte(0), -1
		if p.verbose {
			qos = 1
		}
		if p.headers {
			said = p.random.IntN(3)
			qos = byte(said)
		}
		stamp := p.out.Send(subject, qos)
		last = stamp.Number
		p.trail.Message("PUB", stamp, int(qos))
		name, payload := []byte(p.round.Ledger.Subjects[subject]), stamp.AppendPayload(nil, size)
		if said >= 0 {
			block := codec.AppendHeaderLine(codec.AppendHeaderStart(nil), []byte("Mqtt-Qos"), strconv.AppendInt(nil, int64(said), 10))
			p.buf = codec.AppendHPub(p.buf, name, nil, codec.AppendHeaderEnd(block), payload)
		} else {
			p.buf = codec.AppendPub(p.buf, name, nil, payload)
		}
		if p.verbose {
			out := p.out
			oks = append(oks, func() { out.Ack(stamp.Number, 0, false) })
		}
	}
	return last, p.client.send(p.buf, func() {
		for _, f := range oks {
			p.client.onOK(f)
		}
	})
}

// die ends the connection, with everything routed if it waits for the end of
// file, and begins a new one.
func (p *natsPublisher) die(last int) error {
	how := Ending(p.random.IntN(int(endings)))
	p.trail.Note("die: "+how.String(), 0)
	err := p.client.end(how, nil)
	if how >= Shut {
		if err != nil {
			return fmt.Errorf("%s: %w", p.trail.Name, err)
		}
		p.routed(last)()
	}
	return p.begin()
}

func (p *natsPublisher) finish() error { return p.client.end(Shut, nil) }
