package soak

import (
	"fmt"
	"math/rand/v2"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// plan is what a round's seed decides before anything runs.
type plan struct {
	subjects []string
	common   int // the first so many of them are everybody's
	root     string
	groups   []Group
	endings  []Ending      // how subscribers die
	pace     time.Duration // mean time between two events of a life
	away     time.Duration // the longest absence
	gap      time.Duration // the longest pause of a publisher
	messages int64
}

const (
	// mostMessages keeps what one session may have to store below the limits
	// that the soak gives the server, and checks short.
	mostMessages = 20000
	// Some subjects belong to one publisher and its subscribers alone.
	pairs, pairSubjects = 12, 3
	quietChance         = 4 // one round in so many has no resets, which blur accounts
)

func newPlan(random *rand.Rand, seed uint64) plan {
	root := fmt.Sprintf("s%x", seed)
	p := plan{
		root:     root,
		pace:     time.Duration(50+random.IntN(250)) * time.Millisecond,
		away:     time.Duration(20+random.IntN(300)) * time.Millisecond,
		gap:      time.Duration(2+random.IntN(40)) * time.Millisecond,
		messages: mostMessages,
		endings:  []Ending{Reset, Drop, Shut, Farewell},
	}
	if random.IntN(quietChance) == 0 {
		p.endings = []Ending{Shut, Farewell}
	}
	for _, name := range []string{"p.a.1", "p.a.2", "p.b.1", "p.b.2", "g.x.1", "g.x.2", "g.y.1", "g.y.2", "g.x.1.z"} {
		p.subjects = append(p.subjects, root+"."+name)
	}
	p.subjects = append(p.subjects, p.void(0), p.void(1))
	p.common = len(p.subjects)
	for i := range pairs * pairSubjects {
		p.subjects = append(p.subjects, fmt.Sprintf("%s.v.%d.%d", root, i/pairSubjects, i%pairSubjects))
	}
	for _, name := range []string{"q1", "q2", queueGroup} {
		p.groups = append(p.groups, p.group(random, name))
	}
	p.groups = append(p.groups, Group{Name: "stored", Assured: true, Stored: true, Shares: []Filter{MQTTFilter(mqttFilter(root + ".g.>"))}})
	return p
}

// void is one of two subjects outside of the root. Number 0 has somebody now and
// then, number 1 a session that keeps QoS 1 as well.
func (p *plan) void(i int) string { return fmt.Sprintf("void%d%s", i, p.root) }

// filters of a group; the same for both protocols.
var groupFilters = []string{"g.>", "g.*.1", "g.x.*", "g.x.1", "*.x.>"}

// group makes up a group: some shares, some queue subjects, at least one of
// both together. Some have no members that lose messages when they die.
func (p *plan) group(random *rand.Rand, name string) Group {
	g := Group{Name: name, Assured: random.IntN(3) == 0}
	for _, f := range groupFilters {
		full := p.root + "." + f
		if random.IntN(3) == 0 {
			g.Shares = append(g.Shares, MQTTFilter(mqttFilter(full)))
		}
		if random.IntN(3) == 0 && !g.Assured {
			g.Queues = append(g.Queues, NATSFilter(full))
		}
	}
	if len(g.Shares)+len(g.Queues) == 0 {
		g.Shares = append(g.Shares, MQTTFilter(mqttFilter(p.root+".g.>")))
	}
	return g
}

// populate makes the clients of a round.
func (r *Round) populate(random *rand.Rand) {
	own := func() *rand.Rand { return rand.New(rand.NewPCG(random.Uint64(), random.Uint64())) }
	trail := func(format string, args ...any) *Trail {
		return NewTrail(fmt.Sprintf(format, args...), &r.Ledger.Clock)
	}
	root := r.plan.root
	for i := range 2 * r.at.Lanes {
		r.witnesses = append(r.witnesses, &natsLife{round: r, trail: trail("witness %d", i), random: own(), subs: []natsSub{{root + ".>", ""}}, witness: true})
	}
	for i, subject := range []string{"p.a.1", "p.*.1", "p.>", "*.x.1", "g.>", ">"} {
		full := root + "." + subject
		r.lives = append(r.lives, &natsLife{
			round: r, trail: trail("nats plain %d", i), random: own(), subs: []natsSub{{full, ""}, {root + ".p.b.*", ""}},
			verbose: random.IntN(3) == 0, mortal: i%2 == 1, churn: random.IntN(3) == 0, stall: stall(random),
		})
		r.lives = append(r.lives, r.plainMQTT(random, own(), trail("mqtt plain %d", i), full, i))
	}
	for i := range 2 {
		r.lives = append(r.lives, &natsLife{
			round: r, trail: trail("nats void %d", i), random: own(), subs: []natsSub{{r.plan.void(i), ""}}, verbose: i == 0, churn: true, mortal: i == 1,
		})
		l := &mqttLife{mqttSession: r.session(random, own(), trail("mqtt void %d", i)), mortal: true}
		if i == 0 {
			l.churns = topicFilter{filter: r.plan.void(0), qos: byte(random.IntN(2))}
		} else {
			l.keep, l.filters = true, []topicFilter{{filter: r.plan.void(1), qos: 1}}
		}
		r.lives = append(r.lives, l)
	}
	for _, g := range r.plan.groups {
		r.join(random, own, trail, g)
	}
	r.retain(random, own, trail)
	r.bequeath(random, own, trail)
	r.identify(own, trail)
	for i := range 3 {
		r.sources = append(r.sources, &natsPublisher{round: r, trail: trail("nats publisher %d", i), random: own(), verbose: i == 1, headers: i == 2, mortal: random.IntN(2) == 0})
		r.sources = append(r.sources, &mqttPublisher{
			round: r, trail: trail("mqtt exact publisher %d", i), random: own(), id: fmt.Sprintf("%s-exact-%d", root, i),
			version: version(random), qos: 2, exact: true, window: 1 + random.IntN(32), mortal: i > 0,
		})
		r.sources = append(r.sources, &mqttPublisher{
			round: r, trail: trail("mqtt publisher %d", i), random: own(), id: fmt.Sprintf("%s-pub-%d", root, i),
			version: version(random), qos: i - 1, window: 1 + random.IntN(32), mortal: random.IntN(2) == 0,
		})
	}
}

func stall(random *rand.Rand) time.Duration {
	if random.IntN(3) > 0 {
		return 0
	}
	return time.Duration(1+random.IntN(40)) * time.Millisecond
}

// version: 5 as often as the earlier ones together.
func version(random *rand.Rand) codec.Version {
	return []codec.Version{codec.V31, codec.V311, codec.V5, codec.V5}[random.IntN(4)]
}

func (r *Round) session(random, own *rand.Rand, trail *Trail) *mqttSession {
	return &mqttSession{
		round: r, trail: trail, random: own, moods: rand.New(rand.NewPCG(random.Uint64(), 2)),
		id:      fmt.Sprintf("%s-%d", r.plan.root, random.Uint32()),
		version: version(random),
		keep:    random.IntN(3) > 0,
		habits: habits{
			eager: random.IntN(3) == 0, delay: []time.Duration{3, 10, 200}[random.IntN(3)] * time.Millisecond, shuffled: random.IntN(4) == 0,
			stall: stall(random), most: []int{1, 4, 64}[random.IntN(3)],
		},
	}
}

// plainMQTT subscribes to a filter, and sometimes to another one that overlaps.
func (r *Round) plainMQTT(random, own *rand.Rand, trail *Trail, filter string, i int) *mqttLife {
	l := &mqttLife{mqttSession: r.session(random, own, trail), mortal: i > 0, fresh: random.IntN(3) == 0}
	l.filters = []topicFilter{{filter: mqttFilter(filter), qos: byte(random.IntN(3))}}
	if random.IntN(2) == 0 {
		l.filters = append(l.filters, topicFilter{filter: mqttFilter(r.plan.root + ".*.a.>"), qos: byte(random.IntN(3))})
	}
	if random.IntN(2) == 0 {
		l.churns = topicFilter{filter: mqttFilter(r.plan.root + ".*.*.2"), qos: byte(random.IntN(3))}
	}
	return l
}

// join gives a group its members: two or three to each set.
func (r *Round) join(random *rand.Rand, own func() *rand.Rand, trail func(string, ...any) *Trail, g Group) {
	for k, f := range g.Shares {
		for i := range 2 + random.IntN(2) {
			s := r.session(random, own(), trail("mqtt member %d of %s %s", i, g.Name, f.Canonical()))
			s.member, s.window.moves = true, true
			l := &mqttLife{mqttSession: s, mortal: true, fresh: random.IntN(3) == 0, leaves: random.IntN(2) == 0}
			qos := func() byte {
				if g.Assured {
					return 1
				}
				return byte(random.IntN(2))
			}
			l.filters = []topicFilter{{group: g.Name, filter: mqttFilter(f.Canonical()), qos: qos()}}
			if g.Stored {
				s.keep, s.alone = true, true
				l.fresh, l.leaves = false, false
			} else if other := g.Shares[(k+1)%len(g.Shares)]; random.IntN(4) == 0 && other.Canonical() != f.Canonical() {
				l.filters = append(l.filters, topicFilter{group: g.Name, filter: mqttFilter(other.Canonical()), qos: qos()})
			}
			r.lives = append(r.lives, l)
		}
	}
	for k, f := range g.Queues {
		for i := range 2 + random.IntN(3) {
			l := &natsLife{
				round: r, trail: trail("nats member %d of %s %s", i, g.Name, f.Canonical()), random: own(),
				subs: []natsSub{{f.Canonical(), g.Name}}, mortal: true, verbose: random.IntN(3) == 0, stall: stall(random), churn: random.IntN(3) == 0,
			}
			if i > 1 { // the first two keep the set alive
				l.limited, l.mortal = random.IntN(2) == 0, random.IntN(2) == 0
			}
			if other := g.Queues[(k+1)%len(g.Queues)]; random.IntN(3) == 0 && other.Canonical() != f.Canonical() {
				l.subs = append(l.subs, natsSub{other.Canonical(), g.Name})
			}
			r.lives = append(r.lives, l)
		}
	}
}
