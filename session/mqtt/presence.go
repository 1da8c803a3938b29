package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

// entered counts a client that was accepted, and tells of it.
func (s *Session) entered(c *codec.Connect) {
	h := s.lane.hub
	h.Hub().Clients().Enter()
	if !h.Watched() {
		return
	}
	client := &hub.Client{
		ID:         s.state.clientID,
		Protocol:   "mqtt",
		Version:    versionNames[c.Version],
		User:       string(c.Username),
		Peer:       s.conn.Peer().Remote.String(),
		CleanStart: c.CleanStart,
		Expiry:     s.state.expiry,
	}
	s.about.client, s.state.client = client, client
	h.Happened(hub.ClientEvent{Kind: hub.Connected, Client: client})
}

var versionNames = map[codec.Version]string{codec.V31: "3.1", codec.V311: "3.1.1", codec.V5: "5.0"}

// takenOver tells that the connection has to give its session to another. One
// that was about to end for a reason of its own ends for that.
func (s *Session) takenOver() {
	if s.why == reason.Takeover && s.client() != nil {
		s.lane.hub.Happened(hub.ClientEvent{Kind: hub.TakenOver, Client: s.client()})
	}
	s.left(s.why)
}

// left tells that the client is not connected any more, unless it was told.
func (s *Session) left(why reason.ID) {
	if c := s.client(); c != nil {
		s.about.client = nil
		s.lane.hub.Happened(hub.ClientEvent{Kind: hub.Disconnected, Client: c, Reason: why})
	}
}

// subscribed tells of the filters of a SUBSCRIBE that were granted.
func (s *Session) subscribed(p *codec.Packet) {
	if s.client() == nil || !s.lane.hub.SubscriptionsWatched() {
		return
	}
	filters := p.Filters()
	for i := 0; ; i++ {
		filter, options, ok := filters.Next()
		if !ok {
			return
		}
		if b := s.state.subs.Get(filter); b != nil && s.granted(i) {
			s.lane.hub.Happened(hub.ClientEvent{
				Kind: hub.Subscribed, Client: s.client(),
				Filter: b.filter, QoS: min(options.QoS(), s.lane.opts.MaxQoS),
			})
		}
	}
}

// unsubscribed tells of the filters of an UNSUBSCRIBE that there were.
func (s *Session) unsubscribed(p *codec.Packet) {
	if s.client() == nil || !s.lane.hub.SubscriptionsWatched() {
		return
	}
	filters := p.Filters()
	for i := 0; ; i++ {
		filter, _, ok := filters.Next()
		if !ok {
			return
		}
		if codec.ReasonCode(s.lane.codes[i]) == codec.CodeSuccess {
			s.lane.hub.Happened(hub.ClientEvent{Kind: hub.Unsubscribed, Client: s.client(), Filter: string(filter)})
		}
	}
}

// granted tells whether filter number i of the SUBSCRIBE at hand was.
func (s *Session) granted(i int) bool { return !codec.ReasonCode(s.lane.codes[i]).Failed() }
