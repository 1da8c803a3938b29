package soak

import "sync"

// Ledger is what happened in one round. Its lists grow while clients live; each
// entry has a mutex of its own, because checks read while others write.
type Ledger struct {
	Clock    Clock
	Subjects []string // all names of the round, NATS spelling
	index    map[string]int

	// Excused is how many picks had no copy, and an excuse, when Groups was called
	// last.
	Excused int

	mu         sync.Mutex
	publishers []*Publisher
	receivers  []*Receiver
}

// NewLedger opens a ledger for messages with these subjects.
func NewLedger(subjects []string) *Ledger {
	l := &Ledger{Subjects: subjects, index: make(map[string]int)}
	for i, s := range subjects {
		l.index[s] = i
		l.index[topicOf(s)] = i
	}
	return l
}

// Subject is the number of a subject or topic.
func (l *Ledger) Subject(name []byte) (int, bool) {
	i, ok := l.index[string(name)]
	return i, ok
}

// Publishers and Receivers are those so far.
func (l *Ledger) Publishers() []*Publisher {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.publishers[:len(l.publishers):len(l.publishers)]
}

func (l *Ledger) Receivers() []*Receiver {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.receivers[:len(l.receivers):len(l.receivers)]
}

// Message is one publish.
type Message struct {
	Subject int
	QoS     byte
	Code    byte // of PUBACK; 0 where the protocol has none
	Coded   bool // the acknowledgement has a code that says whether somebody took it
	Sent    Tick // before it was written
	Acked   Tick // after the answer was read which says that it was routed; Never without one
}

// Publisher is one connection as a source of messages: a client that comes back
// is a new Publisher. Numbers of messages begin with 0.
type Publisher struct {
	ID     int
	Name   string
	Trail  *Trail
	ledger *Ledger

	mu  sync.Mutex
	log []Message
}

// certainly: s was there from before m was sent until after it was routed.
func (s *Subscription) certainly(m *Message) bool {
	return s.hits[m.Subject] && s.Granted < m.Sent && m.Acked < s.Leaving
}

// possibly: s may have been there when m was routed.
func (s *Subscription) possibly(m *Message) bool {
	return s.hits[m.Subject] && s.Asked < m.Acked && m.Sent < s.Left
}

// NewPublisher enters one.
func (l *Ledger) NewPublisher(name string, trail *Trail) *Publisher {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &Publisher{ID: len(l.publishers), Name: name, Trail: trail, ledger: l}
	l.publishers = append(l.publishers, p)
	return p
}

// Send enters a message that is about to be written and returns its stamp.
func (p *Publisher) Send(subject int, qos byte) Stamp {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.ledger.Clock.Next()
	p.log = append(p.log, Message{Subject: subject, QoS: qos, Sent: at, Acked: Never})
	return Stamp{p.ID, len(p.log) - 1}
}

// Ack enters that number was acknowledged; coded: with a code of MQTT 5.
func (p *Publisher) Ack(number int, code byte, coded bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := &p.log[number]
	m.Acked, m.Code, m.Coded = p.ledger.Clock.Next(), code, coded
}

// Fence enters that everything up to number, at most of this QoS, was routed.
func (p *Publisher) Fence(number int, qos byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.ledger.Clock.Next()
	for i := number; i >= 0; i-- {
		m := &p.log[i]
		if m.QoS > qos {
			continue
		}
		if m.Acked != Never {
			break
		}
		m.Acked = at
	}
}

// Count is the number of messages so far.
func (p *Publisher) Count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.log)
}

// Messages are those so far; a copy.
func (p *Publisher) Messages() []Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Message(nil), p.log...)
}

// Span is one connection of a receiver.
type Span struct {
	Up   Tick // INFO or CONNACK was read
	Down Tick // before the client began to end it; Never while it lives
	Gone Tick // the server has surely noticed; Never if that is not known
	// Asked is before it was begun, if it resumes a session whose connection was
	// gone by then; else Never.
	Asked Tick
}

// Subscription is one filter, from before it was asked for.
type Subscription struct {
	Filter  Filter
	Group   string // its name; empty: plain
	QoS     byte   // granted
	Asked   Tick
	Granted Tick   // SUBACK, +OK or PONG was read
	Leaving Tick   // before its end was asked for, or UNSUB's maximum was set
	Left    Tick   // the answer was read
	Limit   int    // UNSUB's maximum; 0 = none
	hits    []bool // by subject
}

