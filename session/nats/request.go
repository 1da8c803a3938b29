package nats

import (
	"bytes"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
)

// Requests answers what clients ask the server itself (§14).
type Requests interface {
	// Ask takes a request, or tells that there is nobody to answer it. It is
	// called on the lane of the asker, in a turn, and does not block. What it
	// is given dies with the call. Answers are published on the lane later.
	Ask(l *hub.Lane, r *Request) bool
}

// Request is one message with a reply to a subject below RequestRoot.
type Request struct {
	Subject []byte // as the client says it
	Headers []byte // block as published
	Payload []byte
	Reply   []byte // canonical: below the mountpoint of the asker
	Prefix  []byte // of the mountpoint of the asker, canonical; empty: none
	Client  uint64 // session.Peer.ID of the asker
	User    string // as the asker says it is called
}

// RequestRoot is what subjects begin with on which the server itself answers.
const RequestRoot = "$SYS.REQ."

var requestRoot = []byte(RequestRoot)

// ask puts the publish at hand, which has a reply and is mounted as m, to the server
// itself, if it is for it. Subscribers get it all the same.
func (s *Session) ask(f *codec.Frame, m *message.Message) bool {
	r := s.lane.opts.Requests
	if r == nil || !bytes.HasPrefix(f.Subject, requestRoot) || hub.Reserved(m.Reply) {
		return false
	}
	return r.Ask(s.lane.hub, &Request{
		Subject: f.Subject,
		Headers: m.Headers,
		Payload: f.Payload,
		Reply:   m.Reply,
		Prefix:  s.mount().Prefix(),
		Client:  s.conn.Peer().ID,
		User:    s.user(),
	})
}
