package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/session"
)

// about is what few clients have: a user name, somebody who is told of them, or a
// wish.
type about struct {
	user   string
	client *hub.Client // nil: nobody is told of it, or was told that it has left
	terse  bool        // Request Problem Information is 0
}

// userMost bounds what is kept of a user name, in bytes.
const userMost = 256

// introduce keeps what a client says of itself.
func (s *Session) introduce(c *codec.Connect) {
	if len(c.Username) > 0 || s.lane.hub.Watched() {
		s.putAbout().user = string(c.Username[:min(len(c.Username), userMost)])
	}
}

func (s *Session) putAbout() *about {
	if s.about == nil {
		s.about = new(about)
	}
	return s.about
}

// terse tells whether the client wants no reasons in words.
func (s *Session) terse() bool { return s.about != nil && s.about.terse }

// client is who is told of; nil: nobody.
func (s *Session) client() *hub.Client {
	if s.about == nil {
		return nil
	}
	return s.about.client
}

// Describe is session.Describer's.
func (s *Session) Describe(to *session.Facts, list bool) {
	to.Protocol = "mqtt"
	to.Since, to.Heard = s.since.Time(), s.heard
	to.Version = versionNames[s.version]
	if s.about != nil {
		to.User = s.about.user
	}
	to.In, to.Out = s.pub.Tally(), s.delivered
	to.Sender = hub.Sender{Owner: s.pub.Owner, Lane: uint16(s.lane.hub.Index()), NoEcho: s.pub.NoEcho}
	st := s.state
	if st == nil {
		return
	}
	to.Name = st.clientID
	if st.conn != s {
		return // its subscriptions are another connection's by now
	}
	to.Subscriptions = st.subs.Len()
	if list {
		st.subs.Each(func(b *subscription) {
			to.List = append(to.List, session.Subscribed{Subscription: b.what(), Key: b.filter, Delivered: b.delivered})
		})
	}
}
