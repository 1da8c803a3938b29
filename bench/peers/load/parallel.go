package load

import (
	"bytes"
	"fmt"
	"time"
)

// Parallel is many pipelined streams at a time, each with a subject, a publisher
// and a subscriber of its own.
type Parallel struct {
	From    string  `json:"from"`
	To      string  `json:"to"`
	Pairs   int     `json:"pairs"`
	Size    int     `json:"size"`   // payload bytes
	Window  int     `json:"window"` // bytes under way in each, at most
	Seconds float64 `json:"seconds"`
}

// parallelBatch is about how much a publisher gives to one write, in bytes: less
// than in one stream, so that all batches together stay in the processor's cache.
const parallelBatch = 16 << 10

// streams is Parallel with its connections. The poller knows subscribers by
// their index and publishers by theirs behind the subscribers'.
type streams struct {
	pairs  []*pair
	poller *poller
	window int64 // publications
	buf    []byte
	moved  bool // bytes went somewhere in this turn
}

func (p *Parallel) run(t Target) (Sample, error) {
	s, err := p.open(t)
	if err != nil {
		return Sample{}, err
	}
	if err := s.pump(warmUp); err != nil {
		return Sample{}, err
	}
	before := s.delivered()
	m, err := startMeter(t.PID)
	if err != nil {
		return Sample{}, err
	}
	if err := s.pump(time.Duration(p.Seconds * float64(time.Second))); err != nil {
		return Sample{}, err
	}
	return m.stop(s.delivered() - before)
}

func (p *Parallel) open(t Target) (*streams, error) {
	s := &streams{buf: make([]byte, 256<<10)}
	var err error
	if s.poller, err = newPoller(); err != nil {
		return nil, err
	}
	kind := &Pairs{From: p.From, To: p.To, Size: p.Size}
	for i := range p.Pairs {
		pair, err := kind.connect(t, fmt.Sprintf("bench.%06d", i), fmt.Sprintf("sub%06d", i), fmt.Sprintf("pub%06d", i))
		if err != nil {
			return nil, fmt.Errorf("pair %d: %w", i, err)
		}
		one := pair.publisher.batch
		pair.publisher.batch.bytes = bytes.Repeat(one.bytes, parallelBatch/one.size)
		s.pairs = append(s.pairs, pair)
		if err := s.poller.add(pair.subscriber.conn, i); err != nil {
			return nil, err
		}
		if err := s.poller.add(pair.publisher.conn, p.Pairs+i); err != nil {
			return nil, err
		}
	}
	s.window = max(int64(p.Window/s.pairs[0].subscriber.size), 1)
	return s, nil
}

// pump publishes for d and returns when all of it is delivered.
func (s *streams) pump(d time.Duration) error {
	deadline, last := time.Now().Add(d), time.Now()
	for s.moved = true; ; {
		wait := time.Duration(0)
		if !s.moved {
			wait = 20 * time.Millisecond
		}
		s.moved = false
		if err := s.poller.wait(wait, s.serve); err != nil {
			return err
		}
		now := time.Now()
		window := s.window
		if now.After(deadline) {
			window = 0
		}
		if err := s.publish(window); err != nil {
			return err
		}
		switch {
		case s.moved:
			last = now
		case window == 0 && s.underway() == 0:
			return nil
		case now.Sub(last) > patience*time.Second:
			return fmt.Errorf("%d publications are lost", s.underway())
		}
	}
}

func (s *streams) serve(r ready) error {
	if r.number < len(s.pairs) {
		pair := s.pairs[r.number]
		n, err := pair.subscriber.readAll(s.buf)
		s.moved = s.moved || n > 0
		if err == nil && pair.underway() < 0 {
			err = fmt.Errorf("subscriber %d got more than was published", r.number)
		}
		return err
	}
	pub := s.pairs[r.number-len(s.pairs)].publisher
	if r.readable {
		if err := pub.listen(s.buf); err != nil {
			return err
		}
	}
	if r.room && pub.blocked {
		pub.blocked = false
		return s.poller.wantRoom(pub.conn, r.number, false)
	}
	return nil
}

// publish lets each publisher send what its window allows; with a window of 0,
// only the rest of a partial publication.
func (s *streams) publish(window int64) error {
	for i, pair := range s.pairs {
		pub := pair.publisher
		free := !pub.blocked
		moved, err := pub.push(max(window-pair.underway(), 0))
		if err != nil {
			return err
		}
		s.moved = s.moved || moved
		if free && pub.blocked {
			if err := s.poller.wantRoom(pub.conn, len(s.pairs)+i, true); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pair) underway() int64 { return p.publisher.publications() - p.subscriber.count }

func (s *streams) underway() int64 {
	var n int64
	for _, pair := range s.pairs {
		n += pair.underway()
	}
	return n
}

func (s *streams) delivered() int64 {
	var n int64
	for _, pair := range s.pairs {
		n += pair.subscriber.count
	}
	return n
}
