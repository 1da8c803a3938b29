package soak

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
)

// natsClient is one NATS connection.
type natsClient struct {
	*wire
	round   *Round
	trail   *Trail
	verbose bool

	parser codec.Parser
	info   chan struct{} // closed when INFO was read
	saw    bool

	mu    sync.Mutex
	oks   []func() // what +OK answers, oldest first
	pongs []func()
	subs  []*natsSubscription // by sid
}

// natsSubscription is one sid: a Receiver of its own, with this connection as
// its only one.
type natsSubscription struct {
	*Receiver
	sub   *Subscription
	sid   int
	limit int  // UNSUB's maximum; 0 = none
	count int  // the reader's
	left  bool // nothing may come any more; the reader's
}

// dialNATS connects and says CONNECT. It returns when INFO was read.
func (r *Round) dialNATS(trail *Trail, verbose, echo bool, pause func() time.Duration) (*natsClient, error) {
	w, err := r.dial(r.at.NATS)
	if err != nil {
		return nil, err
	}
	c := &natsClient{wire: w, round: r, trail: trail, verbose: verbose, info: make(chan struct{})}
	c.parser.Init(codec.FromServer, nil)
	trail.Note("connect", 0)
	go func() {
		c.read(pause, c.take)
		c.closed()
	}()
	select {
	case <-c.info:
	case <-c.ended:
		return nil, fmt.Errorf("the server ends the connection before INFO: %w", c.err)
	case <-time.After(patience):
		return nil, errors.New("no INFO")
	}
	o := codec.DefaultConnect()
	o.Verbose, o.Echo, o.Headers, o.Name = verbose, echo, true, trail.Name
	return c, c.send(codec.AppendConnect(nil, &o), func() {
		if verbose {
			c.onOK(func() {})
		}
	})
}

// onPong queues what to do with the next unclaimed PONG. It is for the queue of
// send, as onOK.
func (c *natsClient) onPong(f func()) {
	c.mu.Lock()
	c.pongs = append(c.pongs, f)
	c.mu.Unlock()
}

func (c *natsClient) onOK(f func()) {
	c.mu.Lock()
	c.oks = append(c.oks, f)
	c.mu.Unlock()
}

func (c *natsClient) next(list *[]func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(*list) == 0 {
		return nil
	}
	f := (*list)[0]
	*list = (*list)[1:]
	return f
}

// fence sends PING behind b and waits for its PONG; then runs first, on the
// reader.
func (c *natsClient) fence(b []byte, then func()) error {
	done := make(chan struct{})
	err := c.send(append(b, codec.Ping...), func() {
		c.onPong(func() {
			if then != nil {
				then()
			}
			close(done)
		})
	})
	if err != nil {
		return err
	}
	return c.await(done, "PONG")
}

// await waits for an answer. A connection that ends meanwhile is no error here.
func (c *natsClient) await(done chan struct{}, what string) error {
	select {
	case <-done:
	case <-c.ended:
	case <-time.After(patience):
		return fmt.Errorf("%s: no %s", c.trail.Name, what)
	}
	return nil
}

// subscribe sends SUB, and UNSUB with a maximum if most is not 0. The
// subscription is granted by the +OK, or by a PONG that calls granted. One
// goroutine at a time subscribes and unsubscribes.
func (c *natsClient) subscribe(subject, queue string, most int) (*natsSubscription, error) {
	c.mu.Lock()
	s := &natsSubscription{sid: len(c.subs) + 1, limit: most}
	s.Receiver = c.round.Ledger.NewReceiver(fmt.Sprintf("%s sid %d", c.trail.Name, s.sid), true, false, c.trail)
	s.Connected(Never)
	s.sub = s.Subscribe(NATSFilter(subject), queue)
	c.trail.Note("SUB "+subject+" "+queue, s.sid)
	b := codec.AppendSub(nil, []byte(subject), []byte(queue), s.name())
	if most > 0 {
		s.LimitTo(s.sub, most)
		c.trail.Note("UNSUB max", most)
		b = codec.AppendUnsub(b, s.name(), most)
	}
	c.subs = append(c.subs, s)
	c.mu.Unlock()
	return s, c.send(b, func() {
		if c.verbose {
			c.onOK(func() { s.Granted(s.sub, 0) })
			if most > 0 {
				c.onOK(func() {})
			}
		}
	})
}

