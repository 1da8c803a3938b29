// Package load drives one server process with raw sockets and measures what
// the server spends on it. It runs in a process of its own, pinned to a core of
// its own, and is one thread: an epoll loop over all its connections, so that
// the generator disturbs the measurement as little as it can.
//
// Seven loads exist: Flow (a pipelined stream, with QoS 1 acknowledged on both
// sides; Churn can run beside it), Parallel (many such streams), Pairs (ping-pong,
// or an open loop), Index (many subscriptions), Idle (many silent connections),
// Storm (many connects) and Lanes (one publication at a time beside a flood, on a
// second thread). Each verifies that what it sent came back and fails otherwise: a
// figure without its messages is none.
package load
