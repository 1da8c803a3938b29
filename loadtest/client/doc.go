// Package client is NATS and MQTT connections by the thousand for a load tool:
// raw sockets and the project's codecs on an event loop (Loop) that one
// goroutine runs. Nothing on the way of a message allocates, and a connection
// that is silent holds a few hundred bytes and no buffers.
//
// A Client is owned by its Loop's goroutine and so is all that it calls.
// Handlers are called from Loop.Turn; the slices that they are given die when
// they return.
//
// The package imports the codecs and nothing else of ours: it must be able to
// speak to any server.
package client
