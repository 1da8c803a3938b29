package soak

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// mqttSession is an MQTT client identifier that subscribes, over all its
// connections.
type mqttSession struct {
	round   *Round
	trail   *Trail
	id      string
	version codec.Version
	keep    bool // the session is to outlive connections
	member  bool // of groups
	alone   bool // it may be the only member that is there
	habits  habits
	random  *rand.Rand // of its life

	client  *mqttClient   // latest connection
	has     bool          // the server holds a session
	filters []topicFilter // what it subscribes to, again after each clean start

	// Owned by the reader of the latest connection; by its life when that has
	// ended.
	receiver *Receiver
	conn     int
	window   window
	pending  []*owed // to be acknowledged
	moods    *rand.Rand
}

// topicFilter is one entry of a SUBSCRIBE.
type topicFilter struct {
	group  string // share name; empty: plain
	filter string
	qos    byte
}

// spelled is the filter as it is asked for.
func (f topicFilter) spelled() string {
	switch f.group {
	case "":
		return f.filter
	case queueGroup:
		return queueGroup + "/" + f.filter
	}
	return "$share/" + f.group + "/" + f.filter
}

// queueGroup is the group of $queue/filter.
const queueGroup = "$queue"

// habits is how a subscriber behaves.
type habits struct {
	eager    bool          // acknowledges at once
	delay    time.Duration // at most, between acknowledgements
	shuffled bool          // acknowledges in any order
	stall    time.Duration // at most, now and then before reading
	most     int           // the largest Receive Maximum it asks for (5.0)
}

// connect connects, clean or resuming. An earlier connection that still lives
// is taken over. Before 5.0 a session that is to be kept cannot begin clean, so
// one that is there is ended by a connection of its own.
func (s *mqttSession) connect(clean bool) error {
	r := s.round
	o := mqttHello{id: s.id, version: s.version, clean: clean || !s.keep, keep: s.keep}
	if s.keep && clean {
		for _, sub := range s.subscriptions() {
			s.receiver.Leaving(sub)
		}
		if s.version != codec.V5 {
			if err := s.purge(); err != nil {
				return err
			}
			o.clean = false
		}
	}
	if s.version == codec.V5 {
		o.receiveMax = 1 + s.random.IntN(s.habits.most)
	}
	asked := r.Ledger.Clock.Next()
	if s.client != nil && !s.client.ending.Load() {
		asked = Never
		s.client.ending.Store(true)
		s.receiver.Down(s.conn)
		s.trail.Note("is to be taken over", s.conn)
	}
	s.trail.Note(fmt.Sprintf("CONNECT version %d clean %v Receive Maximum", o.version, o.clean), o.receiveMax)
	client, err := r.dialMQTT(s.trail, o, func(c *mqttClient) mqttEvents {
		return &mqttReader{s, c, s.client, o, asked}
	})
	if err != nil {
		return err
	}
	s.client = client
	return nil
}

// purge ends the session that is there by a connection with Clean Session 1.
func (s *mqttSession) purge() error {
	if !s.has {
		return nil
	}
	keep := s.keep
	s.keep = false
	err := s.connect(true)
	s.keep, s.has = keep, false
	if err == nil {
		s.die(Farewell)
	}
	return err
}

// subscriptions are those that it has made in this session.
func (s *mqttSession) subscriptions() []*Subscription {
	if s.receiver == nil {
		return nil
	}
	return s.receiver.subscriptions()
}

// subscribe asks for filters, if there are any, and waits for SUBACK.
func (s *mqttSession) subscribe(list []topicFilter) error {
	if len(list) == 0 {
		return nil
	}
	var subs []*Subscription
	var wire []codec.Subscription
	for _, f := range list {
		subs = append(subs, s.receiver.Subscribe(MQTTFilter(f.filter), f.group))
		wire = append(wire, codec.Subscription{Filter: []byte(f.spelled()), Options: codec.SubscribeOptions(f.qos)})
		s.trail.Note("SUBSCRIBE "+f.spelled(), int(f.qos))
	}
	done, receiver := make(chan struct{}), s.receiver
	id := s.client.packetID(func(codes []byte) {
		defer close(done)
		for i, sub := range subs {
			if i >= len(codes) || codes[i] != list[i].qos {
				s.round.fault("suback", fmt.Sprintf("%s: SUBACK % x for %v", s.trail.Name, codes, list), nil, s.trail)
				return
			}
			receiver.Granted(sub, codes[i])
		}
	})
	if err := s.client.send(codec.AppendSubscribe(nil, s.version, id, nil, wire), nil); err != nil {
		return err
	}
	return s.client.await(done, "SUBACK")
}

