package main

import (
	"os"
	"strconv"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

func env(n string, d int) int {
	if v, err := strconv.Atoi(os.Getenv(n)); err == nil {
		return v
	}
	return d
}

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
			Window: window, Underway: env("U", 1000), Unacked: env("W", 64), Seconds: seconds,
		}
		m := Row{Name: "M1-M1/" + w.name, What: w.what, Load: load.Task{Flow: &flow}}
		fromMQTT = append(fromMQTT, m)
		crossing := flow
		crossing.From, crossing.Unacked = "nats", 0
		fromNATS = append(fromNATS, Row{
			Name: "N1-M1/" + w.name, What: w.what + ", HPUB with Mqtt-Qos: 1; nats-server has QoS 0 only from NATS to MQTT",
			Load: load.Task{Flow: &crossing}, Reference: &m,
		})
	}
	return append(fromMQTT, fromNATS...)
}
