// Package statistics publishes the server's counters as Mosquitto does: retained
// messages under `$SYS/broker/`, on an interval, under Mosquitto's names where
// they mean the same (docs/statistics.md). What cannot be counted has no topic.
//
// What is published is worked out in report.go and load.go, without a server;
// publisher.go drives it on a lane.
//
// Imports: hub, message and reason.
package statistics
