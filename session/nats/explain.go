package nats

import (
	"bytes"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
)

// Enter does to m, the subject of which is the client's, what its PUB goes through
// before it reaches the hub, or says why it does not.
func (l *Lane) Enter(m *message.Message) reason.ID {
	said := m.Subject
	switch {
	case len(m.Payload)+len(m.Headers) > l.opts.Limits.Payload:
		return reason.PayloadTooLarge
	case len(said) == 0 || bytes.ContainsAny(said, " \t\r\n"):
		return reason.MalformedArguments
	case codec.ReservedPublish(said):
		return reason.ReservedSubject
	}
	m.Retain = m.Retain || translate.PublishRetain(m.Headers)
	if l.mounted {
		l.mountNames(m)
	}
	if hub.Reserved(m.Subject) {
		return reason.ReservedSubject
	}
	if translate.IsGatewayReply(said) {
		return l.answer(m, said)
	}
	return reason.None
}

// Client describes the client of a session and returns it as a publisher.
func (s *Session) Client(to *explain.Client) hub.Sender {
	s.describe(to)
	return hub.Sender{Owner: s.pub.Owner, Lane: uint16(s.lane.hub.Index()), NoEcho: s.pub.NoEcho}
}

func (s *Session) describe(to *explain.Client) {
	peer := s.conn.Peer()
	*to = explain.Client{
		Protocol: "nats", CID: peer.ID, Address: peer.Remote.String(), Lane: s.lane.hub.Index(),
		Connected: true, Closing: s.closing, OutputWait: s.out.Len(),
		NoHeaders: !s.headers, NoEcho: s.pub.NoEcho, Verbose: s.verbose,
	}
	if s.client != nil {
		to.Name, to.Version = s.client.ID, s.client.Version
	}
}

// Describe is hub.Explained's.
func (b *subscription) Describe(c *explain.Client, to *explain.Subscription) {
	b.session.describe(c)
	*to = explain.Subscription{Filter: b.subject(), Group: b.name[len(b.name)-int(b.queue):]}
}

// Would is hub.Explained's.
func (b *subscription) Would(_ *message.Message, _ *hub.Route, _ *hub.Copy, to *explain.Copy) {
	to.Verdict = explain.Delivered
	if b.session.closing {
		to.Verdict, to.Declines, to.Reason = explain.Dropped, true, reason.Of(reason.ReceiverClosing).Name
	}
}

// ID is the number of the connection.
func (s *Session) ID() uint64 { return s.conn.Peer().ID }
