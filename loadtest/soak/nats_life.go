package soak

import (
	"math/rand/v2"
	"time"
)

// natsLife is a NATS client that subscribes, over all its connections.
type natsLife struct {
	round   *Round
	trail   *Trail
	random  *rand.Rand
	subs    []natsSub
	verbose bool
	witness bool
	mortal  bool
	limited bool // its subscriptions end by UNSUB's maximum and are made anew
	churn   bool // it unsubscribes and subscribes again and again
	stall   time.Duration

	client *natsClient
	live   []*natsSubscription
}

// natsSub is one subscription that a life makes.
type natsSub struct{ subject, queue string }

// sets are the sets of members to which this life is essential.
func (l *natsLife) sets() (sets []string) {
	for _, s := range l.subs {
		if s.queue != "" && !l.limited {
			sets = append(sets, s.queue+" queue "+s.subject)
		}
	}
	return sets
}

// reads is a reader that never rests.
func reads() time.Duration { return 0 }

// begin connects and subscribes.
func (l *natsLife) begin() (err error) {
	moods := rand.New(rand.NewPCG(l.random.Uint64(), 0))
	l.client, err = l.round.dialNATS(l.trail, l.verbose, true, func() time.Duration {
		if l.stall > 0 && moods.IntN(50) == 0 && !l.round.quick.Load() {
			time.Sleep(time.Duration(moods.Int64N(int64(l.stall))))
		}
		return 0
	})
	if err != nil {
		return err
	}
	l.live = nil
	for range l.subs {
		l.live = append(l.live, nil)
	}
	if err := l.subscribe(func(int) bool { return true }); err != nil {
		return err
	}
	l.round.roster.join(l.sets())
	return nil
}

// subscribe makes those of its subscriptions that which says.
func (l *natsLife) subscribe(which func(i int) bool) error {
	var made []*natsSubscription
	for i, s := range l.subs {
		if !which(i) {
			continue
		}
		most := 0
		if l.limited {
			most = 1 + l.random.IntN(40)
		}
		sub, err := l.client.subscribe(s.subject, s.queue, most)
		if err != nil {
			return err
		}
		sub.Witness = l.witness
		l.live[i] = sub
		made = append(made, sub)
	}
	return l.client.fence(nil, func() {
		for _, s := range made {
			s.granted()
		}
	})
}

// run lives until the round stops.
func (l *natsLife) run() error {
	for l.round.wait(l.random) {
		switch {
		case l.limited:
			if err := l.subscribe(func(i int) bool { return l.live[i].Count() >= l.live[i].limit }); err != nil {
				return err
			}
		case l.churn && l.round.roster.leave(l.sets()):
			i := l.random.IntN(len(l.subs))
			if err := l.client.unsubscribe(l.live[i]); err != nil {
				return err
			}
			l.round.rest(l.random)
			if err := l.subscribe(func(k int) bool { return k == i }); err != nil {
				return err
			}
			l.round.roster.join(l.sets())
		}
		if l.mortal && l.random.IntN(2) == 0 && l.round.roster.leave(l.sets()) {
			l.client.die(l.round.pickEnding(l.random))
			l.round.rest(l.random)
			if err := l.begin(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *natsLife) fence() error { return l.client.fence(nil, nil) }

// again is for sessions.
func (l *natsLife) again() error { return nil }

func (l *natsLife) finish() error {
	l.client.die(Shut)
	return nil
}
