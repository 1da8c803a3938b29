// Package presence publishes what becomes of clients, of both protocols, for
// clients of both: as MQTT topics `$events/client/ID/EVENT` and NATS subjects
// `$events.client.ID.EVENT` (docs/presence.md). It implements hub.Presence.
//
// Nothing here is called for a message.
//
// Imports: hub and message.
package presence
