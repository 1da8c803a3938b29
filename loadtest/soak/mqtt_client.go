package soak

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// mqttClient is one MQTT connection.
type mqttClient struct {
	*wire
	round   *Round
	trail   *Trail
	version codec.Version
	on      mqttEvents

	decoder codec.Decoder
	// connected is closed once CONNACK was read and on.accepted has returned.
	connected chan struct{}
	took      bool // CONNACK was read; the reader's

	mu      sync.Mutex
	nextID  uint16
	answers map[uint16]func(codes []byte) // SUBACK and UNSUBACK
	pings   []func()
}

// mqttEvents is what a client does with its packets. All methods are called on
// the connection's reader.
type mqttEvents interface {
	// accepted is called with CONNACK, before anything else is read.
	accepted(p *codec.Packet) error
	publish(p *codec.Packet) error
	// acknowledged is given PUBACK, PUBREC, PUBREL and PUBCOMP.
	acknowledged(p *codec.Packet) error
	// between is called before each read; see wire.read.
	between() time.Duration
	// closed is called when the reader is through.
	closed()
}

// mqttHello is what a CONNECT says.
type mqttHello struct {
	id         string
	version    codec.Version
	clean      bool
	keep       bool // the session is to outlive the connection
	receiveMax int
	will       *codec.Will
	expiry     uint32 // of a session that is kept, in seconds; 0: sessionExpiry
}

// sessionExpiry is in seconds: longer than any round.
const sessionExpiry = 3600

// dialMQTT connects and returns when CONNACK was accepted.
func (r *Round) dialMQTT(trail *Trail, o mqttHello, on func(*mqttClient) mqttEvents) (*mqttClient, error) {
	w, err := r.dial(r.at.MQTT)
	if err != nil {
		return nil, err
	}
	c := &mqttClient{
		wire: w, round: r, trail: trail, version: o.version,
		connected: make(chan struct{}), answers: make(map[uint16]func([]byte)),
	}
	c.on = on(c)
	c.decoder.Init(codec.FromServer, nil)
	c.decoder.SetVersion(o.version)
	go func() {
		c.read(c.on.between, c.take)
		c.decoder.Release()
		c.on.closed()
	}()
	var properties []byte
	if o.version == codec.V5 {
		if o.keep {
			properties = codec.AppendUint32Property(properties, codec.PropSessionExpiry, cmp.Or(o.expiry, sessionExpiry))
		}
		if o.receiveMax > 0 {
			properties = codec.AppendUint16Property(properties, codec.PropReceiveMaximum, uint16(o.receiveMax))
		}
	}
	connect := codec.Connect{Version: o.version, ClientID: []byte(o.id), CleanStart: o.clean, KeepAlive: 600}
	if o.will != nil {
		connect.HasWill, connect.Will = true, *o.will
	}
	if err := c.send(codec.AppendConnect(nil, &connect, properties), nil); err != nil {
		return nil, err
	}
	select {
	case <-c.connected:
		return c, nil
	case <-c.ended:
		select {
		case <-c.connected: // and closed since
			return c, nil
		default:
		}
		return nil, fmt.Errorf("the server ends the connection before CONNACK: %w", c.err)
	case <-time.After(patience):
		return nil, errors.New("no CONNACK")
	}
}

// packetID is the next identifier for SUBSCRIBE and UNSUBSCRIBE. Publishers
// number their publishes themselves and do not subscribe.
func (c *mqttClient) packetID(answer func(codes []byte)) uint16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nextID++; c.nextID == 0 {
		c.nextID = 1
	}
	c.answers[c.nextID] = answer
	return c.nextID
}

// answered is called with what packetID has asked for.
func (c *mqttClient) answered(what codec.Type, id uint16, codes []byte) error {
	c.mu.Lock()
	answer := c.answers[id]
	delete(c.answers, id)
	c.mu.Unlock()
	if answer == nil {
		return fmt.Errorf("%v of packet id %d, which nobody asked for", what, id)
	}
	answer(codes)
	return nil
}

// ping sends PINGREQ behind b; answered is called on the reader.
func (c *mqttClient) ping(b []byte, answered func()) error {
	return c.send(codec.AppendPingreq(b), func() {
		c.mu.Lock()
		c.pings = append(c.pings, answered)
		c.mu.Unlock()
	})
}

// fence is ping, and waits.
func (c *mqttClient) fence(b []byte, then func()) error {
	done := make(chan struct{})
	err := c.ping(b, func() {
		if then != nil {
			then()
		}
		close(done)
	})
	if err != nil {
		return err
	}
	return c.await(done, "PINGRESP")
}

// await is natsClient.await.
func (c *mqttClient) await(done chan struct{}, what string) error {
	select {
	case <-done:
	case <-c.ended:
	case <-time.After(patience):
		return fmt.Errorf("%s: no %s", c.trail.Name, what)
	}
	return nil
}

// take is given what was read.
func (c *mqttClient) take(in []byte) error {
	var p codec.Packet
	for {
		n, err := c.decoder.Next(in, &p)
		if err != nil {
			return err
		}
		in = in[n:]
		if p.Type == 0 {
			return nil
		}
		if err := c.packet(&p); err != nil {
			return err
		}
	}
}

func (c *mqttClient) packet(p *codec.Packet) error {
	if !c.took {
		if p.Type != codec.TypeConnack || p.ReasonCode != 0 {
			return fmt.Errorf("CONNECT is answered by %v %#x", p.Type, byte(p.ReasonCode))
		}
		c.took = true
		defer close(c.connected)
		return c.on.accepted(p)
	}
	switch p.Type {
	case codec.TypePublish:
		return c.on.publish(p)
	case codec.TypePuback, codec.TypePubrec, codec.TypePubrel, codec.TypePubcomp:
		return c.on.acknowledged(p)
	case codec.TypeSuback, codec.TypeUnsuback:
		return c.answered(p.Type, p.ID, p.Payload)
	case codec.TypePingresp:
		c.mu.Lock()
		if len(c.pings) == 0 {
			c.mu.Unlock()
			return errors.New("PINGRESP without a PINGREQ")
		}
		answered := c.pings[0]
		c.pings = c.pings[1:]
		c.mu.Unlock()
		answered()
	case codec.TypeDisconnect:
		if p.ReasonCode != codec.CodeSessionTakenOver || !c.ending.Load() {
			return fmt.Errorf("DISCONNECT %#x", byte(p.ReasonCode))
		}
		c.trail.Note("taken over", 0)
	default:
		return fmt.Errorf("unexpected %v", p.Type)
	}
	return nil
}
