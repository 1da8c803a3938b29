// Package load drives one server process with raw sockets and measures what
// the server spends on it. It runs in a process of its own, pinned to a core of
// its own, and is one thread: an epoll loop over all its connections, so that
// the generator disturbs the measurement as little as it can.
//
// Four loads exist: Flow (a pipelined stream), Pairs (ping-pong), Idle (many
// silent connections) and Storm (many connects). Each verifies that what it
// sent came back and fails otherwise: a figure without its messages is none.
package load
