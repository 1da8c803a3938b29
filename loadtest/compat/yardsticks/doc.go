// Package yardsticks holds Isthmus against what others have published to measure
// MQTT servers with: Eclipse's interoperability suites (paho.mqtt.testing) and the
// byte sequences of Mosquitto's own tests (test/broker/data). Nothing of theirs is
// in this repository; a run takes the paths of checkouts:
//
//	make yardsticks PAHO=/path/to/paho.mqtt.testing MOSQUITTO=/path/to/mosquitto
//
// It builds and starts the binary. What does not come out as they expect must be in
// the tables of deviations.md, with its reason, and what is in the tables must still
// come out otherwise.
package yardsticks
