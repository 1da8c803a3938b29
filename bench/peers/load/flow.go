package load

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// warmUp is how long a Flow or Pairs runs before it measures.
const warmUp = 300 * time.Millisecond

// Flow is a pipelined stream of publications that every subscriber gets. With
// QoS 1 it has one publisher, who numbers the publications.
type Flow struct {
	From        string  `json:"from"` // protocol of the publishers
	To          string  `json:"to"`   // protocol of the subscribers
	QoS         byte    `json:"qos"`  // 0 or 1, of publications and subscriptions
	Publishers  int     `json:"publishers"`
	Subscribers int     `json:"subscribers"`
	Subjects    int     `json:"subjects"` // above 1: subscribers use a wildcard
	Size        int     `json:"size"`     // payload bytes
	Window      int     `json:"window"`   // bytes under way to each subscriber, at most
	Underway    int     `json:"underway"` // and publications; 0: as many as the window holds
	Unacked     int     `json:"unacked"`  // publications without a PUBACK, at most; QoS 1 from MQTT only
	Seconds     float64 `json:"seconds"`

	Unique  bool   `json:"unique,omitempty"`   // no subject comes twice; subscribers use a wildcard
	OwnSIDs bool   `json:"own_sids,omitempty"` // each subscriber, who is NATS, has another sid
	Apart   bool   `json:"apart,omitempty"`    // publishers and subscribers on different lanes of an isthmus with two
	Churn   *Churn `json:"churn,omitempty"`    // what one more NATS client does meanwhile
}

// stream is a Flow with its connections. Its pump's poller knows subscribers by their
// index and publishers by theirs behind the subscribers'.
type stream struct {
	publishers  []*publisher
	subscribers []*counter
	churner     *churner // nil: there is none; the poller knows it as the number behind all others
	spread      bool     // each publication is for one subscriber, whichever that is
	pump
}

func (f *Flow) run(t Target) (Sample, error) {
	name := named
	if f.Apart {
		name = (&placement{target: t}).apart(f)
	}
	s, err := f.open(t, name)
	if err != nil {
		return Sample{}, err
	}
	if f.Apart {
		if err := s.areApart(t.PID); err != nil {
			return Sample{}, err
		}
	}
	if f.Churn != nil {
		return f.runWithChurn(t, s)
	}
	return measure(t.PID, f.Seconds, s.play, s.delivered)
}

// naming returns the client identifier for the next connection, which would be
// called id, when everything is ready for it.
type naming func(subscriber bool, id string) (string, error)

func named(_ bool, id string) (string, error) { return id, nil }

// open connects everyone, sends one publication, and learns from it what
// deliveries look like.
func (f *Flow) open(t Target, name naming) (*stream, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	from, publishAt, err := t.speaker(f.From, f.QoS)
	if err != nil {
		return nil, err
	}
	to, subscribeAt, err := t.speaker(f.To, f.QoS)
	if err != nil {
		return nil, err
	}
	subjects, filter := f.names()
	payload := bytes.Repeat([]byte{'x'}, f.Size)
	if f.QoS > 0 {
		clear(payload[:numberSize])
	}
	batch, err := render(from, subjects, payload, f.QoS > 0, f.Unacked)
	if err != nil {
		return nil, err
	}
	s := &stream{pump: pump{buf: make([]byte, 256<<10)}}
	for i := range f.Subscribers {
		id, err := name(true, fmt.Sprintf("sub%06d", i))
		if err != nil {
			return nil, err
		}
		if f.OwnSIDs {
			to = wire.NATS{SID: firstOwnSID + i}
		}
		c, err := join(to, subscribeAt, id, filter)
		if err != nil {
			return nil, err
		}
		s.subscribers = append(s.subscribers, &counter{conn: c})
	}
	for i := range f.Publishers {
		id, err := name(false, fmt.Sprintf("pub%06d", i))
		if err != nil {
			return nil, err
		}
		c, err := join(from, publishAt, id, "")
		if err != nil {
			return nil, err
		}
		pub := &publisher{conn: c, batch: batch}
		if f.Unacked > 0 {
			pub.receipts = owe(batch, f.Unacked)
		}
		if f.Unique {
			if pub.renaming, err = rename(batch, subjects[0], uniqueNames()); err != nil {
				return nil, err
			}
		}
		s.publishers = append(s.publishers, pub)
	}
	if _, err := s.publishers[0].push(1); err != nil {
		return nil, err
	}
	for _, sub := range s.subscribers {
		if sub.pattern, err = learn(sub.conn, payload); err != nil {
			return nil, err
		}
		sub.count = 1
		if f.QoS > 0 {
			if err := sub.acknowledge(batch.count()); err != nil {
				return nil, err
			}
		}
	}
	s.window = max(int64(f.Window/s.subscribers[0].size), 1)
	if f.Underway > 0 {
		s.window = min(s.window, int64(f.Underway))
	}
	return s, s.watch()
}

