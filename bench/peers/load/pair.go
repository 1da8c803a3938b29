package load

import (
	"bytes"
	"time"
)

// pair is a publisher and the one subscriber of its subject.
type pair struct {
	publisher  *publisher
	subscriber *counter
}

// connect connects a pair and passes one message through it.
func (p *Pairs) connect(t Target, subject, subscriberID, publisherID string) (*pair, error) {
	from, publishAt, err := t.speaker(p.From, 0)
	if err != nil {
		return nil, err
	}
	to, subscribeAt, err := t.speaker(p.To, 0)
	if err != nil {
		return nil, err
	}
	payload := bytes.Repeat([]byte{'x'}, p.Size)
	one := from.Publish(nil, subject, 0, payload)

	in, err := join(to, subscribeAt, subscriberID, subject)
	if err != nil {
		return nil, err
	}
	out, err := join(from, publishAt, publisherID, "")
	if err != nil {
		return nil, err
	}
	pub := &publisher{conn: out, batch: batch{bytes: one, size: len(one)}}
	sub := &counter{conn: in, count: 1}
	if _, err := pub.push(1); err != nil {
		return nil, err
	}
	sub.pattern, err = learn(in, payload)
	return &pair{publisher: pub, subscriber: sub}, err
}

// time publishes for d, each time when the publication before is delivered, and
// appends the ns that each took. The connections block.
func (p *pair) time(took []int64, d time.Duration) ([]int64, error) {
	buf := make([]byte, 64<<10)
	for now, deadline := time.Now(), time.Now().Add(d); now.Before(deadline); {
		if _, err := p.publisher.push(1); err != nil {
			return took, err
		}
		for n := int64(0); n == 0; {
			var err error
			if n, err = p.subscriber.readAll(buf); err != nil {
				return took, err
			}
		}
		before := now
		now = time.Now()
		took = append(took, now.Sub(before).Nanoseconds())
	}
	return took, nil
}
