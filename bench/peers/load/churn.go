package load

import (
	"errors"
	"fmt"
	"time"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// Churn is a NATS client that subscribes to names nobody publishes to and ends
// each subscription after a while.
type Churn struct {
	Rate   int    `json:"rate"`   // subscriptions made, and as many ended, per second
	Filter string `json:"filter"` // what they begin with; a number follows
	Alone  bool   `json:"alone"`  // the Flow is not sent
}

const (
	// livePerChurner is how many subscriptions of a churner exist at a time.
	livePerChurner = 100
	// churnGrain is how many subscriptions a churner makes at a time: more come
	// in one write if it is late.
	churnGrain = 10
)

// churner is Churn under way.
type churner struct {
	*conn
	Churn
	from    time.Time
	made    int
	pending []byte // what the socket had no room for
	answers int    // to Ask
}

func (c *Churn) open(t Target) (*churner, error) {
	to, at, err := t.speaker("nats", 0)
	if err != nil {
		return nil, err
	}
	conn, err := join(to, at, "churner", "")
	return &churner{conn: conn, Churn: *c}, err
}

// due makes the subscriptions that are due now.
func (c *churner) due(now time.Time) error {
	want := int(now.Sub(c.from).Seconds() * float64(c.Rate))
	if want < c.made+churnGrain {
		return nil
	}
	var nats wire.NATS
	for ; c.made < want; c.made++ {
		c.pending, _ = nats.Subscribe(c.pending, c.made, fmt.Sprintf("%s%06d", c.Filter, c.made%1e6))
		if c.made >= livePerChurner {
			c.pending = nats.Unsubscribe(c.pending, c.made-livePerChurner)
		}
	}
	return c.flush()
}

func (c *churner) flush() error {
	n, err := c.write(c.pending)
	if err != nil && !errors.Is(err, errAgain) {
		return err
	}
	c.pending = append(c.pending[:0], c.pending[n:]...)
	return nil
}

// listen takes what the server says.
func (c *churner) listen(buf []byte) error {
	err := c.walk(buf, func(kind wire.Kind, _ []byte) error {
		if kind == wire.Answer {
			c.answers++
		}
		return nil
	})
	if err != nil && !errors.Is(err, errAgain) {
		return fmt.Errorf("churner: %w", err)
	}
	return nil
}

// finish returns when the server has done all that it was asked for. It may take
// no longer than a second's worth of work would.
func (c *churner) finish(p *poller, serve func(ready) error) error {
	c.pending = wire.NATS{}.Ask(c.pending)
	for deadline, before := time.Now().Add(time.Second), c.answers; c.answers == before; {
		if err := c.flush(); err != nil {
			return err
		}
		if err := p.wait(time.Millisecond, serve); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server is more than a second behind %d subscriptions per second", c.Rate)
		}
	}
	return nil
}

// churn lets the churner do what is due. There need not be one.
func (s *stream) churn() error {
	if s.churner == nil {
		return nil
	}
	return s.churner.due(time.Now())
}

// runWithChurn measures the stream, or the churn alone.
func (f *Flow) runWithChurn(t Target, s *stream) (Sample, error) {
	var err error
	if s.churner, err = f.Churn.open(t); err != nil {
		return Sample{}, err
	}
	if err := s.poller.add(s.churner.conn, len(s.subscribers)+len(s.publishers)); err != nil {
		return Sample{}, err
	}
	s.churner.from = time.Now()
	play := s.play
	if f.Churn.Alone {
		play = s.rest
	}
	if err := play(warmUp); err != nil {
		return Sample{}, err
	}
	delivered, made := s.delivered(), s.churner.made
	m, err := startMeter(t.PID)
	if err != nil {
		return Sample{}, err
	}
	if err := play(time.Duration(f.Seconds * float64(time.Second))); err != nil {
		return Sample{}, err
	}
	if err := s.churner.finish(s.poller, s.serve); err != nil {
		return Sample{}, err
	}
	churned := int64(s.churner.made - made)
	count := s.delivered() - delivered
	if f.Churn.Alone {
		count = churned
	}
	sample, err := m.stop(count)
	sample.Churned = churned
	return sample, err
}

// rest leaves the stream alone for d.
func (s *stream) rest(d time.Duration) error {
	for deadline, now := time.Now().Add(d), time.Now(); now.Before(deadline); now = time.Now() {
		if err := s.churn(); err != nil {
			return err
		}
		if err := s.poller.wait(time.Millisecond, s.serve); err != nil {
			return err
		}
	}
	return nil
}
