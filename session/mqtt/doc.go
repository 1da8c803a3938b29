// Package mqtt is the life of an MQTT client of version 3.1, 3.1.1 or 5.0: one
// Session per connection, from CONNECT to the last DISCONNECT. Each packet has
// its file (connect.go, publish.go, subscribe.go, ...); what goes to the client
// is in deliver.go.
//
// What is not there yet, CONNACK says: retained messages, shared
// subscriptions, subscription identifiers, topic aliases, and sessions that
// outlive their connection. A publish of QoS 1 or 2 is acknowledged as the
// protocol demands; deliveries are QoS 0, which SUBACK grants. Their rooms
// will be window.go (in flight), queue.go (offline) and retained.go here and
// in hub.
//
// Statements of the standard are named as in MQTT 5.0, section or id.
//
// Imports: session, hub, message, reason, translate, trie, codec/mqtt and
// xxhash (the home lane). Never engine, never session/nats.
package mqtt
