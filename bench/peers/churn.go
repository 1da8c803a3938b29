package main

import "github.com/isthmus-mq/isthmus/bench/peers/load"

// churnRate is how many subscriptions another client makes, and ends, per second
// in rows about churn.
const churnRate = 10000

// What a row about churn compares.
const (
	undisturbed = "stream alone"
	disturbed   = "stream and churn"
	churnAlone  = "churn alone"
)

// churnRows lists the rows that show what subscriptions that come and go cost a
// stream from NATS to NATS, whose subjects they do not match. A lane remembers
// routes, and checks them against the shards of the trie that hold what could
// match: "other" filters begin with other words, and "same" ones are in a shard
// that every subject of the stream depends on.
func churnRows(seconds float64) []Row {
	var all []Row
	for _, s := range []struct {
		name     string
		subjects int
	}{{"a16", 1}, {"t1000", 1000}} {
		for _, c := range []struct{ name, what, filter string }{
			{"other", "on other first words", "churn.c"},
			{"same", "in the stream's shard of the trie", "bench.*.c"},
		} {
			all = append(all, Row{
				Name: "churn/" + s.name + "/" + c.name,
				What: "N-N/" + s.name + " while 10,000 subscriptions per second come and go " + c.what,
				Load: load.Task{Flow: &load.Flow{
					From: "nats", To: "nats", Publishers: 1, Subscribers: 1, Subjects: s.subjects, Size: 16,
					Window: streamWindow, Seconds: seconds,
					Churn: &load.Churn{Rate: churnRate, Filter: c.filter},
				}},
			})
		}
	}
	return all
}

func (r Row) churns() bool { return r.Load.Flow != nil && r.Load.Flow.Churn != nil }

// withAndWithout returns the product with each of the loads that a row about
// churn compares.
func (r Row) withAndWithout(peers []Peer, c cores) []contender {
	var list []contender
	for _, p := range peers {
		if p.Name != isthmus {
			continue
		}
		for _, name := range []string{undisturbed, disturbed, churnAlone} {
			their, flow := r, *r.Load.Flow
			switch name {
			case undisturbed:
				flow.Churn = nil
			case churnAlone:
				churn := *flow.Churn
				churn.Alone = true
				flow.Churn = &churn
			}
			their.Load.Flow = &flow
			list = append(list, contender{Result{Row: r.Name, What: r.What, Peer: name}, p, their, c})
		}
	}
	return list
}
