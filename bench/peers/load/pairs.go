package load

import (
	"fmt"
	"slices"
	"time"
)

// Pairs is ping-pong: each pair is a publisher and a subscriber of one subject
// of their own, and each delivery lets the next pair in turn publish once. With
// a rate it is an open loop: pairs publish in turn, when it is time to.
type Pairs struct {
	From     string  `json:"from"`
	To       string  `json:"to"`
	Pairs    int     `json:"pairs"`
	InFlight int     `json:"in_flight"`      // publications under way, at most
	Rate     float64 `json:"rate,omitempty"` // per second, of all pairs together; InFlight is not looked at
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
	began       time.Time
	since       [][]int64 // by pair: when each publication under way was due, in ns since began
	took        []int64   // ns from then to its delivery
}

func (p *Pairs) run(t Target) (Sample, error) {
	s, err := p.open(t)
	if err != nil {
		return Sample{}, err
	}
	sample, err := measure(t.PID, p.Seconds, func(d time.Duration) error { return p.play(s, d) }, func() int64 { return s.delivered })
	if err != nil {
		return Sample{}, err
	}
	sample.P50, sample.P99 = percentiles(s.took)
	return sample, nil
}

// play forgets how long what it played before took.
func (p *Pairs) play(s *table, d time.Duration) error {
	s.took = s.took[:0]
	if p.Rate > 0 {
		return s.follow(p.Rate, d)
	}
	return s.play(p.InFlight, d)
}

// percentiles returns the median and the 99th of 100 parts. It sorts took, which
// may not be empty.
func percentiles(took []int64) (p50, p99 int64) {
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*99/100]
}

func (p *Pairs) open(t Target) (*table, error) {
	s := &table{
		buf: make([]byte, 64<<10), began: time.Now(),
		since: make([][]int64, p.Pairs), took: make([]int64, 0, 1<<20),
	}
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
		if err := s.publish(time.Since(s.began)); err != nil {
			return err
		}
	}
	return nil
}

// publish lets the next pair publish what was due then.
func (s *table) publish(due time.Duration) error {
	pub := s.publishers[s.next]
	moved, err := pub.push(1)
	if err != nil {
		return err
	}
	if !moved || pub.sent%int64(pub.size) != 0 {
		return fmt.Errorf("the socket of publisher %d is full", s.next)
	}
	s.since[s.next] = append(s.since[s.next], due.Nanoseconds())
	s.underway++
	s.next = (s.next + 1) % len(s.publishers)
	return nil
}

// follow publishes rate times a second for d, late rather than never, and
// returns when all are delivered. It does not sleep: what it measures is shorter
// than what a sleep is late by.
func (s *table) follow(rate float64, d time.Duration) error {
	from, last := time.Since(s.began), time.Now()
	total, published := int(rate*d.Seconds()), 0
	due := func() time.Duration { return from + time.Duration(float64(published)/rate*1e9) }
	for published < total || s.underway > 0 {
		for published < total && due() <= time.Since(s.began) {
			if err := s.publish(due()); err != nil {
				return err
			}
			published++
			last = time.Now()
		}
		before := s.delivered
		if err := s.poller.wait(0, s.serve); err != nil {
			return err
		}
		if s.delivered > before {
			last = time.Now()
		} else if time.Since(last) > patience*time.Second {
			return fmt.Errorf("%d publications are lost", s.underway)
		}
	}
	return nil
}

func (s *table) serve(r ready) error {
	if r.number >= len(s.subscribers) {
		return s.publishers[r.number-len(s.subscribers)].listen(s.buf)
	}
	n, err := s.subscribers[r.number].readAll(s.buf)
	if err != nil {
		return err
	}
	since := s.since[r.number]
	if int(n) > len(since) {
		return fmt.Errorf("subscriber %d got %d deliveries of %d publications", r.number, n, len(since))
	}
	now := time.Since(s.began).Nanoseconds()
	for _, then := range since[:n] {
		s.took = append(s.took, now-then)
	}
	s.since[r.number] = append(since[:0], since[n:]...)
	s.delivered += n
	s.underway -= n
	return nil
}
