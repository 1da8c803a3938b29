package nats

import (
	"net"
	"runtime"
	"strconv"
	"sync/atomic"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// account is what nats-server calls the only account of a server without any.
const account = "$G"

// Announced is what INFO says of the server that may change while it runs. The
// zero value says nothing; any goroutine may use it.
type Announced struct {
	now atomic.Pointer[announced]
}

type announced struct {
	urls     []string
	lameDuck bool
}

// Advertise sets the addresses, host:port each, at which clients reach this server
// and others like it: connect_urls of every INFO from now on. The first stands in
// host and port, too. False: a server that is about to stop has none.
func (a *Announced) Advertise(urls []string) bool {
	if a.load().lameDuck {
		return false
	}
	a.now.Store(&announced{urls: urls})
	return true
}

// LameDuck makes every INFO from now on say that the server is about to stop, and
// no longer where it is.
func (a *Announced) LameDuck() {
	a.now.Store(&announced{lameDuck: true})
}

func (a *Announced) load() announced {
	if now := a.now.Load(); now != nil {
		return *now
	}
	return announced{}
}

// greet writes the INFO line that comes first (§3).
func (s *Session) greet() { s.sendInfo(s.info()) }

// pong answers a PING. Behind the first one after CONNECT comes INFO, if the
// client takes it then: from here on it may come at any time.
func (s *Session) pong() {
	s.out.WriteString(codec.Pong)
	if s.hello.has(ponged) || !s.hello.has(connected) {
		return
	}
	s.hello |= ponged
	if s.hello.has(takesInfo) {
		info := s.info()
		info.ConnectInfo, info.RemoteAccount = true, account
		s.sendInfo(info)
	}
}

// Announce sends INFO anew, to clients that take it.
func (s *Session) Announce() {
	if s.hello.has(ponged|takesInfo) && !s.closing {
		s.sendInfo(s.info())
	}
}

func (s *Session) info() *codec.Info { return s.lane.opts.info(s.conn.Peer()) }

func (s *Session) sendInfo(info *codec.Info) {
	l := s.lane
	l.line = codec.AppendInfo(l.line[:0], info)
	s.out.Write(l.line)
}

// AppendInfo appends the INFO line for a connection that is not on a lane yet.
func (o *Options) AppendInfo(dst []byte, peer session.Peer) []byte {
	return codec.AppendInfo(dst, o.info(peer))
}

func (o *Options) info(peer session.Peer) *codec.Info {
	now := o.Announced.load()
	info := &codec.Info{
		ServerID:    o.ServerID,
		ServerName:  o.ServerName,
		Version:     o.Version,
		Proto:       1,
		Go:          runtime.Version(),
		Headers:     true,
		MaxPayload:  o.Limits.Payload,
		ClientID:    peer.ID,
		ConnectURLs: now.urls,
		LameDuck:    now.lameDuck,
	}
	if a, ok := peer.Local.(*net.TCPAddr); ok {
		info.Host, info.Port = a.IP.String(), a.Port
	}
	if len(now.urls) > 0 {
		if host, port, err := net.SplitHostPort(now.urls[0]); err == nil {
			info.Host = host
			info.Port, _ = strconv.Atoi(port)
		}
	}
	if a, ok := peer.Remote.(*net.TCPAddr); ok {
		info.ClientIP = a.IP.String()
	}
	return info
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
