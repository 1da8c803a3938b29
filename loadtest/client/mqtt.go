package client

import (
	"fmt"
	"time"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// inputMQTT hands over what has come. Packets alias in.
func (c *Client) inputMQTT(in []byte) error {
	p, m := &c.loop.packet, &c.loop.msg
	for {
		n, err := c.mqtt.Next(in, p)
		if err != nil {
			return err
		}
		in = in[n:]
		switch p.Type {
		case 0:
			return nil
		case mqtt.TypePublish:
			*m = Message{Topic: p.Topic, Payload: p.Payload, QoS: p.QoS, Dup: p.Dup}
			if p.Properties.Present != 0 {
				m.Reply, m.Correlation = p.Properties.ResponseTopic, p.Properties.CorrelationData
			}
			id := p.ID
			c.on.Message(c, m)
			if m.QoS == 1 && c.state != stateClosed {
				c.SetOutput(mqtt.AppendPuback(c.Output(), c.opts.Version, id, 0, nil))
			}
		case mqtt.TypePuback:
			c.on.Acked(c, p.ID, p.ReasonCode)
		default:
			if err := c.controlMQTT(p); err != nil {
				return err
			}
		}
		if c.state == stateClosed {
			return nil
		}
	}
}

// controlMQTT handles everything but messages and their acknowledgements.
func (c *Client) controlMQTT(p *mqtt.Packet) error {
	switch p.Type {
	case mqtt.TypeConnack:
		return c.connack(p)
	case mqtt.TypeSuback, mqtt.TypeUnsuback:
		code := mqtt.CodeSuccess
		if len(p.Payload) > 0 {
			code = mqtt.ReasonCode(p.Payload[0])
		}
		c.on.Granted(c, p.ID, code)
	case mqtt.TypePingresp:
		if len(c.fences) > 0 {
			c.fences = c.fences[1:]
		}
		c.on.Ponged(c)
	case mqtt.TypeDisconnect:
		c.words = fmt.Sprintf("DISCONNECT 0x%02X %s", byte(p.ReasonCode), p.ReasonCode)
		return errClosed
	default:
		return fmt.Errorf("unexpected %s", p.Type)
	}
	return nil
}

func (c *Client) connack(p *mqtt.Packet) error {
	if p.ReasonCode != 0 {
		if c.opts.Version == mqtt.V5 {
			return fmt.Errorf("refused: CONNACK 0x%02X %s", byte(p.ReasonCode), p.ReasonCode)
		}
		return fmt.Errorf("refused: CONNACK return code %d", byte(p.ReasonCode))
	}
	if p.Properties.Has(mqtt.PropReceiveMaximum) {
		c.ReceiveMax = p.Properties.ReceiveMaximum
	}
	c.opened()
	return nil
}

func (c *Client) connectMQTT() {
	o := c.opts
	connect := mqtt.Connect{
		Version:     o.Version,
		CleanStart:  true,
		KeepAlive:   uint16(min(o.KeepAlive/time.Second, 65535)),
		ClientID:    []byte(c.id),
		HasUsername: o.User != "",
		HasPassword: o.Password != "",
		Username:    []byte(o.User),
		Password:    []byte(o.Password),
	}
	var properties []byte
	if o.ReceiveMax > 0 {
		properties = mqtt.AppendUint16Property(nil, mqtt.PropReceiveMaximum, o.ReceiveMax)
	}
	c.SetOutput(mqtt.AppendConnect(c.Output(), &connect, properties))
}
