package nats

import (
	"net"
	"strconv"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
)

// mount is the session's mountpoint; nil: it is not known.
func (s *Session) mount() *translate.Mountpoint {
	switch {
	case !s.lane.varies:
		return &s.lane.mount
	case s.own == nil:
		return nil
	}
	return s.own.mount
}

// enterMount gives a new session its mountpoint, if it is its own and known already.
func (s *Session) enterMount() {
	if s.lane.varies && !s.lane.opts.Mount.AfterLogin() {
		s.fillMount("")
	}
}

// fillMount makes the mountpoint of a session of its own. false: there is none.
func (s *Session) fillMount(user string) bool {
	peer := s.conn.Peer()
	v := translate.MountValues{ClientID: strconv.FormatUint(peer.ID, 10), Username: user}
	if a, ok := peer.Remote.(*net.TCPAddr); ok {
		v.PeerHost = a.IP.String()
	}
	m, ok := s.lane.opts.Mount.Fill(&v)
	if s.owned().mount = nil; ok {
		s.own.mount = &m
	}
	return ok
}

// unmounted tells whether an operation must be refused because nobody knows whose
// names it uses, and ends the connection.
func (s *Session) unmounted() bool {
	if s.mount() == nil {
		s.fail(reason.MountpointValue)
		return true
	}
	return false
}

// mountNames moves the names of m below the mountpoint, in the lane's scratch.
func (s *Session) mountNames(m *message.Message) {
	l, mount := s.lane, s.mount()
	l.subject = mount.Add(l.subject[:0], m.Subject)
	m.Subject = l.subject
	if len(m.Reply) > 0 {
		l.reply = mount.Add(l.reply[:0], m.Reply)
		m.Reply = l.reply
	}
}

// unmount gives the names as this client knows them. A reply that lies outside
// the mountpoint has no such name, and is left out.
func (s *Session) unmount(m *message.Message) (subject, reply []byte) {
	mount := s.mount()
	subject, _ = mount.Strip(m.Subject)
	if len(m.Reply) == 0 || translate.IsGatewayReply(m.Reply) {
		return subject, m.Reply
	}
	reply, ok := mount.Strip(m.Reply)
	if !ok {
		s.lane.hub.Reasons.Add(reason.ReplyOutsideMountpoint, 1)
		return subject, nil
	}
	return subject, reply
}
