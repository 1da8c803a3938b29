package main

import "github.com/isthmus-mq/isthmus/bench/peers/load"

// Windows of QoS 1. Above 64 publications without a PUBACK, up to 1000, peers
// gain 15 % at most; isthmus gains more. Each has a bound on what waits for one
// subscriber: 1024 messages in nats-server, 10,000 in isthmus, none as Mosquitto
// is set up.
const (
	unackedWindow  = 64
	narrowWindow   = 16
	underwayWindow = 1000
)

// qos1Rows lists the rows in which every delivery is acknowledged.
func qos1Rows(seconds float64) []Row {
	var fromMQTT, fromNATS []Row
	add := func(name, what string, f load.Flow) {
		f.From, f.To, f.QoS, f.Publishers, f.Underway, f.Seconds = "mqtt", "mqtt", 1, 1, underwayWindow, seconds
		m := Row{Name: "M1-M1/" + name, What: what, Load: load.Task{Flow: &f}}
		fromMQTT = append(fromMQTT, m)
		if f.Unacked != unackedWindow {
			return
		}
		crossing := f
		crossing.From, crossing.Unacked = "nats", 0
		fromNATS = append(fromNATS, Row{
			Name:      "N1-M1/" + name,
			What:      what + ", HPUB with Mqtt-Qos: 1; nats-server has QoS 0 only from NATS to MQTT, so it and Mosquitto run " + m.Name,
			Load:      load.Task{Flow: &crossing},
			Reference: &m,
		})
	}
	add("a16", "1→1, 16 B", load.Flow{Subscribers: 1, Size: 16, Window: streamWindow, Unacked: unackedWindow})
	add("a256", "1→1, 256 B", load.Flow{Subscribers: 1, Size: 256, Window: streamWindow, Unacked: unackedWindow})
	add("w16", "1→1, 256 B, at most 16 without PUBACK", load.Flow{Subscribers: 1, Size: 256, Window: streamWindow, Unacked: narrowWindow})
	add("b100", "1→100, 128 B", load.Flow{Subscribers: 100, Size: 128, Window: fanOutWindow, Unacked: unackedWindow})
	add("t1000", "1→1, 16 B, 1000 subjects, one wildcard",
		load.Flow{Subscribers: 1, Subjects: 1000, Size: 16, Window: streamWindow, Unacked: unackedWindow})
	return append(fromMQTT, fromNATS...)
}
