// Package loadtest is what isthmus-load does: scenarios of load for any server
// of NATS or MQTT, and a report of what happened to every message.
//
// A scenario (PubSub, Request, Cross, Conn, …) is a struct of options with a
// Run method. It puts clients on workers. A worker is one goroutine on a thread
// of its own with one client.Loop; it owns its clients, publishers, subscribers,
// counters and recorders, and others touch those only by an order that it
// carries out (stage.each). What workers share are the few atomics of a group.
//
// The package imports the codecs and its own sub-packages. It must never import
// the server's rooms outside of tests: the tool knows a server by its protocol
// only. Nothing but cmd/isthmus-load imports it.
package loadtest
