package main

import (
	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

// Windows of QoS 1. From 16 to 1000 publications without a PUBACK, no peer
// gains above 64. Each has a bound on what waits for one subscriber: 1024
// messages in nats-server, 10,000 in isthmus, none as Mosquitto is set up.
const (
	unackedWindow  = 64
	underwayWindow = 1000
)

// qos1Rows lists the rows in which every delivery is acknowledged.
func qos1Rows(seconds float64) []Row {
	var fromMQTT, fromNATS []Row
	for _, w := range []struct {
		name, what        string
		size, subscribers int
	}{
		{"a16", "1→1, 16 B", 16, 1},
		{"a256", "1→1, 256 B", 256, 1},
		{"b100", "1→100, 128 B", 128, 100},
	} {
		window := streamWindow
		if w.subscribers > 1 {
			window = fanOutWindow
		}
		flow := load.Flow{
			From: "mqtt", To: "mqtt", QoS: 1, Publishers: 1, Subscribers: w.subscribers, Size: w.size,
			Window: window, Underway: underwayWindow, Unacked: unackedWindow, Seconds: seconds,
		}
		m := Row{Name: "M1-M1/" + w.name, What: w.what, Load: load.Task{Flow: &flow}}
		fromMQTT = append(fromMQTT, m)
		crossing := flow
		crossing.From, crossing.Unacked = "nats", 0
		fromNATS = append(fromNATS, Row{
			Name: "N1-M1/" + w.name, What: w.what + ", HPUB with Mqtt-Qos: 1; nats-server delivers QoS 0 from NATS, so its and Mosquitto's lines are " + m.Name,
			Load: load.Task{Flow: &crossing}, Reference: &m,
		})
	}
	return append(fromMQTT, fromNATS...)
}