// unsubscribe ends a subscription and waits for UNSUBACK.
func (s *mqttSession) unsubscribe(f topicFilter) error {
	var sub *Subscription
	for _, x := range s.subscriptions() {
		if x.Filter.Canonical() == MQTTFilter(f.filter).Canonical() && x.Leaving == Never {
			sub = x
		}
	}
	if sub == nil {
		return nil
	}
	s.receiver.Leaving(sub)
	s.trail.Note("UNSUBSCRIBE "+f.filter, 0)
	done, receiver := make(chan struct{}), s.receiver
	id := s.client.packetID(func([]byte) {
		receiver.Left(sub)
		close(done)
	})
	if err := s.client.send(codec.AppendUnsubscribe(nil, s.version, id, nil, [][]byte{[]byte(f.spelled())}), nil); err != nil {
		return err
	}
	return s.client.await(done, "UNSUBACK")
}

// die ends the connection.
func (s *mqttSession) die(how Ending) {
	s.trail.Note("die: "+how.String(), s.conn)
	s.receiver.Down(s.conn)
	err := s.client.end(how, codec.AppendDisconnect(nil, s.version, codec.CodeSuccess, nil))
	if err != nil && how >= Shut {
		s.round.fault("close", fmt.Sprintf("%s: %v", s.trail.Name, err), nil, s.trail)
	}
	if how == Reset || how == Drop {
		s.round.fenceLanes()
	}
	s.receiver.Gone(s.conn)
}

// mqttReader is a session as the reader of one of its connections.
type mqttReader struct {
	*mqttSession
	c     *mqttClient
	old   *mqttClient // the connection before; it may still be read
	hello mqttHello
	// asked is Span.Asked.
	asked Tick
}

// accepted waits until the connection before is read to its end, so that the
// session's copies are entered in the order in which the server sent them.
func (r *mqttReader) accepted(p *codec.Packet) error {
	s := r.mqttSession
	if r.old != nil {
		s.receiver.Gone(s.conn)
		select {
		case <-r.old.ended:
		case <-time.After(patience):
			return fmt.Errorf("the server does not end the connection that was taken over")
		}
	}
	for _, sub := range s.subscriptions() {
		if sub.Leaving != Never && sub.Left == Never {
			s.receiver.Left(sub)
		}
	}
	present := s.has && !r.hello.clean
	if p.SessionPresent != present && s.version != codec.V31 {
		return fmt.Errorf("CONNACK: session present %v", p.SessionPresent)
	}
	if !present {
		s.receiver = s.round.Ledger.NewReceiver(s.trail.Name, false, r.hello.keep, s.trail)
	}
	s.has = r.hello.keep
	s.conn = s.receiver.Connected(r.asked)
	s.pending = nil
	limit := s.round.at.MaxInflight
	if r.hello.receiveMax > 0 {
		limit = min(limit, r.hello.receiveMax)
	}
	s.window.begin(limit, present, r.asked != Never && !s.alone)
	s.window.taken = s.receiver.Settle
	s.trail.Note(fmt.Sprintf("CONNACK present %v", p.SessionPresent), s.conn)
	return nil
}

