package soak

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// mqttPublisher publishes until the round says stop, with a window of
// unacknowledged QoS 1 publishes. It comes back under a new name in the ledger
// when it dies.
type mqttPublisher struct {
	round   *Round
	trail   *Trail
	random  *rand.Rand
	id      string
	version codec.Version
	qos     int // 0, 1, or -1: mixed
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
	mu     sync.Mutex
	flight []inFlight // oldest first: acknowledgements come in order
	room   chan struct{}
}

type inFlight struct {
	id    uint16
	stamp Stamp
}

func (p *mqttPublisher) begin() (err error) {
	p.out = p.round.Ledger.NewPublisher(p.trail.Name, p.trail)
	p.trail.Note("publisher", p.out.ID)
	o := mqttHello{id: p.id, version: p.version, clean: true}
	p.client, err = p.round.dialMQTT(p.trail, o, func(c *mqttClient) mqttEvents {
		p.events = &publisherEvents{p: p, client: c, out: p.out, room: make(chan struct{}, p.window)}
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
			qos = byte(p.random.IntN(2))
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
			p.events.add(inFlight{id, stamp})
		}
		p.trail.Message("PUBLISH", stamp, int(id))
		p.buf = codec.AppendPublish(p.buf, p.version, codec.PublishFlags(qos, false, false), []byte(topicOf(p.round.Ledger.Subjects[subject])), id, nil, stamp.AppendPayload(nil, size))
		if p.random.IntN(4) == 0 {
			if err := p.flush(); err != nil {
				return last, err
			}
		}
	}
	return last, p.flush()
}

func (p *mqttPublisher) flush() error {
	err := p.client.send(p.buf, nil)
	p.buf = p.buf[:0]
	return err
}

// die is natsPublisher.die. What was not acknowledged may have been routed or
// not; QoS 0 is, if the server has closed after reading everything.
func (p *mqttPublisher) die(last int) error {
	how := Ending(p.random.IntN(int(endings)))
	p.trail.Note("die: "+how.String(), 0)
	err := p.client.end(how, codec.AppendDisconnect(nil, p.version, codec.CodeSuccess, nil))
	if how >= Shut {
		if err != nil {
			return fmt.Errorf("%s: %w", p.trail.Name, err)
		}
		p.routed(last)()
	}
	return p.begin()
}

func (p *mqttPublisher) finish() error {
	return p.client.end(Farewell, codec.AppendDisconnect(nil, p.version, codec.CodeSuccess, nil))
}

// tryTake and take reserve a place in the window.
func (e *publisherEvents) tryTake() bool {
	select {
	case e.room <- struct{}{}:
		return true
	default:
		return false
	}
}

func (e *publisherEvents) take() error {
	select {
	case e.room <- struct{}{}:
		return nil
	case <-e.client.ended:
		return errors.New("the connection ended")
	case <-time.After(patience):
		return fmt.Errorf("%s: no PUBACK", e.p.trail.Name)
	}
}

func (e *publisherEvents) add(x inFlight) {
	e.mu.Lock()
	e.flight = append(e.flight, x)
	e.mu.Unlock()
}

func (e *publisherEvents) puback(p *codec.Packet) error {
	e.mu.Lock()
	if len(e.flight) == 0 || e.flight[0].id != p.ID {
		e.mu.Unlock()
		return fmt.Errorf("PUBACK %d is not the next one", p.ID)
	}
	x := e.flight[0]
	e.flight = e.flight[1:]
	e.mu.Unlock()
	e.out.Ack(x.stamp.Number, byte(p.ReasonCode), e.p.version == codec.V5)
	e.p.trail.Message("PUBACK", x.stamp, int(p.ReasonCode))
	e.give()
	return nil
}

func (e *publisherEvents) give() { <-e.room }

func (e *publisherEvents) accepted(p *codec.Packet) error {
	if p.SessionPresent {
		return errors.New("CONNACK: session present after a clean start")
	}
	return nil
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
