package soak

import (
	"errors"
	"fmt"
	"sync"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// unacknowledged is what a publisher has in flight. It outlives connections if its
// session does. Each kind of acknowledgement comes in the order of what it is for
// (§4.6).
type unacknowledged struct {
	mu     sync.Mutex
	flight [3][]inFlight // by QoS, oldest first: waits for PUBACK or PUBREC
	ends   []inFlight    // waits for PUBCOMP
	room   chan struct{}
	began  bool // a session is to be there
}

type inFlight struct {
	id            uint16
	stamp         Stamp
	subject, size int
	again         bool // sent on an earlier connection
}

func newUnacknowledged(window int) *unacknowledged {
	return &unacknowledged{room: make(chan struct{}, window)}
}

func (u *unacknowledged) add(qos byte, x inFlight) {
	u.mu.Lock()
	u.flight[qos] = append(u.flight[qos], x)
	u.mu.Unlock()
}

// oldest takes the one that is to be acknowledged next.
func (u *unacknowledged) oldest(list *[]inFlight, p *codec.Packet) (x inFlight, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(*list) == 0 || (*list)[0].id != p.ID {
		return x, fmt.Errorf("%v %d is not the next one", p.Type, p.ID)
	}
	x = (*list)[0]
	*list = (*list)[1:]
	return x, nil
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
		return fmt.Errorf("%s: no PUBACK or PUBCOMP", e.p.trail.Name)
	}
}

func (u *unacknowledged) give() { <-u.room }

// acknowledged takes PUBACK, PUBREC and PUBCOMP. PUBREC says that the message was
// routed, as PUBACK does.
func (e *publisherEvents) acknowledged(p *codec.Packet) error {
	if p.Type == codec.TypePubcomp {
		x, err := e.oldest(&e.ends, p)
		e.p.trail.Message("PUBCOMP", x.stamp, int(p.ReasonCode))
		if err == nil && p.ReasonCode != 0 && !(x.again && p.ReasonCode == codec.CodePacketIdentifierNotFound) {
			err = fmt.Errorf("PUBCOMP %d with %#x", p.ID, byte(p.ReasonCode))
		}
		e.give()
		return err
	}
	qos := 1
	if p.Type == codec.TypePubrec {
		qos = 2
	}
	x, err := e.oldest(&e.flight[qos], p)
	if err != nil {
		return err
	}
	e.p.trail.Message(p.Type.String(), x.stamp, int(p.ReasonCode))
	e.out.Ack(x.stamp.Number, byte(p.ReasonCode), e.p.version == codec.V5 && !x.again)
	if qos == 1 {
		e.give()
		return nil
	}
	if p.ReasonCode >= 0x80 {
		return fmt.Errorf("PUBREC %d with %#x", p.ID, byte(p.ReasonCode))
	}
	e.mu.Lock()
	e.ends = append(e.ends, inFlight{id: x.id, stamp: x.stamp})
	e.mu.Unlock()
	return e.client.send(codec.AppendPubrel(nil, e.p.version, x.id, codec.CodeSuccess, nil), nil)
}

func (e *publisherEvents) accepted(p *codec.Packet) error {
	if p.SessionPresent != e.began && e.p.version != codec.V31 {
		return fmt.Errorf("CONNACK: session present %v", p.SessionPresent)
	}
	e.began = e.p.exact
	return nil
}

// resume connects with the session of before, and sends again what is in flight
// [MQTT-4.4.0-1]: what waits for PUBCOMP is older than what waits for PUBREC.
func (p *mqttPublisher) resume() error {
	u := p.events.unacknowledged
	if err := p.connect(mqttHello{id: p.id, version: p.version, keep: true}, u); err != nil {
		return err
	}
	p.buf = p.buf[:0]
	u.mu.Lock()
	for i := range u.ends {
		u.ends[i].again = true
		p.round.released.Add(1)
		p.trail.Message("PUBREL again", u.ends[i].stamp, int(u.ends[i].id))
		p.buf = codec.AppendPubrel(p.buf, p.version, u.ends[i].id, codec.CodeSuccess, nil)
	}
	for i := range u.flight[2] {
		x := &u.flight[2][i]
		x.again = true
		p.round.repeated.Add(1)
		p.trail.Message("PUBLISH dup", x.stamp, int(x.id))
		p.publish(*x, codec.PublishFlags(2, true, false))
	}
	u.mu.Unlock()
	return p.flush()
}
