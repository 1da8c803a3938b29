package client

import (
	"fmt"
	"strconv"

	"github.com/isthmus-mq/isthmus/codec/nats"
)

// inputNATS hands over what has come. Frames alias in.
func (c *Client) inputNATS(in []byte) error {
	f, m := &c.loop.frame, &c.loop.msg
	for {
		n, err := c.nats.Next(in, f)
		if err != nil {
			return err
		}
		in = in[n:]
		switch f.Op {
		case nats.OpNone:
			return nil
		case nats.OpMsg:
			*m = Message{Topic: f.Subject, Reply: f.Reply, Payload: f.Payload}
			c.on.Message(c, m)
		case nats.OpHMsg:
			*m = Message{Topic: f.Subject, Reply: f.Reply, Payload: f.Payload}
			m.Status, _ = nats.HeaderStatus(f.Headers)
			c.on.Message(c, m)
		default:
			if err := c.controlNATS(f); err != nil {
				return err
			}
		}
		if c.state == stateClosed {
			return nil
		}
	}
}

// controlNATS handles everything but messages.
func (c *Client) controlNATS(f *nats.Frame) error {
	switch f.Op {
	case nats.OpInfo:
		if c.state == stateGreeting {
			return c.connectNATS(f.Args)
		}
	case nats.OpPing:
		c.append(nats.Pong)
	case nats.OpPong:
		c.ponged()
	case nats.OpOK:
		if c.state == stateOpen {
			c.on.Acked(c, 0, 0)
		}
	case nats.OpErr:
		c.words = fmt.Sprintf("-ERR '%s'", f.Args)
	}
	return nil
}

func (c *Client) connectNATS(info []byte) error {
	var i nats.Info
	if err := i.Merge(info); err != nil {
		return err
	}
	if i.TLSRequired {
		return fmt.Errorf("the server demands TLS, which this tool does not speak")
	}
	o := c.opts
	connect := nats.DefaultConnect()
	connect.Verbose, connect.Pedantic = o.Verbose, false
	connect.Name, connect.Lang, connect.Version, connect.Protocol = c.id, "go", "isthmus-load", 1
	connect.Headers, connect.NoResponders = true, o.NoResponders
	connect.User, connect.Pass, connect.AuthToken = o.User, o.Password, o.Token
	c.SetOutput(nats.AppendConnect(c.Output(), &connect))
	c.append(nats.Ping)
	c.state = stateAnswering
	return nil
}

func (c *Client) ponged() {
	if c.state == stateAnswering {
		c.opened()
		return
	}
	if len(c.fences) == 0 {
		return
	}
	id := c.fences[0]
	c.fences = c.fences[1:]
	if id == 0 {
		c.on.Ponged(c)
		return
	}
	c.on.Granted(c, id, 0)
}

// fence asks for a PONG, which will be the answer for id.
func (c *Client) fence(id uint16) {
	if len(c.fences) == 0 {
		c.fences = nil // not to keep what was sliced off
	}
	c.fences = append(c.fences, id)
	c.append(nats.Ping)
}

func (c *Client) append(s string) { c.SetOutput(append(c.Output(), s...)) }

func sid(id uint16) []byte { return strconv.AppendUint(nil, uint64(id), 10) }
