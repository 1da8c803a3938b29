package nats

import (
	"strings"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/session"
)

// about is who a client says it is. It never changes, except that client is
// taken away once the client has left.
type about struct {
	library
	name, user string
	client     *hub.Client // nil: nobody is told of it, or was told that it has left
}

// library is the client library.
type library struct{ language, version string }

const (
	// aboutMost bounds each thing that is kept of what a client says, in bytes.
	aboutMost = 256
	// nameless bounds the libraries whose clients without a name share one about.
	nameless = 64
)

// introduce keeps what a client says of itself, with those who say the same.
func (s *Session) introduce(c *codec.Connect) {
	l := s.lane
	of := library{kept(c.Lang), kept(c.Version)}
	if c.Name != "" || c.User != "" || l.hub.Watched() {
		s.about = &about{library: of, name: kept(c.Name), user: kept(c.User)}
		return
	}
	if of == (library{}) {
		return
	}
	shared := l.nameless[of]
	if shared == nil {
		shared = &about{library: of}
		if len(l.nameless) < nameless {
			l.nameless[of] = shared
		}
	}
	s.about = shared
}

// kept is the beginning of s, which may be part of something larger.
func kept(s string) string { return strings.Clone(s[:min(len(s), aboutMost)]) }

// client is who is told of; nil: nobody.
func (s *Session) client() *hub.Client {
	if s.about == nil {
		return nil
	}
	return s.about.client
}

// user is what the client says it is called; empty: nothing.
func (s *Session) user() string {
	if s.about == nil {
		return ""
	}
	return s.about.user
}

// pinged notes that PING is on its way, ponged that the answer has come.
func (s *Session) pinged() {
	s.asked, s.trip = true, uint32(s.conn.Now().Microseconds())
}

func (s *Session) ponged() {
	if s.asked {
		s.asked, s.trip = false, max(1, uint32(s.conn.Now().Microseconds())-s.trip)
	}
}

// Describe is session.Describer's.
func (s *Session) Describe(to *session.Facts, list bool) {
	to.Protocol = "nats"
	to.Since, to.Heard = s.since.Time(), s.heard
	if !s.asked {
		to.RTT = time.Duration(s.trip) * time.Microsecond
	}
	if a := s.about; a != nil {
		to.Name, to.User, to.Language, to.Version = a.name, a.user, a.language, a.version
	}
	to.In, to.Out = s.pub.Tally(), s.delivered
	to.Subscriptions = s.subs.Len()
	if list {
		s.subs.Each(func(b *subscription) {
			to.List = append(to.List, session.Subscribed{
				Subscription: b.what(), Key: b.sid, Delivered: b.delivered, Max: b.max,
			})
		})
	}
}
