package soak

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// What clients may rely on, with any number of lanes (docs/architecture.md,
// "Ordering and visibility"). Pairs of clients of both protocols prove it again
// and again under load:
//
//	1  who has seen +OK, PONG or SUBACK gets what anybody publishes from then on
//	2  who has seen PONG or UNSUBACK behind its UNSUB gets nothing any more
//	3  what was published before a PONG, +OK, PINGRESP or PUBACK reaches who was
//	   subscribed before, without any further event, and nobody who subscribes
//	   from then on
//	4  one publisher's messages come to one subscriber in their order, over all
//	   its subjects
//	5  when one member of a group is replaced by another, of either protocol, each
//	   message goes to one of them, and to the new one once the end of the old
//	   one's subscription is acknowledged
//
// Steps wait for 1, 3 and 5 to come true; the ledger's rules early, order, unsub,
// missing and group-... judge all of it.
func TestVisibility(t *testing.T) {
	length, seed := setting(t, 5*time.Second)
	for _, lanes := range []int{1, 2, 4} {
		t.Run(fmt.Sprintf("lanes %d", lanes), func(t *testing.T) {
			soak(t, lanes, seed, length/5, time.Second, func(at Target, seed uint64) *Round {
				return newRound(at, seed, (*Round).pairUp)
			})
		})
	}
}

// seat is a place from which one filter is subscribed to, again and again.
type seat interface {
	begin() error
	sit() error // returns when the subscription is acknowledged
	leave() error
	count() int // copies since it sat down
	total() int // since ever
	fence() error
	finish() error
}

// pair is a publisher and one who subscribes to it; or two who take turns in a
// group.
type pair struct {
	round  *Round
	trail  *Trail
	random *rand.Rand
	source interface {
		source
		burst(n int) (last int, err error)
		settle() error
	}
	seats []seat
	mixed bool // the seats are of both protocols
	steps int
	sent  int
}

func (p *pair) begin() error {
	for _, s := range p.seats {
		if err := s.begin(); err != nil {
			return err
		}
	}
	if len(p.seats) > 1 { // the group is never empty
		if err := p.seats[0].sit(); err != nil {
			return err
		}
	}
	return p.source.begin()
}

func (p *pair) run() (err error) {
	for p.round.sleep(time.Duration(p.random.IntN(2000))*time.Microsecond, p.round.stopLives) && err == nil {
		p.steps++
		if len(p.seats) > 1 {
			err = p.replace()
		} else {
			err = p.comeAndGo()
		}
	}
	return err
}

// comeAndGo subscribes, publishes, and unsubscribes while more comes.
func (p *pair) comeAndGo() error {
	s, n := p.seats[0], 1+p.random.IntN(8)
	if err := s.sit(); err != nil {
		return err
	}
	if err := p.publish(n); err != nil {
		return err
	}
	if p.random.IntN(2) == 0 {
		if err := p.source.settle(); err != nil {
			return err
		}
	}
	if err := p.wait(s, n, "1 or 3"); err != nil {
		return err
	}
	if err := p.publish(p.random.IntN(8)); err != nil {
		return err
	}
	if err := s.leave(); err != nil {
		return err
	}
	if err := p.publish(p.random.IntN(4)); err != nil {
		return err
	}
	return p.source.settle() // whoever sits down now sees nothing of it
}

// replace lets one member of the group take the other one's place.
func (p *pair) replace() error {
	old, next, n := p.seats[0], p.seats[1], 1+p.random.IntN(8)
	if err := p.publish(p.random.IntN(8)); err != nil {
		return err
	}
	if p.mixed {
		// What was published before the first member of the other protocol came is
		// not for that one, and may be lost with the last member of its own.
		err := p.until("5", func() bool { return old.total()+next.total() >= p.sent }, old, next)
		if err != nil {
			return err
		}
	}
	if err := next.sit(); err != nil {
		return err
	}
	if err := p.publish(p.random.IntN(8)); err != nil {
		return err
	}
	if err := old.leave(); err != nil {
		return err
	}
	p.seats[0], p.seats[1] = next, old
	if err := p.source.settle(); err != nil {
		return err
	}
	before := next.count() // more may come that was published before
	if err := p.publish(n); err != nil {
		return err
	}
	return p.wait(next, before+n, "5")
}

func (p *pair) publish(n int) error {
	if n == 0 {
		return nil
	}
	p.sent += n
	_, err := p.source.burst(n)
	return err
}

