package session

import (
	"net"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

// Session is the protocol state of one connection. Its methods are called on
// the connection's lane only, never while another of them runs.
type Session interface {
	// Open is called once, before everything else; a server that speaks first
	// does so here.
	Open()
	// Input takes all of in, which dies when Input returns. After the session
	// has asked its Conn to close, further input is not delivered.
	Input(in []byte)
	// End asks the session to end its connection for a reason of the server's:
	// it says so in its protocol's words, where there are any, and calls
	// Conn.Close.
	End(why reason.ID)
	// Timer is called when the time given to Conn.Arm has passed.
	Timer()
	// Drained is called once, in a turn of its own, after each Conn.AwaitDrain.
	Drained()
	// Closed is called once, last, with the reason for the end: the one that
	// the session gave to Conn.Close, or what happened to the socket.
	Closed(why reason.ID)
}

// Conn is the socket as a session sees it.
type Conn interface {
	// Out is the queue of bytes for the peer.
	Out() *Outbox
	// Close asks for the end. What is in the Outbox by then still reaches the
	// peer if the peer reads; the first call's reason counts.
	Close(why reason.ID)
	// Arm sets the connection's only timer: Session.Timer is called once,
	// after d: not earlier, at most a fifth of a second later, or, from ten
	// seconds on, one second. A second call replaces the first; d <= 0 disarms.
	Arm(d time.Duration)
	// Hold stops reading for about d, at most a second. rest, the end of the input
	// at hand, is copied and comes again first: the caller returns from Input.
	Hold(rest []byte, d time.Duration)
	// AwaitDrain asks for a call of Session.Drained, once the kernel has taken all
	// output: for work that goes on for long, piece by piece, no faster than the
	// peer reads and with turns of others between.
	AwaitDrain()
	// Now is the lane's cached monotonic clock, as of the beginning of the
	// turn. Only differences mean anything.
	Now() time.Duration
	// Peer tells who is at the other end.
	Peer() Peer
}

// Peer identifies a connection.
type Peer struct {
	ID            uint64 // unique in this process, never 0
	Remote, Local net.Addr
}
