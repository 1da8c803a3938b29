package main

import "github.com/isthmus-mq/isthmus/bench/peers/load"

// lanesRows lists the rows that show what one busy lane does to another.
func lanesRows(seconds float64) []Row {
	flood := load.Flow{From: "nats", To: "nats", Publishers: 1, Subscribers: 1, Size: 16, Window: streamWindow}
	row := func(name, what string, into bool) Row {
		return Row{Name: "lanes/" + name, What: what, Load: load.Task{
			Lanes: &load.Lanes{Flood: flood, Into: into, Size: 16, Seconds: seconds},
		}}
	}
	return []Row{
		row("within", "a pair of MQTT clients on a lane, N-N/a16 within the other lane", false),
		row("into", "a pair of MQTT clients on a lane, N-N/a16 from the other lane into this one", true),
	}
}

// lanes returns how many the product gets for the row.
func (r Row) lanes() int {
	if r.Load.Lanes != nil || r.Load.Flow != nil && r.Load.Flow.Apart {
		return 2
	}
	return 1
}

// floods returns the product with each of the floods that a row about lanes
// compares. All processes share all cores.
func (r Row) floods(peers []Peer, c cores) []contender {
	all := c.server + "," + c.generator
	var list []contender
	for _, p := range peers {
		if p.Name != isthmus {
			continue
		}
		for _, against := range []string{load.Elsewhere, load.Beside, load.Quiet} {
			their, lanes := r, *r.Load.Lanes
			lanes.Against = against
			their.Load.Lanes = &lanes
			list = append(list, contender{Result{Row: r.Name, What: r.What, Peer: against}, p, their, cores{all, all}})
		}
	}
	return list
}