// wait returns when n copies have come.
func (p *pair) wait(s seat, n int, property string) error {
	return p.until(property, func() bool { return s.count() >= n }, s)
}

func (p *pair) until(property string, done func() bool, seats ...seat) error {
	for begin := time.Now(); !done(); {
		if time.Since(begin) > patience {
			return fmt.Errorf("%s: visibility %s: messages do not come", p.trail.Name, property)
		}
		for _, s := range seats {
			if err := s.fence(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pair) fence() error {
	for _, s := range p.seats {
		if err := s.fence(); err != nil {
			return err
		}
	}
	return nil
}

func (p *pair) again() error { return p.source.settle() }

func (p *pair) finish() error {
	for _, s := range p.seats {
		if err := s.finish(); err != nil {
			return err
		}
	}
	return p.source.finish()
}

// natsSeat sits on a NATS connection.
type natsSeat struct {
	natsLife
}

func (s *natsSeat) begin() (err error) {
	s.live = make([]*natsSubscription, 1)
	s.client, err = s.round.dialNATS(s.trail, s.verbose, true, reads)
	return err
}

func (s *natsSeat) sit() error   { return s.subscribe(func(int) bool { return true }) }
func (s *natsSeat) leave() error { return s.client.unsubscribe(s.live[0]) }
func (s *natsSeat) count() int   { return s.live[0].Count() }

func (s *natsSeat) total() (n int) {
	for _, sub := range s.client.each() {
		n += sub.Count()
	}
	return n
}

// mqttSeat sits in an MQTT session.
type mqttSeat struct {
	mqttLife
	before int
}

func (s *mqttSeat) begin() error { return s.connect(true) }

func (s *mqttSeat) sit() error {
	s.before = s.receiver.Count()
	return s.subscribe(s.filters)
}

func (s *mqttSeat) leave() error { return s.unsubscribe(s.filters[0]) }
func (s *mqttSeat) count() int   { return s.receiver.Count() - s.before }
func (s *mqttSeat) total() int   { return s.receiver.Count() }

// pairUp makes pairs with subjects of their own, and the load.
func (r *Round) pairUp(random *rand.Rand) {
	own := func() *rand.Rand { return rand.New(rand.NewPCG(random.Uint64(), random.Uint64())) }
	trail := func(format string, args ...any) *Trail {
		return NewTrail(fmt.Sprintf(format, args...), &r.Ledger.Clock)
	}
	r.populate(random)
	r.lives, r.plan.groups = nil, nil
	first := r.plan.common
	for i := range pairs {
		p := &pair{round: r, trail: trail("pair %d", i), random: own()}
		var only []int
		for k := range pairSubjects {
			only = append(only, first+i*pairSubjects+k)
		}
		if i%2 == 0 {
			p.source = &natsPublisher{round: r, trail: trail("pair %d publisher", i), random: p.random, verbose: i%4 == 0, only: only}
		} else {
			p.source = &mqttPublisher{
				round: r, trail: trail("pair %d publisher", i), random: p.random, id: fmt.Sprintf("%s-pair-%d", r.plan.root, i),
				version: version(random), qos: i%3 - 1, window: 8, only: only,
			}
		}
		filter, group := fmt.Sprintf("%s.v.%d.*", r.plan.root, i), ""
		seats := 1
		if i%3 == 2 {
			group, seats = fmt.Sprintf("v%d", i), 2
			r.plan.groups = append(r.plan.groups, Group{Name: group, Shares: []Filter{NATSFilter(filter)}, Queues: []Filter{NATSFilter(filter)}})
		}
		for k := range seats {
			name := trail("pair %d seat %d", i, k)
			if random.IntN(2) == 0 {
				p.seats = append(p.seats, &natsSeat{natsLife{round: r, trail: name, random: own(), subs: []natsSub{{filter, group}}, verbose: random.IntN(2) == 0}})
				continue
			}
			s := r.session(random, own(), name)
			s.keep, s.member, s.window.moves = false, group != "", group != ""
			l := mqttLife{mqttSession: s}
			l.filters = []topicFilter{{group: group, filter: mqttFilter(filter), qos: byte(random.IntN(2))}}
			p.seats = append(p.seats, &mqttSeat{mqttLife: l})
		}
		if seats > 1 {
			_, first := p.seats[0].(*natsSeat)
			_, second := p.seats[1].(*natsSeat)
			p.mixed = first != second
		}
		r.lives = append(r.lives, p)
	}
}
