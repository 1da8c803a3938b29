package soak

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	nats "github.com/isthmus-mq/isthmus/codec/nats"
)

// retainedTopic is what one writer has done to one topic, in order: it alone writes
// there, so each operation that was acknowledged has replaced all before it.
type retainedTopic struct {
	name string
	mu   sync.Mutex
	ops  []retainedOp
}

type retainedOp struct {
	deletes     bool
	sent, acked Tick // as in Message
}

// begin enters an operation and returns its number, end that it is done.
func (t *retainedTopic) begin(at Tick, deletes bool) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ops = append(t.ops, retainedOp{deletes, at, Never})
	return len(t.ops) - 1
}

func (t *retainedTopic) end(number int, at Tick) {
	t.mu.Lock()
	t.ops[number].acked = at
	t.mu.Unlock()
}

// standing returns the last operation that was done by then, -1 for none, and all.
func (t *retainedTopic) standing(by Tick) (last int, ops []retainedOp) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last = -1
	for i := range t.ops {
		if t.ops[i].acked < by {
			last = i
		}
	}
	return last, append([]retainedOp(nil), t.ops...)
}

// retainedWriter sets and deletes its topics, from either protocol. The payload of a
// set has the number of the topic as its publisher.
type retainedWriter struct {
	round  *Round
	trail  *Trail
	random *rand.Rand
	first  int // number of the first topic
	topics []*retainedTopic
	hello  mqttHello // MQTT; version 0: NATS

	mqtt *probe
	nats *natsClient
}

func (w *retainedWriter) begin() (err error) {
	if w.hello.version == 0 {
		if w.nats, err = w.round.dialNATS(w.trail, false, true, reads); err != nil {
			return err
		}
		return w.nats.fence(nil, nil)
	}
	w.mqtt, err = w.round.probe(w.trail, w.hello, func(p *codec.Packet) error {
		return fmt.Errorf("PUBLISH %q to a client without subscriptions", p.Topic)
	})
	return err
}

func (w *retainedWriter) run() error {
	for w.round.wait(w.random) {
		for range 1 + w.random.IntN(10) {
			if err := w.change(w.random.IntN(len(w.topics)), w.random.IntN(4) == 0); err != nil {
				return err
			}
		}
		if w.mqtt != nil && w.random.IntN(4) == 0 {
			if err := w.die(); err != nil {
				return err
			}
		}
	}
	return nil
}

// change sets or deletes a topic and waits until that is done.
func (w *retainedWriter) change(i int, deletes bool) error {
	t, qos := w.topics[i], byte(w.random.IntN(3))
	number, payload := w.enter(i, deletes)
	var err error
	if w.nats != nil {
		block := nats.AppendHeaderLine(nats.AppendHeaderStart(nil), []byte("Mqtt-Retain"), []byte("1"))
		block = nats.AppendHeaderLine(block, []byte("Mqtt-Qos"), strconv.AppendInt(nil, int64(qos), 10))
		err = w.nats.fence(nats.AppendHPub(nil, []byte(subjectOf(t.name)), nil, nats.AppendHeaderEnd(block), payload), nil)
	} else {
		err = w.mqtt.tell(t.name, qos, true, payload)
	}
	if err == nil {
		t.end(number, w.round.Ledger.Clock.Next())
	}
	return err
}

func (w *retainedWriter) enter(i int, deletes bool) (number int, payload []byte) {
	number = w.topics[i].begin(w.round.Ledger.Clock.Next(), deletes)
	stamp := Stamp{w.first + i, number}
	what := "delete"
	if !deletes {
		what, payload = "set", stamp.AppendPayload(nil, w.random.IntN(500))
	}
	w.trail.Message(what, stamp, 0)
	return number, payload
}

// die ends the connection with a change under way, of which nobody knows whether
// it is done.
func (w *retainedWriter) die() error {
	i := w.random.IntN(len(w.topics))
	_, payload := w.enter(i, false)
	flags := codec.PublishFlags(0, false, true)
	if err := w.mqtt.send(codec.AppendPublish(nil, w.mqtt.version, flags, []byte(w.topics[i].name), 0, nil, payload), nil); err != nil {
		return err
	}
	if err := w.mqtt.die(w.round.pickEnding(w.random)); err != nil {
		return err
	}
	return w.begin()
}

func (w *retainedWriter) fence() error { return nil }
func (w *retainedWriter) again() error { return nil }

// finish leaves nothing behind.
func (w *retainedWriter) finish() error {
	for i := range w.topics {
		if err := w.change(i, true); err != nil {
			return err
		}
	}
	if w.nats != nil {
		return w.nats.end(Shut, nil)
	}
	return w.mqtt.die(Farewell)
}
