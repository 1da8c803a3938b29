package nats

import (
	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/reason"
)

// connect handles CONNECT (§4). A second one is merged over the first and, as
// in nats-server, drops the connection's subscriptions. Credentials, which an
// open server ignores, are not kept.
func (s *Session) connect(args []byte) {
	c := codec.DefaultConnect()
	c.Verbose, c.Pedantic, c.Echo = s.verbose, s.pedantic, !s.pub.NoEcho
	c.Headers, c.NoResponders = s.headers, s.noResponders
	if s.hello.has(takesInfo) {
		c.Protocol = 1
	}
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
	again := s.hello.has(connected)
	if again {
		s.unsubscribeAll()
	}
	if s.lane.varies && !s.fillMount(c.User) {
		s.fail(reason.MountpointValue)
		return
	}
	s.hello = s.hello&ponged | connected
	if c.Protocol >= 1 {
		s.hello |= takesInfo
	}
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
	s.parser.TakeHeaders(c.Headers)
	s.noResponders = c.NoResponders
	s.pub.NoEcho = !c.Echo
}
