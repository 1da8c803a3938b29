// Package monitor tells of the server in the words of nats-server: the documents
// of its monitoring port (varz.go, connz.go, subsz.go and their neighbours), over
// HTTP (http.go) and as answers to requests below $SYS.REQ (requests.go).
//
// Whoever knows nats-server's documents knows these; what differs is written in
// docs/monitoring.md. The data comes from a Source, which package server
// implements. Nothing here runs on a lane.
//
// Imports: nothing of ours.
package monitor
