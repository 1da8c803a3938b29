// Package session is what NATS and MQTT sessions share: the contract between a
// session and its socket (Session, Conn), and the memory that output waits in
// (Outbox, Run, Buffers).
//
// A session is a machine: bytes in through Input, bytes out into its Outbox,
// time through Timer. It knows no socket, clock or goroutine, so it can be
// replayed, fuzzed and counted. Everything of one connection happens on the
// lane (event loop) that owns it; nothing in here is safe for use by two
// goroutines, and nothing needs a mutex.
//
// Imports: message, reason and hub. Never a codec, never engine.
package session
