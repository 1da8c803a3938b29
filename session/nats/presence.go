package nats

import (
	"strconv"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

// entered tells of a client that has introduced itself.
func (s *Session) entered(c *codec.Connect) {
	h := s.lane.hub
	if !h.Watched() {
		return
	}
	peer := s.conn.Peer()
	client := &hub.Client{
		ID:         idOf(c.Name, peer.ID),
		Protocol:   "nats",
		Version:    c.Version,
		User:       c.User,
		Peer:       peer.Remote.String(),
		CleanStart: true,
	}
	s.about.client = client
	h.Happened(hub.ClientEvent{Kind: hub.Connected, Client: client})
}

// idOf makes an identifier, of which NATS clients have none, of the name that
// several may share and the number of the connection.
func idOf(name string, connection uint64) string {
	if name == "" {
		name = "nats"
	}
	return name + "-" + strconv.FormatUint(connection, 10)
}

// left tells that the client is not connected any more.
func (s *Session) left(why reason.ID) {
	if c := s.client(); c != nil {
		s.about.client = nil
		s.lane.hub.Happened(hub.ClientEvent{Kind: hub.Disconnected, Client: c, Reason: why})
	}
}

// subscribed tells of a SUB.
func (s *Session) subscribed(f *codec.Frame) {
	if s.client() == nil || !s.lane.hub.SubscriptionsWatched() {
		return
	}
	s.lane.hub.Happened(hub.ClientEvent{
		Kind: hub.Subscribed, Client: s.client(),
		Filter: string(f.Subject), Group: string(f.Queue),
	})
}

// unsubscribed is what is to be told of the end of b, if anything; b may be nil.
func (s *Session) unsubscribed(b *subscription) (e hub.ClientEvent, ok bool) {
	if b == nil || s.client() == nil || !s.lane.hub.SubscriptionsWatched() {
		return e, false
	}
	return hub.ClientEvent{Kind: hub.Unsubscribed, Client: s.client(), Filter: b.subject()}, true
}

// subject is what the client has subscribed to, in its own spelling.
func (b *subscription) subject() string {
	name := b.name[:len(b.name)-int(b.queue)]
	if b.tail != 0 {
		if name != "" {
			name += "."
		}
		name += ">"
	}
	own, _ := b.session.mount().Strip([]byte(name))
	return string(own)
}

// exhausted ends a subscription within the delivery that was its last.
func (s *Session) exhausted(b *subscription) {
	s.unsubscribe(b)
	if e, ok := s.unsubscribed(b); ok {
		s.lane.hub.HappenedMeanwhile(e)
	}
}
