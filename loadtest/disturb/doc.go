// Package disturb sends a running server sessions of both protocols that begin as
// valid ones and are then bent: bits flipped, packets cut, left out, doubled or out of
// order, sizes that lie, bytes of nobody, written in pieces of any size and ended in
// any way. Meanwhile well-behaved clients exchange numbered messages and must notice
// nothing.
//
//	conversation.go   what is played: packets, and how the connection ends
//	nats.go, mqtt.go  valid conversations, at random
//	bend.go           what makes them invalid
//	play.go           one conversation with a server, and what must hold of its end
//	witness.go        the well-behaved clients
//
// A conversation is made from a seed and its number alone, so a failure can be played
// again. Valid ones, of which there are some among the bent, must be answered to their
// end.
//
// The server runs in the test's process: so goroutines, descriptors and memory lent to
// connections can be held against the start.
//
// Imports: codec/nats, codec/mqtt; in tests server and reason.
package disturb