func (r *mqttReader) publish(p *codec.Packet) error {
	s := r.mqttSession
	at := s.round.Ledger.Clock.Next()
	stamp, ok := ParsePayload(p.Payload)
	subject, known := s.round.Ledger.Subject(p.Topic)
	if !ok || !known || p.Retain {
		return fmt.Errorf("PUBLISH %q QoS %d retain %v, %d bytes, that nobody sent: %.60q", p.Topic, p.QoS, p.Retain, len(p.Payload), p.Payload)
	}
	if p.Properties.Present != 0 { // the header Mqtt-Qos does not cross
		return fmt.Errorf("PUBLISH %q with properties that nobody sent: %q", p.Topic, p.Properties.Raw)
	}
	what := "PUBLISH"
	if p.Dup {
		what = "PUBLISH dup"
	}
	s.trail.Message(what, stamp, int(p.ID))
	if p.QoS == 2 {
		if o, fault := s.window.repeated(stamp, p.ID, p.Dup); o != nil {
			s.judge(fault, o, p.Dup)
			s.pending = append(s.pending, o)
			s.round.received.Add(1)
			return nil
		}
	}
	log := s.receiver.Receive(Reception{Stamp: stamp, At: at, Subject: subject, Conn: s.conn, QoS: p.QoS, Dup: p.Dup})
	s.round.received.Add(1)
	if p.QoS == 0 {
		return nil
	}
	o, fault := s.window.arrive(stamp, p.ID, p.Dup, log)
	if p.QoS == 2 {
		o.exact = arrived
	}
	s.judge(fault, o, p.Dup)
	s.pending = append(s.pending, o)
	return nil
}

// judge tells of a fault of the window; empty: there is none.
func (s *mqttSession) judge(fault string, o *owed, dup bool) {
	if fault != "" {
		s.round.fault("window", fmt.Sprintf("%s, connection %d: %v (packet id %d, dup %v): %s", s.trail.Name, s.conn, o.stamp, o.id, dup, fault), &o.stamp, s.trail)
	}
}

func (r *mqttReader) acknowledged(p *codec.Packet) error {
	s := r.mqttSession
	if p.Type != codec.TypePubrel {
		return fmt.Errorf("%v %d to a client that publishes nothing", p.Type, p.ID)
	}
	o, fault := s.window.release(p.ID)
	if o == nil {
		return errors.New(fault)
	}
	s.trail.Message("PUBREL", o.stamp, int(p.ID))
	s.judge(fault, o, false)
	s.pending = append(s.pending, o)
	s.round.received.Add(1)
	return nil
}

// between acknowledges, as the habits are.
func (r *mqttReader) between() time.Duration {
	s := r.mqttSession
	if !r.c.took || r.c.ending.Load() || len(s.pending) == 0 { // before CONNACK the session is still the old connection's
		return 0
	}
	quick := s.round.quick.Load()
	if s.habits.stall > 0 && !quick && s.moods.IntN(50) == 0 {
		time.Sleep(time.Duration(s.moods.Int64N(int64(s.habits.stall))))
	}
	n := len(s.pending)
	if !quick && !s.habits.eager {
		n = s.moods.IntN(n + 1)
		if s.habits.shuffled {
			s.moods.Shuffle(len(s.pending), func(i, j int) { s.pending[i], s.pending[j] = s.pending[j], s.pending[i] })
		}
	}
	if n > 0 {
		r.acknowledge(n, quick || s.moods.IntN(4) == 0)
	}
	if len(s.pending) == 0 {
		return 0
	}
	return time.Millisecond + time.Duration(s.moods.Int64N(int64(s.habits.delay)))
}

// acknowledge writes PUBACK, PUBREC or PUBCOMP for the first n that are pending, and
// if asked for makes sure that they are taken.
func (r *mqttReader) acknowledge(n int, sure bool) {
	s := r.mqttSession
	at := s.round.Ledger.Clock.Next()
	var b []byte
	for _, o := range s.pending[:n] {
		write, what := codec.AppendPuback, "PUBACK"
		switch o.exact {
		case arrived:
			write, what = codec.AppendPubrec, "PUBREC"
		case released:
			write, what = codec.AppendPubcomp, "PUBCOMP"
		}
		b = write(b, s.version, o.id, codec.CodeSuccess, nil)
		s.window.acknowledge(o, at)
		s.trail.Message(what, o.stamp, int(o.id))
	}
	s.pending = append(s.pending[:0], s.pending[n:]...)
	var err error
	if sure {
		asked := s.round.Ledger.Clock.Next()
		err = r.c.ping(b, func() { s.window.settle(asked) })
	} else {
		err = r.c.send(b, nil)
	}
	if err != nil {
		s.round.fault("close", fmt.Sprintf("%s: %v", s.trail.Name, err), nil, s.trail)
	}
}

func (r *mqttReader) closed() {
	if !r.c.ending.Load() || !gone(r.c.err) {
		r.round.fault("close", fmt.Sprintf("%s: the connection ended: %v", r.trail.Name, r.c.err), nil, r.trail)
	}
}