func (s *natsSubscription) name() []byte { return strconv.AppendInt(nil, int64(s.sid), 10) }

// granted is what a PONG says about subscriptions before it.
func (s *natsSubscription) granted() {
	if s.sub.Granted == Never {
		s.Granted(s.sub, 0)
	}
}

// unsubscribe ends a subscription and waits for the PONG behind it.
func (c *natsClient) unsubscribe(s *natsSubscription) error {
	s.Leaving(s.sub)
	c.trail.Note("UNSUB", s.sid)
	err := c.send(codec.AppendUnsub(nil, s.name(), 0), func() {
		if c.verbose {
			c.onOK(func() {})
		}
	})
	if err != nil {
		return err
	}
	return c.fence(nil, func() {
		s.Left(s.sub)
		s.left = true
	})
}

// take is given what was read.
func (c *natsClient) take(in []byte) error {
	var f codec.Frame
	for {
		n, err := c.parser.Next(in, &f)
		if err != nil {
			return err
		}
		in = in[n:]
		if f.Op == codec.OpNone {
			return nil
		}
		if err := c.frame(&f); err != nil {
			return err
		}
	}
}

func (c *natsClient) frame(f *codec.Frame) error {
	switch f.Op {
	case codec.OpInfo:
		if !c.saw {
			c.saw = true
			close(c.info)
		}
	case codec.OpPing:
		return c.send([]byte(codec.Pong), nil)
	case codec.OpPong, codec.OpOK:
		list := &c.pongs
		if f.Op == codec.OpOK {
			list = &c.oks
		}
		next := c.next(list)
		if next == nil {
			return fmt.Errorf("%v without a question", f.Op)
		}
		next()
	case codec.OpErr:
		return fmt.Errorf("-ERR %s", f.Args)
	case codec.OpMsg, codec.OpHMsg:
		return c.msg(f)
	}
	return nil
}

// msg enters a copy.
func (c *natsClient) msg(f *codec.Frame) error {
	at := c.round.Ledger.Clock.Next()
	sid, err := strconv.Atoi(string(f.SID))
	c.mu.Lock()
	if err != nil || sid < 1 || sid > len(c.subs) {
		c.mu.Unlock()
		return fmt.Errorf("message for sid %q, which was never used", f.SID)
	}
	s := c.subs[sid-1]
	c.mu.Unlock()
	stamp, ok := ParsePayload(f.Payload)
	subject, known := c.round.Ledger.Subject(f.Subject)
	if !ok || !known {
		return fmt.Errorf("message to %q with a payload of %d bytes that nobody sent: %.60q", f.Subject, len(f.Payload), f.Payload)
	}
	s.Receive(Reception{Stamp: stamp, At: at, Subject: subject})
	c.trail.Message("MSG", stamp, sid)
	c.round.received.Add(1)
	s.count++
	if s.left || s.limit > 0 && s.count > s.limit {
		c.round.fault("unsub", fmt.Sprintf("%s received %v as its message %d after the end of its subscription (maximum %d)", s.Name, stamp, s.count, s.limit), &stamp, c.trail)
	}
	if s.count == s.limit {
		s.Left(s.sub)
	}
	return nil
}

// die ends the connection. Subscriptions go with it.
func (c *natsClient) die(how Ending) {
	c.trail.Note("die: "+how.String(), 0)
	c.down()
	if err := c.end(how, nil); err != nil && how == Shut {
		c.round.fault("close", fmt.Sprintf("%s: %v", c.trail.Name, err), nil, c.trail)
	}
	if how == Reset || how == Drop {
		c.round.fenceLanes()
	}
	for _, s := range c.each() {
		s.Gone(0)
	}
}

func (c *natsClient) down() {
	for _, s := range c.each() {
		s.Down(0)
	}
}

func (c *natsClient) each() []*natsSubscription {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.subs[:len(c.subs):len(c.subs)]
}

// closed runs when the reader is through: nobody but us ends connections.
func (c *natsClient) closed() {
	c.parser.Release()
	if !c.ending.Load() || !gone(c.err) {
		c.round.fault("close", fmt.Sprintf("%s: the connection ended: %v", c.trail.Name, c.err), nil, c.trail)
	}
}
