package nats

import (
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// Session is one NATS client. All methods run on its lane.
type Session struct {
	lane   *Lane
	conn   session.Conn
	out    *session.Outbox
	parser codec.Parser
	pub    hub.Publisher
	subs   session.Subscriptions[*subscription]
	own    *own   // nil: nothing of it
	about  *about // nil: it has said nothing of itself

	verbose      bool // +OK for each operation
	pedantic     bool
	headers      bool
	noResponders bool
	closing      bool
	spoken       bool  // one operation has come whole
	pings        uint8 // unanswered
	hello        hello
	asked        bool   // PING was sent, PONG has not come
	trip         uint32 // in microseconds, asked: when PING was sent; or else how long the last answer took
	since        session.Moment
	delivered    hub.Tally
	heard        time.Duration // when input last came; until it has spoken, when it was accepted
	beat         time.Duration // when a PING, or the end, is due; while pings is 0 it may be out of date
}

// hello is how far the introduction of a client has come.
type hello uint8

const (
	connected hello = 1 << iota // CONNECT came
	takesInfo                   // it said that INFO may come at any time
	ponged                      // the first PONG after it was sent, so INFO may
)

func (h hello) has(all hello) bool { return h&all == all }

// NewSession returns the session of a connection that has just been accepted.
func (l *Lane) NewSession(conn session.Conn) *Session {
	s := &Session{lane: l, conn: conn, out: conn.Out()}
	if t := l.opts.Rates.NewThrottle(); t != nil {
		s.owned().throttle = t
	}
	s.parser.Init(codec.FromClient, &l.opts.Limits)
	s.pub.Owner = l.hub.NewOwner()
	s.enterMount()
	c := codec.DefaultConnect()
	s.apply(&c)
	return s
}

// Open greets the client (§1: the server speaks first).
func (s *Session) Open() {
	s.lane.hub.Hub().Clients().Enter()
	s.greet()
	now := s.conn.Now()
	s.since = session.MomentOf(now)
	s.heard, s.beat = now, now+s.lane.opts.Heartbeat
	s.arm(now)
}

// Input takes operations off the stream.
func (s *Session) Input(in []byte) {
	now := s.conn.Now()
	if s.spoken {
		s.heard, s.pings = now, 0
	}
	f, throttle := &s.lane.frame, s.throttle()
	for !s.closing {
		if throttle != nil {
			if wait := throttle.Wait(now); wait > 0 {
				s.lane.hub.Reasons.Add(reason.RatePaused, 1)
				s.conn.Hold(in, wait)
				return
			}
		}
		n, err := s.parser.Next(in, f)
		if err != nil {
			s.fail(reasonOf(err))
			return
		}
		if !s.spoken && f.Op != codec.OpNone {
			s.spoken, s.heard, s.pings = true, now, 0
		}
		whole := in
		in = in[n:]
		if throttle != nil {
			throttle.Bytes(n)
		}
		switch f.Op {
		case codec.OpPub, codec.OpHPub:
			if throttle != nil {
				throttle.Message()
				s.publish(f)
			} else if f.Same && s.streams(f) {
				in = s.publishStream(f, whole, in)
			} else {
				s.publish(f)
			}
		case codec.OpNone:
			return
		case codec.OpPing:
			s.pong()
		case codec.OpPong:
			s.ponged()
		case codec.OpSub:
			s.subscribe(f)
		case codec.OpUnsub:
			s.unsub(f)
		case codec.OpConnect:
			s.connect(f.Args)
		case codec.OpInfo:
			var ignored codec.Info
			if ignored.Merge(f.Args) != nil {
				s.fail(reason.BadConnect)
			}
		case codec.OpErr:
			s.fail(reason.ClientSentError)
		}
	}
}

// End closes without a word, as nats-server does when it stops.
func (s *Session) End(why reason.ID) { s.fail(why) }

// Closed leaves nothing behind in the hub.
func (s *Session) Closed(why reason.ID) {
	s.closing = true
	s.lane.hub.Hub().Clients().Leave()
	s.left(why)
	s.unsubscribeAll()
	s.parser.Release()
	s.pub.Forget()
}

// fail ends the connection: with the -ERR text of the reason, or silently
// where nats-server is silent.
func (s *Session) fail(why reason.ID) {
	if s.closing {
		return
	}
	if text := reason.Of(why).NATS; text != "" {
		s.sendErr(text)
	}
	s.closing = true
	s.conn.Close(why)
}

func (s *Session) sendErr(text string) {
	s.out.Commit(codec.AppendErr(s.out.Reserve(len(text)+len("-ERR ''\r\n")), text))
}

// ok confirms one operation to a verbose client (§7).
func (s *Session) ok() {
	if s.verbose {
		s.out.WriteString(codec.OK)
	}
}

// reasonOf names a parser error.
func reasonOf(err error) reason.ID {
	switch err {
	case codec.ErrControlLine:
		return reason.ControlLineTooLong
	case codec.ErrMaxPayload:
		return reason.PayloadTooLarge
	case codec.ErrMalformed:
		return reason.MalformedArguments
	case codec.ErrHeaders:
		return reason.HeadersNotNegotiated
	case codec.ErrClientErr:
		return reason.ClientSentError
	}
	return reason.UnknownOperation
}
