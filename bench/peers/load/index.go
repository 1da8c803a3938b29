package load

import (
	"bytes"
	"fmt"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// Index is many subscriptions of few connections, and then publications each of
// which exactly one subscription matches. Every tenth has a wildcard.
type Index struct {
	Protocol      string  `json:"protocol"`
	Connections   int     `json:"connections"`
	Subscriptions int     `json:"subscriptions"`
	Size          int     `json:"size"`     // payload bytes
	Underway      int     `json:"underway"` // publications, at most
	Seconds       float64 `json:"seconds"`
}

const (
	indexExample = "dev.0000.s000000.temp"
	// indexStride is a prime: publications meet subscriptions in an order that
	// has little to do with that in which they were made.
	indexStride = 611953
)

// indexName writes what subscription n is for over a name that looks like
// indexExample.
func indexName(name []byte, n int) {
	putDigits(name[4:8], n/100)
	putDigits(name[10:16], n)
}

// indexFilter is what subscription n asks for.
func indexFilter(n int) string {
	name := []byte(indexExample)
	indexName(name, n)
	if n%10 == 9 {
		return string(name[:len("dev.0000.s000000.")]) + "*"
	}
	return string(name)
}

func (l *Index) run(t Target) (Sample, error) {
	if l.Subscriptions > 1e6 || l.Subscriptions%indexStride == 0 {
		return Sample{}, fmt.Errorf("names for %d subscriptions are not there", l.Subscriptions)
	}
	s, err := l.connect(t)
	if err != nil {
		return Sample{}, err
	}
	made, _, err := growth(t.PID, l.Subscriptions, func() error {
		for i, sub := range s.subscribers {
			if err := l.subscribe(sub.conn, i); err != nil {
				return fmt.Errorf("connection %d: %w", i, err)
			}
		}
		return nil
	})
	if err != nil {
		return Sample{}, err
	}
	if err := l.learn(s); err != nil {
		return Sample{}, err
	}
	sample, err := measure(t.PID, l.Seconds, s.play, s.delivered)
	sample.Subscriptions, sample.SubscribeCPU = made.Count, made.ServerCPU
	sample.GrownBytes = made.GrownBytes
	return sample, err
}

// connect connects everyone. Nobody has a subscription yet.
func (l *Index) connect(t Target) (*stream, error) {
	d, at, err := t.speaker(l.Protocol, 0)
	if err != nil {
		return nil, err
	}
	s := &stream{spread: true, pump: pump{buf: make([]byte, 256<<10), window: int64(l.Underway)}}
	for i := range l.Connections {
		c, err := join(d, at, fmt.Sprintf("sub%06d", i), "")
		if err != nil {
			return nil, err
		}
		s.subscribers = append(s.subscribers, &counter{conn: c})
	}
	c, err := join(d, at, "pub", "")
	if err != nil {
		return nil, err
	}
	payload := bytes.Repeat([]byte{'x'}, l.Size)
	batch, err := render(d, []string{indexExample}, payload, false, 0)
	if err != nil {
		return nil, err
	}
	pub := &publisher{conn: c, batch: batch}
	n := 0
	pub.renaming, err = rename(batch, indexExample, func(name []byte) {
		indexName(name, n)
		n = (n + indexStride) % l.Subscriptions
	})
	s.publishers = []*publisher{pub}
	return s, err
}

// subscribe makes the connection's share of the subscriptions and waits until
// the server has answered.
func (l *Index) subscribe(c *conn, connection int) error {
	const atATime = 100
	buf := make([]byte, 64<<10)
	var out []byte
	number, answers := 0, 0
	for n := connection; n < l.Subscriptions; n += l.Connections {
		number++
		var more int
		out, more = c.dialect.Subscribe(out, number, indexFilter(n))
		answers += more
		if number%atATime != 0 && n+l.Connections < l.Subscriptions {
			continue
		}
		if d, ok := c.dialect.(wire.NATS); ok {
			out = d.Ask(out)
			answers++
		}
		for len(out) > 0 {
			m, err := c.write(out)
			if err != nil {
				return err
			}
			out = out[m:]
		}
		for answers > 0 {
			if err := c.walk(buf, func(kind wire.Kind, _ []byte) error {
				if kind == wire.Answer {
					answers--
				}
				return nil
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// learn sends one publication, which goes to the first subscriber, and learns
// from it what all deliveries look like.
func (l *Index) learn(s *stream) error {
	if _, err := s.publishers[0].push(1); err != nil {
		return err
	}
	p, err := learn(s.subscribers[0].conn, bytes.Repeat([]byte{'x'}, l.Size))
	if err != nil {
		return err
	}
	for _, sub := range s.subscribers {
		sub.pattern = p
	}
	s.subscribers[0].count = 1
	return s.watch()
}