// Reception is one copy of a message.
type Reception struct {
	Stamp
	At      Tick
	Subject int
	Conn    int // index of the Span
	QoS     byte
	Dup     bool
	// Settled: the server has surely taken the PUBACK.
	Settled bool
}

// Receiver is where copies arrive: one NATS subscription, or one MQTT session
// with everything that it has subscribed to.
type Receiver struct {
	Name       string
	NATS       bool
	Persistent bool // outlives its connections
	// Witness: a NATS subscription to everything. The witnesses of a round are on
	// all lanes and stay throughout, so what all have seen every lane has seen.
	Witness bool
	Trail   *Trail
	ledger  *Ledger

	mu    sync.Mutex
	conns []Span
	subs  []*Subscription
	log   []Reception
}

// NewReceiver enters one.
func (l *Ledger) NewReceiver(name string, nats, persistent bool, trail *Trail) *Receiver {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &Receiver{Name: name, NATS: nats, Persistent: persistent, Trail: trail, ledger: l}
	l.receivers = append(l.receivers, r)
	return r
}

// Connected begins a connection and returns its index. See Span.Asked.
func (r *Receiver) Connected(asked Tick) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns = append(r.conns, Span{Up: r.ledger.Clock.Next(), Down: Never, Gone: Never, Asked: asked})
	return len(r.conns) - 1
}

// Down is to be called before connection conn is ended, Gone once the server
// has noticed. Only the first call counts.
func (r *Receiver) Down(conn int) { r.end(conn, func(s *Span) *Tick { return &s.Down }) }
func (r *Receiver) Gone(conn int) { r.end(conn, func(s *Span) *Tick { return &s.Gone }) }

func (r *Receiver) end(conn int, field func(*Span) *Tick) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := field(&r.conns[conn]); *at == Never {
		*at = r.ledger.Clock.Next()
	}
}

// Subscribe enters a subscription that is about to be asked for.
func (r *Receiver) Subscribe(f Filter, group string) *Subscription {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &Subscription{Filter: f, Group: group, Asked: r.ledger.Clock.Next(), Granted: Never, Leaving: Never, Left: Never}
	for _, subject := range r.ledger.Subjects {
		s.hits = append(s.hits, f.Matches(subject))
	}
	r.subs = append(r.subs, s)
	return s
}

// Granted, Leaving and Left are called when its answer was read, before its end
// is asked for, and when that was answered. Of the last two only the first call
// counts.
func (r *Receiver) Granted(s *Subscription, qos byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.QoS, s.Granted = qos, r.ledger.Clock.Next()
}

func (r *Receiver) Leaving(s *Subscription) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.Leaving == Never {
		s.Leaving = r.ledger.Clock.Next()
	}
}

func (r *Receiver) Left(s *Subscription) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.Left == Never {
		s.Left = r.ledger.Clock.Next()
	}
}

// LimitTo enters that UNSUB with a maximum is about to be asked for.
func (r *Receiver) LimitTo(s *Subscription, limit int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.Limit, s.Leaving = limit, r.ledger.Clock.Next()
}

// subscriptions are those so far. Their fields belong to whoever calls Granted,
// Leaving and Left.
func (r *Receiver) subscriptions() []*Subscription {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.subs[:len(r.subs):len(r.subs)]
}

// Receive enters a copy and returns its index.
func (r *Receiver) Receive(c Reception) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, c)
	return len(r.log) - 1
}

// Settle enters that the server has taken the PUBACK of copy number at.
func (r *Receiver) Settle(at int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log[at].Settled = true
}

// Count is the number of copies so far.
func (r *Receiver) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.log)
}

// history is a copy of what a receiver knows, for checks.
type history struct {
	*Receiver
	conns []Span
	subs  []Subscription
	log   []Reception
}

func (r *Receiver) history() history {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := history{Receiver: r, conns: append([]Span(nil), r.conns...), log: append([]Reception(nil), r.log...)}
	for _, s := range r.subs {
		h.subs = append(h.subs, *s)
	}
	return h
}

// grouped tells whether this is a member of groups. Nobody is both.
func (h *history) grouped() bool { return len(h.subs) > 0 && h.subs[0].Group != "" }
