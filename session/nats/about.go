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
	*library   // never nil
	name, user string
	client     *hub.Client // nil: nobody is told of it, or was told that it has left
}

// library is a client library. Clients with the same one share it.
type library struct {
	language, version string
	nameless          *about // that of clients which say nothing else; nil: none has come yet
}

const (
	// aboutMost bounds each thing that is kept of what a client says, in bytes.
	aboutMost = 256
	// mostLibraries bounds the libraries that a lane remembers, so that clients share
	// them.
	mostLibraries = 64
)

// introduce keeps what a client says of itself, with those who say the same.
func (s *Session) introduce(c *codec.Connect) {
	l := s.lane
	if c.Name == "" && c.User == "" && c.Lang == "" && c.Version == "" && !l.hub.Watched() {
		return
	}
	of := l.library(c)
	if c.Name != "" || c.User != "" || l.hub.Watched() {
		s.about = &about{library: of, name: kept(c.Name), user: kept(c.User)}
		return
	}
	if of.nameless == nil {
		of.nameless = &about{library: of}
	}
	s.about = of.nameless
}

// library returns that of a client.
func (l *Lane) library(c *codec.Connect) *library {
	key := [2]string{c.Lang[:min(len(c.Lang), aboutMost)], c.Version[:min(len(c.Version), aboutMost)]}
	of := l.libraries[key]
	if of == nil {
		key = [2]string{kept(c.Lang), kept(c.Version)}
		of = &library{language: key[0], version: key[1]}
		if len(l.libraries) < mostLibraries {
			l.libraries[key] = of
		}
	}
	return of
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
	to.Sender = hub.Sender{Owner: s.pub.Owner, Lane: uint16(s.lane.hub.Index()), NoEcho: s.pub.NoEcho}
	to.Subscriptions = s.subs.Len()
	if list {
		s.subs.Each(func(b *subscription) {
			to.List = append(to.List, session.Subscribed{
				Subscription: b.what(), Key: b.sid, Delivered: b.delivered, Max: b.max,
			})
		})
	}
}
