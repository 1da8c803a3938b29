// Package engine is the reactor: sockets, lanes, time and the door. It feeds
// bytes to sessions and sends what they leave in their outboxes, and knows no
// protocol: constructors are injected per listener (Protocol).
//
// A lane is one gnet event loop with everything that it owns (lane.go). A
// connection is touched on its lane only; lanes reach each other through
// mailboxes (mailbox.go). A turn is one read from a socket or one drain of the
// mailbox (turn.go); its end posts mails first and flushes afterwards.
//
// The way in: listener.go accepts, door.go decides on the lane, lane.go enrols.
// The way out: flush.go writes, congestion.go waits for the kernel, linger.go
// closes so that the last words arrive.
//
// gnet stays behind this package; nothing else of ours names it. What gnet
// cannot do, and how it is done here instead, is in docs/architecture.md.
//
// Imports: session, hub, message, reason and gnet. Never a codec of NATS or
// MQTT, never a concrete session.
package engine
