package soak

import (
	"fmt"
	"math/rand/v2"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// mqttPublisher publishes until the round says stop, with a window of
// unacknowledged publishes of QoS 1 and 2. When it dies it comes back under a new
// name in the ledger; or, if it is exact, with its session, as the same.
type mqttPublisher struct {
	round   *Round
	trail   *Trail
	random  *rand.Rand
	id      string
	version codec.Version
	qos     int  // 0, 1, 2, or -1: mixed
	exact   bool // it keeps its session and sends again; QoS 2 only
	window  int
	mortal  bool
	only    []int // the subjects that it uses; nil: everybody's

	client *mqttClient
	out    *Publisher
	events *publisherEvents
	nextID uint16
	buf    []byte
}

// publisherEvents is the reader's side of one connection.
type publisherEvents struct {
	p      *mqttPublisher
	client *mqttClient
	out    *Publisher
	*unacknowledged
}

func (p *mqttPublisher) begin() (err error) {
	p.out = p.round.Ledger.NewPublisher(p.trail.Name, p.trail)
	p.trail.Note("publisher", p.out.ID)
	return p.connect(mqttHello{id: p.id, version: p.version, clean: !p.exact, keep: p.exact}, newUnacknowledged(p.window))
}

func (p *mqttPublisher) connect(o mqttHello, u *unacknowledged) (err error) {
	p.client, err = p.round.dialMQTT(p.trail, o, func(c *mqttClient) mqttEvents {
		p.events = &publisherEvents{p, c, p.out, u}
		return p.events
	})
	return err
}

func (p *mqttPublisher) run() error {
	for last := -1; p.round.mayPublish(p.random); {
		var err error
		if last, err = p.burst(1 + p.random.IntN(16)); err != nil {
			return err
		}
		switch {
		case p.mortal && p.random.IntN(60) == 0:
			if err := p.die(last); err != nil {
				return err
			}
		case p.random.IntN(3) == 0:
			if err := p.client.fence(nil, p.routed(last)); err != nil {
				return err
			}
		}
	}
	return p.settle()
}

// settle returns when everything that was published is routed.
func (p *mqttPublisher) settle() error {
	for range p.window {
		if err := p.events.take(); err != nil {
			return err
		}
	}
	for range p.window {
		p.events.give()
	}
	return p.client.fence(nil, p.routed(p.out.Count()-1))
}

// routed is what a PINGRESP behind message number last says of those of QoS 0.
func (p *mqttPublisher) routed(last int) func() {
	out := p.out
	return func() {
		if last >= 0 {
			out.Fence(last, 0)
		}
	}
}

func (p *mqttPublisher) subject() int {
	if p.only != nil {
		return p.only[p.random.IntN(len(p.only))]
	}
	return p.round.pickSubject(p.random)
}

// burst publishes a few messages, one or several in a write.
func (p *mqttPublisher) burst(n int) (last int, err error) {
	p.buf = p.buf[:0]
	for range n {
		qos := byte(max(p.qos, 0))
		if p.qos < 0 {
			qos = byte(p.random.IntN(3))
		}
		if qos > 0 && !p.events.tryTake() {
			if err := p.flush(); err != nil {
				return last, err
			}
			if err := p.events.take(); err != nil {
				return last, err
			}
		}
		subject, size := p.subject(), pickSize(p.random)
		stamp := p.out.Send(subject, qos)
		last = stamp.Number
		id := uint16(0)
		if qos > 0 {
			if p.nextID++; p.nextID == 0 {
				p.nextID = 1
			}
			id = p.nextID
			p.events.add(qos, inFlight{id: id, stamp: stamp, subject: subject, size: size})
		}
		p.trail.Message("PUBLISH", stamp, int(id))
		p.publish(inFlight{id: id, stamp: stamp, subject: subject, size: size}, codec.PublishFlags(qos, false, false))
		if p.random.IntN(4) == 0 {
			if err := p.flush(); err != nil {
				return last, err
			}
		}
	}
	return last, p.flush()
}

func (p *mqttPublisher) publish(x inFlight, flags byte) {
	topic := []byte(topicOf(p.round.Ledger.Subjects[x.subject]))
	p.buf = codec.AppendPublish(p.buf, p.version, flags, topic, x.id, nil, x.stamp.AppendPayload(nil, x.size))
}

func (p *mqttPublisher) flush() error {
	err := p.client.send(p.buf, nil)
	p.buf = p.buf[:0]
	return err
}

// die is natsPublisher.die. What was not acknowledged may have been routed or
// not; QoS 0 is, if the server has closed after reading everything.
func (p *mqttPublisher) die(last int) error {
	how := p.round.pickEnding(p.random)
	if !p.exact {
		how = Ending(p.random.IntN(int(endings)))
	}
	p.trail.Note("die: "+how.String(), 0)
	err := p.client.end(how, codec.AppendDisconnect(nil, p.version, codec.CodeSuccess, nil))
	if how >= Shut {
		if err != nil {
			return fmt.Errorf("%s: %w", p.trail.Name, err)
		}
		p.routed(last)()
	}
	if p.exact {
		return p.resume()
	}
	return p.begin()
}

func (p *mqttPublisher) finish() error {
	end := func() error {
		return p.client.end(Farewell, codec.AppendDisconnect(nil, p.version, codec.CodeSuccess, nil))
	}
	if err := end(); err != nil || !p.exact {
		return err
	}
	if err := p.connect(mqttHello{id: p.id, version: p.version, clean: true}, newUnacknowledged(1)); err != nil {
		return err
	}
	return end()
}

func (e *publisherEvents) publish(p *codec.Packet) error {
	return fmt.Errorf("PUBLISH %q to a client without subscriptions", p.Topic)
}

func (e *publisherEvents) between() time.Duration { return 0 }

func (e *publisherEvents) closed() {
	c := e.client
	if !c.ending.Load() || !gone(c.err) {
		c.round.fault("close", fmt.Sprintf("%s: the connection ended: %v", c.trail.Name, c.err), nil, c.trail)
	}
}
