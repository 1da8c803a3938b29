package client

import (
	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/codec/nats"
)

// These append to what waits to be sent; Flush sends it. Names are in the form
// of the connection's protocol.

// nextID returns a packet identifier, or a NATS sid, that was not used for long.
func (c *Client) nextID() uint16 {
	c.lastID++
	if c.lastID == 0 {
		c.lastID = 1
	}
	return c.lastID
}

// Subscribe subscribes, as a member of a group unless group is empty. Granted
// answers with the identifier that is returned, which Unsubscribe of NATS wants.
// qos is MQTT's.
func (c *Client) Subscribe(filter, group string, qos byte) uint16 {
	id := c.nextID()
	if c.opts.Protocol == NATS {
		c.SetOutput(nats.AppendSub(c.Output(), []byte(filter), []byte(group), sid(id)))
		c.fence(id)
		return id
	}
	if group != "" {
		filter = "$share/" + group + "/" + filter
	}
	c.SetOutput(mqtt.AppendSubscribe(c.Output(), c.opts.Version, id, nil, []mqtt.Subscription{
		{Filter: []byte(filter), Options: mqtt.NewSubscribeOptions(qos, false, false, 0)},
	}))
	return id
}

// Unsubscribe ends what Subscribe began with filter and answered with id.
// Granted answers with the identifier that is returned.
func (c *Client) Unsubscribe(filter string, id uint16) uint16 {
	if c.opts.Protocol == NATS {
		c.SetOutput(nats.AppendUnsub(c.Output(), sid(id), 0))
		id = c.nextID()
		c.fence(id)
		return id
	}
	id = c.nextID()
	c.SetOutput(mqtt.AppendUnsubscribe(c.Output(), c.opts.Version, id, nil, [][]byte{[]byte(filter)}))
	return id
}

// Ping asks for Ponged.
func (c *Client) Ping() {
	if c.opts.Protocol == NATS {
		c.fence(0)
		return
	}
	c.SetOutput(mqtt.AppendPingreq(c.Output()))
}

// Leave tells the server that the connection is over. NATS has no words for it.
func (c *Client) Leave() {
	if c.state == stateOpen && c.opts.Protocol == MQTT {
		c.SetOutput(mqtt.AppendDisconnect(c.Output(), c.opts.Version, 0, nil))
		c.Flush()
	}
}
