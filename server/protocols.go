package server

import (
	"github.com/isthmus-mq/isthmus/engine"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/session/mqtt"
	"github.com/isthmus-mq/isthmus/session/nats"
)

// natsProtocol is what the engine must know of NATS: the server speaks first,
// so nothing is read at the door, and any lane will do.
type natsProtocol struct {
	opts  *nats.Options
	lanes []*nats.Lane
}

// NewNATS returns the NATS protocol for the lanes of h.
func NewNATS(h *hub.Hub, opts *nats.Options) engine.Protocol {
	p := &natsProtocol{opts: opts}
	for i := range h.Lanes() {
		p.lanes = append(p.lanes, nats.NewLane(h.Lane(i), opts))
	}
	return p
}

func (p *natsProtocol) Name() string            { return "nats" }
func (p *natsProtocol) Home([]byte) engine.Home { return engine.Home{Decided: true} }

func (p *natsProtocol) NewSession(lane int, conn session.Conn) session.Session {
	return p.lanes[lane].NewSession(conn)
}

func (p *natsProtocol) AppendRefusal(dst, _ []byte, peer session.Peer, why reason.ID) []byte {
	return p.opts.AppendRefusal(dst, peer, why)
}

// mqttProtocol is what the engine must know of MQTT: the client identifier in
// the first packet decides on the lane.
type mqttProtocol struct {
	opts  *mqtt.Options
	lanes []*mqtt.Lane
}

// NewMQTT returns the MQTT protocol for the lanes of h.
func NewMQTT(h *hub.Hub, opts *mqtt.Options) engine.Protocol {
	p := &mqttProtocol{opts: opts}
	for i := range h.Lanes() {
		p.lanes = append(p.lanes, mqtt.NewLane(h.Lane(i), opts))
	}
	return p
}

func (p *mqttProtocol) Name() string { return "mqtt" }

func (p *mqttProtocol) Home(first []byte) engine.Home {
	hash, pinned, decided := p.opts.Home(first)
	return engine.Home{Decided: decided, Pinned: pinned, Hash: hash}
}

func (p *mqttProtocol) NewSession(lane int, conn session.Conn) session.Session {
	return p.lanes[lane].NewSession(conn)
}

func (p *mqttProtocol) AppendRefusal(dst, first []byte, _ session.Peer, why reason.ID) []byte {
	return p.opts.AppendRefusal(dst, first, why)
}
