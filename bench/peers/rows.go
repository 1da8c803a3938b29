package main

import (
	"fmt"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

// Row is one line of the report: one load, run on every peer that speaks its
// protocols.
type Row struct {
	Name string
	What string
	Load load.Task // without a target

	// Reference is what runs in this row's place, and is named in the report,
	// on peers that cannot do what the row asks for. Nil: they sit it out.
	Reference *Row

	Ceiling bool // the relay can run it
	Slow    bool // some peer takes so long that it is no core row, and has one round
}

// Windows are as wide as lets a server batch, and narrow enough that none
// loses anything.
const (
	streamWindow = 1 << 20  // to the one subscriber of a stream
	fanOutWindow = 64 << 10 // to each of many
	throngWindow = 32 << 10 // to each of a thousand
)

// directions are N for NATS and M for MQTT 3.1.1.
var directions = []struct{ name, from, to string }{
	{"N-N", "nats", "nats"}, {"N-M", "nats", "mqtt"}, {"M-N", "mqtt", "nats"}, {"M-M", "mqtt", "mqtt"},
}

// sizes are how large the rows are that have no other bound.
type sizes struct {
	seconds     float64 // of a stream
	idle, storm int     // connections
}

// rows lists every row.
func rows(s sizes) []Row {
	var all []Row
	for _, d := range directions {
		all = append(all, streamRows(d.name, d.from, d.to, s.seconds)...)
		all = append(all, pairRows(d.name, d.from, d.to, s.seconds)...)
	}
	all = append(append(all, qos1Rows(s.seconds)...), indexRows(s.seconds)...)
	all = append(append(all, churnRows(s.seconds)...), lanesRows(s.seconds)...)
	for _, p := range []struct{ name, protocol string }{{"N", "nats"}, {"M", "mqtt"}} {
		all = append(all, Row{
			Name: p.name + "/idle", What: fmt.Sprintf("%d connections, one subscription each", s.idle),
			Load: load.Task{Idle: &load.Idle{Protocol: p.protocol, Connections: s.idle}},
		}, Row{
			Name: p.name + "/storm", What: fmt.Sprintf("%d connects", s.storm),
			Load: load.Task{Storm: &load.Storm{Protocol: p.protocol, Connections: s.storm}},
		})
	}
	return all
}

// streamRows lists the pipelined rows of one direction.
func streamRows(direction, from, to string, seconds float64) []Row {
	var all []Row
	add := func(name, what string, f load.Flow) {
		f.From, f.To, f.Seconds = from, to, seconds
		all = append(all, Row{
			Name: direction + "/" + name, What: what, Load: load.Task{Flow: &f},
			Ceiling: direction == "N-N" && !f.OwnSIDs && !f.Unique && !f.Apart,
		})
	}
	one := load.Flow{Publishers: 1, Subscribers: 1, Size: 16, Window: streamWindow}
	add("a16", "1→1, 16 B", one)
	larger := one
	larger.Size = 256
	add("a256", "1→1, 256 B", larger)
	many := one
	many.Subjects = 1000
	add("t1000", "1→1, 16 B, 1000 subjects, one wildcard", many)
	unique := one
	unique.Unique = true
	add("u", "1→1, 16 B, no subject twice, one wildcard", unique)
	add("b100", "1→100, 128 B", load.Flow{Publishers: 1, Subscribers: 100, Size: 128, Window: fanOutWindow})
	throng := load.Flow{Publishers: 1, Subscribers: 1000, Size: 128, Window: throngWindow}
	add("b1000", "1→1000, 128 B", throng)
	if to == "nats" {
		throng.OwnSIDs = true
		add("b1000u", "1→1000, 128 B, every subscriber has another sid", throng)
	}
	add("c100", "100→1, 16 B", load.Flow{Publishers: 100, Subscribers: 1, Size: 16, Window: streamWindow})
	apart := one
	apart.Apart = true
	add("2l", "a16; isthmus has two lanes on its one core, publisher and subscriber on different ones", apart)
	return append(all, Row{
		Name: direction + "/p100", What: "100 pairs, 16 B", Ceiling: direction == "N-N",
		Load: load.Task{Parallel: &load.Parallel{
			From: from, To: to, Pairs: 100, Size: 16, Window: fanOutWindow, Seconds: seconds,
		}},
	})
}

// pairRows lists the ping-pong rows of one direction.
func pairRows(direction, from, to string, seconds float64) []Row {
	var all []Row
	add := func(name, what string, p load.Pairs) {
		p.From, p.To, p.Pairs, p.Size, p.Seconds = from, to, 1000, 16, seconds
		all = append(all, Row{
			Name: direction + "/" + name, What: what, Load: load.Task{Pairs: &p}, Ceiling: direction == "N-N",
		})
	}
	add("d1000", "1000 pairs ping-pong, 1000 in flight, 16 B", load.Pairs{InFlight: 1000})
	add("d32", "1000 pairs ping-pong, 32 in flight, 16 B", load.Pairs{InFlight: 32})
	add("d1", "1000 pairs ping-pong, 1 in flight, 16 B", load.Pairs{InFlight: 1})
	add("d5k", "1000 pairs, 5000 messages per second in an open loop, 16 B", load.Pairs{Rate: 5000})
	return all
}

// indexRows lists the rows about many subscriptions.
func indexRows(seconds float64) []Row {
	var all []Row
	for _, n := range []struct {
		name  string
		count int
		slow  bool
	}{{"m100k", 100e3, false}, {"m1M", 1e6, true}} {
		for _, p := range []struct{ name, protocol string }{{"N", "nats"}, {"M", "mqtt"}} {
			all = append(all, Row{
				Name: p.name + "/" + n.name, Slow: n.slow,
				What: fmt.Sprintf("%d subscriptions of 100 connections, each publication matches one", n.count),
				Load: load.Task{Index: &load.Index{
					Protocol: p.protocol, Connections: 100, Subscriptions: n.count, Size: 16, Underway: indexUnderway, Seconds: seconds,
				}},
			})
		}
	}
	return all
}

// indexUnderway is how many publications that match one of many subscriptions
// are under way: about what a stream's window holds.
const indexUnderway = 16 << 10
