package engine

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/trie"
)

// lines is a protocol made for these tests. A line is a command (the cases of
// lineSession.obey); any other line is sent back. When it is pinned, a
// connection begins with a line "@n", which makes lane n its home.
type lines struct {
	name    string
	pinned  bool
	raw     bool   // no lines: all input is sent back as it came
	refusal string // what a refused client is told
	hub     *hub.Hub
	opened  chan *lineSession // when not nil, gets every session

	taken  atomic.Int64 // bytes of input
	ends   atomic.Int64
	timers atomic.Int64
	closed [reason.Count]atomic.Int64
}

func (p *lines) Name() string { return p.name }

func (p *lines) Home(first []byte) Home {
	if !p.pinned {
		return Home{Decided: true}
	}
	at := bytes.IndexByte(first, '\n')
	if at < 0 {
		return Home{}
	}
	n, _ := strconv.Atoi(string(bytes.TrimPrefix(first[:at], []byte("@"))))
	return Home{Decided: true, Pinned: true, Hash: uint64(n)}
}

func (p *lines) NewSession(lane int, conn session.Conn) session.Session {
	s := &lineSession{p: p, lane: p.hub.Lane(lane), conn: conn.(*Conn)}
	s.from.Owner = s.lane.NewOwner()
	return s
}

func (p *lines) AppendRefusal(dst, first []byte, peer session.Peer, why reason.ID) []byte {
	if peer.ID == 0 || peer.Remote == nil {
		panic("a peer without an identity")
	}
	return append(dst, p.refusal...)
}

type lineSession struct {
	p    *lines
	lane *hub.Lane
	conn *Conn
	rest []byte
	from hub.Publisher
	m    message.Message
	subs []subscribed
	over int // calls of Closed

	onInput func(in []byte) // replaces the commands
	onTimer func()

	onDrained func()
	onClosed  func()
}

func (s *lineSession) Drained() { s.onDrained() }

type subscribed struct {
	what hub.Subscription
	ref  trie.Ref
}

func (s *lineSession) Open() {
	if s.p.opened != nil {
		s.p.opened <- s
	}
}

func (s *lineSession) Input(in []byte) {
	s.p.taken.Add(int64(len(in)))
	switch {
	case s.onInput != nil:
		s.onInput(in)
		return
	case s.p.raw:
		s.conn.Out().Write(in)
		return
	}
	for s.conn.phase == phaseOpen {
		at := bytes.IndexByte(in, '\n')
		if at < 0 {
			s.rest = append(s.rest, in...)
			return
		}
		if len(s.rest) > 0 {
			line := append(s.rest, in[:at]...)
			s.rest = nil
			s.obey(line)
		} else {
			s.obey(in[:at])
		}
		in = in[at+1:]
	}
}

func (s *lineSession) obey(line []byte) {
	verb, arg, _ := bytes.Cut(line, []byte(" "))
	switch string(verb) {
	case "fill": // fill N: N bytes, each by its offset
		n, _ := strconv.Atoi(string(arg))
		s.fill(n)
	case "bye": // last words
		s.conn.Out().WriteString("last words\n")
		s.conn.Close(reason.ClientDisconnect)
	case "quit": // no words
		s.conn.Close(reason.MalformedArguments)
	case "sub": // sub SUBJECT
		what := hub.Subscription{Filter: trie.Filter{Pattern: string(arg)}, Owner: s.from.Owner}
		s.subs = append(s.subs, subscribed{what, s.lane.Subscribe(s, what)})
		s.conn.Out().WriteString("subscribed\n")
	case "pub": // pub SUBJECT PAYLOAD
		subject, payload, _ := bytes.Cut(arg, []byte(" "))
		s.publish(subject, payload)
	case "where":
		fmt.Fprintf(writer{s.conn.Out()}, "lane %d\n", s.lane.Index())
	default:
		if !bytes.HasPrefix(line, []byte("@")) {
			s.conn.Out().Write(line)
			s.conn.Out().WriteString("\n")
		}
	}
}

func (s *lineSession) fill(n int) {
	var b [4 << 10]byte
	for at := 0; at < n; {
		k := min(n-at, len(b))
		for i := range b[:k] {
			b[i] = pattern(at + i)
		}
		s.conn.Out().Write(b[:k])
		at += k
	}
}

func pattern(at int) byte { return byte(at % 251) }

func (s *lineSession) publish(subject, payload []byte) {
	s.m.Begin(message.FromNATS, subject, nil, payload)
	s.lane.Publish(&s.from, &s.m, 0)
}

// Deliver is hub.Subscriber's.
func (s *lineSession) Deliver(m *message.Message, _ *hub.Route, _ *hub.Copy) reason.ID {
	s.conn.Out().Write(m.Payload)
	s.conn.Out().WriteString("\n")
	return reason.None
}

func (s *lineSession) End(why reason.ID) {
	s.p.ends.Add(1)
	s.conn.Out().WriteString("end " + why.String() + "\n")
	s.conn.Close(why)
}

// Announce tells that something has changed.
func (s *lineSession) Announce() { s.conn.Out().WriteString("changed\n") }

func (s *lineSession) Timer() {
	s.p.timers.Add(1)
	if s.onTimer != nil {
		s.onTimer()
	}
}

func (s *lineSession) Closed(why reason.ID) {
	if s.over++; s.over > 1 {
		panic("Closed was called twice")
	}
	if s.onClosed != nil {
		s.onClosed()
	}
	for _, sub := range s.subs {
		s.lane.Unsubscribe(sub.what, sub.ref)
	}
	s.p.closed[why].Add(1)
}

// endings names the reasons that sessions were closed for.
func (p *lines) endings() string {
	var b strings.Builder
	for id := range p.closed {
		if n := p.closed[id].Load(); n > 0 {
			fmt.Fprintf(&b, "%s=%d ", reason.ID(id), n)
		}
	}
	return strings.TrimSpace(b.String())
}

type writer struct{ out *session.Outbox }

func (w writer) Write(b []byte) (int, error) {
	w.out.Write(b)
	return len(b), nil
}
