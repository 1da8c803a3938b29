// Package mqtt is the life of an MQTT client of version 3.1, 3.1.1 or 5.0: one
// Session per connection, from CONNECT to the last DISCONNECT. Each packet has
// its file (connect.go, publish.go, subscribe.go, ...); what goes to the client
// is in deliver.go, retained messages in replay.go, and what comes back for it in
// acknowledge.go. What outlives a connection is in state.go, its queue in
// window.go, its time without a client in absence.go.
//
// What is not there, CONNACK says or refuses: enhanced authentication. Policy says
// what an operator can switch off.
//
// Statements of the standard are named as in MQTT 5.0, section or id.
//
// Imports: session, hub, message, reason, translate, trie, codec/mqtt and
// xxhash (the home lane). Never engine, never session/nats.
package mqtt
