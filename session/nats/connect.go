package nats

import (
	"net"
	"runtime"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// connect handles CONNECT (§4). A second one is merged over the first and, as
// in nats-server, drops the connection's subscriptions. Credentials, which an
// open server ignores, are not kept.
func (s *Session) connect(args []byte) {
	c := codec.DefaultConnect()
	c.Verbose, c.Pedantic, c.Echo = s.verbose, s.pedantic, !s.pub.NoEcho
	c.Headers, c.NoResponders = s.headers, s.noResponders
	if c.Merge(args) != nil {
		s.fail(reason.BadConnect)
		return
	}
	switch {
	case c.Account != "" || c.NewAccount:
		s.fail(reason.AccountNotSupported)
		return
	case c.Protocol != 0 && c.Protocol != 1:
		s.fail(reason.InvalidClientProtocol)
		return
	case c.NoResponders && !c.Headers:
		s.fail(reason.NoRespondersNeedsHeaders)
		return
	}
	again := s.connected
	if again {
		s.unsubscribeAll()
	}
	s.connected = true
	s.apply(&c)
	s.ok()
	if !again {
		s.introduce(&c)
		s.entered(&c)
	}
}

// apply takes over the options that matter at each operation.
func (s *Session) apply(c *codec.Connect) {
	s.verbose, s.pedantic, s.headers = c.Verbose, c.Pedantic, c.Headers
	s.noResponders = c.NoResponders
	s.pub.NoEcho = !c.Echo
}

// sendInfo writes the INFO line (§3).
func (s *Session) sendInfo() {
	b := s.lane.opts.AppendInfo(s.out.Reserve(512), s.conn.Peer())
	s.out.Commit(b)
}

// AppendInfo appends the INFO line for a connection; also used at the door for
// one that is about to be refused.
func (o *Options) AppendInfo(dst []byte, peer session.Peer) []byte {
	info := codec.Info{
		ServerID:   o.ServerID,
		ServerName: o.ServerName,
		Version:    o.Version,
		Proto:      1,
		Go:         runtime.Version(),
		Headers:    true,
		MaxPayload: o.Limits.Payload,
		ClientID:   peer.ID,
	}
	if a, ok := peer.Local.(*net.TCPAddr); ok {
		info.Host, info.Port = a.IP.String(), a.Port
	}
	if a, ok := peer.Remote.(*net.TCPAddr); ok {
		info.ClientIP = a.IP.String()
	}
	return codec.AppendInfo(dst, &info)
}

// AppendRefusal appends what a client is told that is turned away at the door
// (§2: INFO comes first even then).
func (o *Options) AppendRefusal(dst []byte, peer session.Peer, why reason.ID) []byte {
	dst = o.AppendInfo(dst, peer)
	if text := reason.Of(why).NATS; text != "" {
		dst = codec.AppendErr(dst, text)
	}
	return dst
}
