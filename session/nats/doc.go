// Package nats is the life of a NATS client: one Session per connection, from
// INFO to the last -ERR. Verbs of the protocol are methods in files named
// after them (connect.go, publish.go, subscribe.go, unsubscribe.go); what goes
// back is in deliver.go.
//
// Where it must be decided, nats-server's behaviour is followed, to the byte
// of every -ERR. §n in comments is section n of docs/nats-protocol.md, which
// also lists where we differ on purpose.
//
// Imports: session, hub, message, reason, translate, trie and codec/nats.
// Never engine, never session/mqtt.
package nats
