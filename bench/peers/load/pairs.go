package load

import (
	"fmt"
	"time"
)

// Pairs is ping-pong: each pair is a publisher and a subscriber of one subject
// of their own, and each delivery lets the next pair in turn publish once.
type Pairs struct {
	From     string  `json:"from"`
	To       string  `json:"to"`
	Pairs    int     `json:"pairs"`
	InFlight int     `json:"in_flight"` // publications under way, at most
	Size     int     `json:"size"`
	Seconds  float64 `json:"seconds"`
}

// table is Pairs with its connections. The poller knows subscribers by their
// index and publishers by theirs behind the subscribers'.
type table struct {
	publishers  []*publisher
	subscribers []*counter
	poller      *poller
	next        int // whose turn it is to publish
	underway    int64
	delivered   int64
	buf         []byte
}

func (p *Pairs) run(t Target) (Sample, error) {
	s, err := p.open(t)
	if err != nil {
		return Sample{}, err
	}
	if err := s.play(p.InFlight, warmUp); err != nil {
		return Sample{}, err
	}
	before := s.delivered
	m, err := startMeter(t.PID)
	if err != nil {
		return Sample{}, err
	}
	if err := s.play(p.InFlight, time.Duration(p.Seconds*float64(time.Second))); err != nil {
		return Sample{}, err
	}
	return m.stop(s.delivered - before)
}

func (p *Pairs) open(t Target) (*table, error) {
	s := &table{buf: make([]byte, 64<<10)}
	var err error
	if s.poller, err = newPoller(); err != nil {
		return nil, err
	}
	for i := range p.Pairs {
		if err := p.openPair(t, s, i); err != nil {
			return nil, fmt.Errorf("pair %d: %w", i, err)
		}
	}
	return s, nil
}

// openPair connects pair i.
func (p *Pairs) openPair(t Target, s *table, i int) error {
	pair, err := p.connect(t, fmt.Sprintf("bench.%06d", i), fmt.Sprintf("sub%06d", i), fmt.Sprintf("pub%06d", i))
	if err != nil {
		return err
	}
	s.publishers = append(s.publishers, pair.publisher)
	s.subscribers = append(s.subscribers, pair.subscriber)
	if err := s.poller.add(pair.subscriber.conn, i); err != nil {
		return err
	}
	return s.poller.add(pair.publisher.conn, p.Pairs+i)
}

// play keeps inFlight publications under way for d and returns when all are
// delivered.
func (s *table) play(inFlight int, d time.Duration) error {
	deadline, last := time.Now().Add(d), time.Now()
	for {
		now := time.Now()
		if now.Before(deadline) {
			if err := s.serveUp(int64(inFlight)); err != nil {
				return err
			}
		} else if s.underway == 0 {
			return nil
		}
		before := s.delivered
		if err := s.poller.wait(20*time.Millisecond, s.serve); err != nil {
			return err
		}
		if s.delivered > before {
			last = now
		} else if now.Sub(last) > patience*time.Second {
			return fmt.Errorf("%d publications are lost", s.underway)
		}
	}
}

// serveUp publishes until inFlight are under way.
func (s *table) serveUp(inFlight int64) error {
	for s.underway < inFlight {
		pub := s.publishers[s.next]
		moved, err := pub.push(1)
		if err != nil {
			return err
		}
		if !moved || pub.sent%int64(pub.size) != 0 {
			return fmt.Errorf("the socket of publisher %d is full", s.next)
		}
		s.underway++
		s.next = (s.next + 1) % len(s.publishers)
	}
	return nil
}

func (s *table) serve(r ready) error {
	if r.number >= len(s.subscribers) {
		return s.publishers[r.number-len(s.subscribers)].listen(s.buf)
	}
	n, err := s.subscribers[r.number].readAll(s.buf)
	s.delivered += n
	s.underway -= n
	return err
}
