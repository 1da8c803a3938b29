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
}

// Windows are as wide as lets a server batch, and narrow enough that none
// loses anything.
const (
	streamWindow = 1 << 20  // to the one subscriber of a stream
	fanOutWindow = 64 << 10 // to each of many
)

// rows lists every row. Directions are N for NATS and M for MQTT 3.1.1; a is
// 1→1, b a fan-out, c a fan-in, t many subjects, d ping-pong.
func rows(seconds float64, idle, storm int) []Row {
	var all []Row
	for _, d := range []struct{ name, from, to string }{
		{"N-N", "nats", "nats"}, {"N-M", "nats", "mqtt"}, {"M-N", "mqtt", "nats"}, {"M-M", "mqtt", "mqtt"},
	} {
		flow := func(name, what string, f load.Flow) {
			f.From, f.To, f.Seconds = d.from, d.to, seconds
			all = append(all, Row{Name: d.name + "/" + name, What: what, Load: load.Task{Flow: &f}})
		}
		for _, size := range []int{16, 256} {
			flow(fmt.Sprintf("a%d", size), fmt.Sprintf("1→1, %d B", size),
				load.Flow{Publishers: 1, Subscribers: 1, Size: size, Window: streamWindow})
		}
		flow("b100", "1→100, 128 B", load.Flow{Publishers: 1, Subscribers: 100, Size: 128, Window: fanOutWindow})
		flow("c100", "100→1, 16 B", load.Flow{Publishers: 100, Subscribers: 1, Size: 16, Window: streamWindow})
		flow("t1000", "1→1, 16 B, 1000 subjects, one wildcard",
			load.Flow{Publishers: 1, Subscribers: 1, Subjects: 1000, Size: 16, Window: streamWindow})
		all = append(all, Row{
			Name: d.name + "/d32", What: "1000 pairs ping-pong, 32 in flight, 16 B",
			Load: load.Task{Pairs: &load.Pairs{From: d.from, To: d.to, Pairs: 1000, InFlight: 32, Size: 16, Seconds: seconds}},
		})
	}
	all = append(append(all, qos1Rows(seconds)...), lanesRows(seconds)...)
	for _, p := range []struct{ name, protocol string }{{"N", "nats"}, {"M", "mqtt"}} {
		all = append(all, Row{
			Name: p.name + "/idle", What: fmt.Sprintf("%d connections, one subscription each", idle),
			Load: load.Task{Idle: &load.Idle{Protocol: p.protocol, Connections: idle}},
		}, Row{
			Name: p.name + "/storm", What: fmt.Sprintf("%d connects", storm),
			Load: load.Task{Storm: &load.Storm{Protocol: p.protocol, Connections: storm}},
		})
	}
	return all
}

// crossesWithQoS1 tells whether the row publishes to NATS what MQTT clients are
// to get with QoS 1.
func (r Row) crossesWithQoS1() bool {
	return r.Load.Flow != nil && r.Load.Flow.From == "nats" && r.Load.Flow.QoS > 0
}

// on returns what the peer runs for the row: the row itself, or its reference.
func (r Row) on(p Peer) (Row, bool) {
	if !p.serves(r) && r.Reference != nil {
		r = *r.Reference
	}
	return r, p.serves(r)
}

// protocols returns which protocols the row's load speaks.
func (r Row) protocols() (nats, mqtt bool) {
	var names []string
	switch t := r.Load; {
	case t.Flow != nil:
		names = []string{t.Flow.From, t.Flow.To}
	case t.Pairs != nil:
		names = []string{t.Pairs.From, t.Pairs.To}
	case t.Idle != nil:
		names = []string{t.Idle.Protocol}
	case t.Storm != nil:
		names = []string{t.Storm.Protocol}
	case t.Lanes != nil:
		names = []string{"nats", "mqtt"}
	}
	for _, n := range names {
		nats = nats || n == "nats"
		mqtt = mqtt || n == "mqtt"
	}
	return nats, mqtt
}