// check is an error for what a Flow with QoS 1 cannot be.
func (f *Flow) check() error {
	switch {
	case f.Unique && (f.Publishers != 1 || f.Subjects > 1):
		return errors.New("a flow with unique subjects needs one publisher, and no number of subjects")
	case f.OwnSIDs && f.To != "nats":
		return errors.New("only NATS has sids")
	case f.QoS == 0:
		return nil
	case f.Publishers != 1 || f.Size < numberSize:
		return errors.New("a flow with QoS 1 needs one publisher, and room for numbers in its payloads")
	case f.To != "mqtt":
		return errors.New("a flow with QoS 1 goes to MQTT")
	case (f.From == "mqtt") != (f.Unacked > 0):
		return errors.New("a publisher has a window of PUBACKs if and only if it is MQTT with QoS 1")
	}
	return nil
}

// firstOwnSID makes all sids of OwnSIDs equally long.
const firstOwnSID = 1000

// PublicationSize is the size in bytes of each publication.
func (f *Flow) PublicationSize() (int, error) {
	d, err := wire.Lookup(f.From, f.QoS)
	if err != nil {
		return 0, err
	}
	subjects, _ := f.names()
	return len(d.Publish(nil, subjects[0], 1, make([]byte, f.Size))), nil
}

func (f *Flow) names() (subjects []string, filter string) {
	if f.Unique {
		return []string{uniqueExample}, "bench.*"
	}
	if f.Subjects <= 1 {
		return []string{"bench.flow"}, "bench.flow"
	}
	for i := range f.Subjects {
		subjects = append(subjects, fmt.Sprintf("bench.%06d", i))
	}
	return subjects, "bench.*"
}

func (s *stream) watch() error {
	var err error
	if s.poller, err = newPoller(); err != nil {
		return err
	}
	for i, sub := range s.subscribers {
		if err := s.poller.add(sub.conn, i); err != nil {
			return err
		}
	}
	for i, pub := range s.publishers {
		if err := s.poller.add(pub.conn, len(s.subscribers)+i); err != nil {
			return err
		}
	}
	return nil
}

// play publishes for d, see pump.keep.
func (s *stream) play(d time.Duration) error { return s.keep(s, time.Now().Add(d).After) }

func (s *stream) serve(r ready) error {
	if r.number < len(s.subscribers) {
		sub := s.subscribers[r.number]
		n, err := sub.readAll(s.buf)
		if err != nil {
			return err
		}
		s.moved = s.moved || n > 0
		return s.answer(sub, r)
	}
	if r.number == len(s.subscribers)+len(s.publishers) {
		return s.churner.listen(s.buf)
	}
	return s.attend(s.publishers[r.number-len(s.subscribers)], r)
}

// answer flushes the PUBACKs of a subscriber that had no room for them, and
// waits for room if it has none still.
func (s *stream) answer(sub *counter, r ready) error {
	if sub.acks == nil {
		return nil
	}
	if r.room {
		if err := sub.acks.flush(sub.conn); err != nil {
			return err
		}
	}
	if r.room == sub.acks.blocked {
		return nil
	}
	return s.poller.wantRoom(sub.conn, r.number, sub.acks.blocked)
}

func (s *stream) publish(window int64) error {
	if err := s.churn(); err != nil {
		return err
	}
	room := window - s.underway()
	share := max(window/int64(len(s.publishers)), 1)
	for i, pub := range s.publishers {
		before := pub.publications()
		if err := s.push(pub, len(s.subscribers)+i, min(room, share)); err != nil {
			return err
		}
		room -= pub.publications() - before
	}
	return nil
}

func (s *stream) lost() error {
	if s.underway() == 0 && s.unacknowledged() == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d publications are lost, %d not acknowledged", s.underway(), s.published(), s.unacknowledged())
}

func (s *stream) published() int64 {
	var n int64
	for _, pub := range s.publishers {
		n += pub.publications()
	}
	return n
}

// unacknowledged is how many publications lack a receipt that is owed.
func (s *stream) unacknowledged() int64 {
	var n int64
	for _, pub := range s.publishers {
		n += pub.unacknowledged()
	}
	return n
}

// underway is how many publications the slowest subscriber has not got.
func (s *stream) underway() int64 {
	if s.spread {
		return s.published() - s.delivered()
	}
	slowest := s.subscribers[0].count
	for _, sub := range s.subscribers[1:] {
		slowest = min(slowest, sub.count)
	}
	return s.published() - slowest
}

func (s *stream) verify() error {
	if s.spread {
		if n := s.delivered(); n != s.published() {
			return fmt.Errorf("%d deliveries of %d publications", n, s.published())
		}
		return nil
	}
	for i, sub := range s.subscribers {
		if sub.count != s.published() {
			return fmt.Errorf("subscriber %d got %d deliveries of %d publications", i, sub.count, s.published())
		}
	}
	return nil
}

func (s *stream) delivered() int64 {
	var n int64
	for _, sub := range s.subscribers {
		n += sub.count
	}
	return n
}
