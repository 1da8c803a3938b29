package soak

import (
	"fmt"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// probe is an MQTT connection of a circle: it acknowledges at once, and waits for
// the answer to all that it asks.
type probe struct {
	*mqttClient
	present bool // the server had a session
	// got is called with each PUBLISH, on the reader. An identifier of QoS 2 that
	// comes again is not recognized.
	got func(p *codec.Packet) error
}

func (r *Round) probe(trail *Trail, o mqttHello, got func(p *codec.Packet) error) (*probe, error) {
	p := &probe{got: got}
	trail.Note(fmt.Sprintf("CONNECT version %d clean %v keep %v", o.version, o.clean, o.keep), 0)
	_, err := r.dialMQTT(trail, o, func(c *mqttClient) mqttEvents {
		p.mqttClient = c
		return p
	})
	return p, err
}

func (p *probe) accepted(c *codec.Packet) error {
	p.present = c.SessionPresent
	return nil
}

func (p *probe) publish(m *codec.Packet) error {
	p.round.received.Add(1)
	if err := p.got(m); err != nil {
		return err
	}
	switch m.QoS {
	case 1:
		return p.send(codec.AppendPuback(nil, p.version, m.ID, codec.CodeSuccess, nil), nil)
	case 2:
		return p.send(codec.AppendPubrec(nil, p.version, m.ID, codec.CodeSuccess, nil), nil)
	}
	return nil
}

func (p *probe) acknowledged(a *codec.Packet) error {
	if a.ReasonCode >= 0x80 {
		return fmt.Errorf("%v %d with %#x", a.Type, a.ID, byte(a.ReasonCode))
	}
	switch a.Type {
	case codec.TypePubrec:
		return p.send(codec.AppendPubrel(nil, p.version, a.ID, codec.CodeSuccess, nil), nil)
	case codec.TypePubrel:
		return p.send(codec.AppendPubcomp(nil, p.version, a.ID, codec.CodeSuccess, nil), nil)
	}
	return p.answered(a.Type, a.ID, nil)
}

func (p *probe) between() time.Duration { return 0 }

func (p *probe) closed() {
	if !p.ending.Load() || !gone(p.err) {
		p.round.fault("close", fmt.Sprintf("%s: the connection ended: %v", p.trail.Name, p.err), nil, p.trail)
	}
}

// tell publishes and returns when the message is routed, if the connection lives.
func (p *probe) tell(topic string, qos byte, retain bool, payload []byte) error {
	b := func(id uint16) []byte {
		return codec.AppendPublish(nil, p.version, codec.PublishFlags(qos, false, retain), []byte(topic), id, nil, payload)
	}
	if qos == 0 {
		return p.fence(b(0), nil)
	}
	return p.ask(func(id uint16) []byte { return b(id) }, "PUBACK or PUBCOMP", nil)
}

// ask sends what has an answer, and waits for it.
func (p *probe) ask(packet func(id uint16) []byte, what string, on func(codes []byte)) error {
	done := make(chan struct{})
	id := p.packetID(func(codes []byte) {
		if on != nil {
			on(codes)
		}
		close(done)
	})
	if err := p.send(packet(id), nil); err != nil {
		return err
	}
	return p.await(done, what)
}

// subscribe asks for one filter, with an identifier unless that is 0. asked is
// called just before, granted on the reader.
func (p *probe) subscribe(filter string, o codec.SubscribeOptions, number uint32, granted func()) error {
	var properties []byte
	if number > 0 {
		properties = codec.AppendVarIntProperty(nil, codec.PropSubscriptionID, number)
	}
	p.trail.Note(fmt.Sprintf("SUBSCRIBE %s options %#x", filter, byte(o)), int(number))
	var wrong error
	err := p.ask(func(id uint16) []byte {
		return codec.AppendSubscribe(nil, p.version, id, properties, []codec.Subscription{{Filter: []byte(filter), Options: o}})
	}, "SUBACK", func(codes []byte) {
		if len(codes) != 1 || codes[0] != o.QoS() {
			wrong = fmt.Errorf("%s: SUBACK % x", p.trail.Name, codes)
		}
		if granted != nil {
			granted()
		}
	})
	if err != nil {
		return err
	}
	return wrong
}

func (p *probe) unsubscribe(filter string) error {
	p.trail.Note("UNSUBSCRIBE "+filter, 0)
	return p.ask(func(id uint16) []byte {
		return codec.AppendUnsubscribe(nil, p.version, id, nil, [][]byte{[]byte(filter)})
	}, "UNSUBACK", nil)
}

// die ends the connection.
func (p *probe) die(how Ending) error {
	p.trail.Note("die: "+how.String(), 0)
	if err := p.end(how, codec.AppendDisconnect(nil, p.version, codec.CodeSuccess, nil)); how >= Shut {
		return err
	}
	return nil
}
