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

// streams is Parallel with its connections. Its pump's poller knows subscribers by
// their index and publishers by theirs behind the subscribers'.
type streams struct {
	pairs []*pair
	pump
}

func (p *Parallel) run(t Target) (Sample, error) {
	s, err := p.open(t)
	if err != nil {
		return Sample{}, err
	}
	return measure(t.PID, p.Seconds, s.play, s.delivered)
}

func (p *Parallel) open(t Target) (*streams, error) {
	s := &streams{pump: pump{buf: make([]byte, 256<<10)}}
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

// play publishes for d, see pump.keep.
func (s *streams) play(d time.Duration) error { return s.keep(s, time.Now().Add(d).After) }

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
	return s.attend(s.pairs[r.number-len(s.pairs)].publisher, r)
}

func (s *streams) publish(window int64) error {
	for i, pair := range s.pairs {
		if err := s.push(pair.publisher, len(s.pairs)+i, window-pair.underway()); err != nil {
			return err
		}
	}
	return nil
}

func (s *streams) lost() error {
	if n := s.underway(); n > 0 {
		return fmt.Errorf("%d publications are lost", n)
	}
	return nil
}

// verify has nothing left to look at: see serve.
func (s *streams) verify() error { return nil }

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
