package engine

import (
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// Protocol is what a listener speaks, as far as the engine must know.
type Protocol interface {
	// Name is for logs and the banner: "nats", "mqtt".
	Name() string
	// Home says on which lane a connection belongs that began with the bytes
	// in first (empty at first). It is called from the goroutine of an entering
	// connection, so it must be safe for concurrent use.
	Home(first []byte) Home
	// NewSession makes the session of a new connection. Called on lane number
	// lane, before anything else happens to conn.
	NewSession(lane int, conn session.Conn) session.Session
	// AppendRefusal appends what a client is told that is turned away at the
	// door, nothing if it is turned away in silence. Safe for concurrent use.
	AppendRefusal(dst, first []byte, peer session.Peer, why reason.ID) []byte
}

// Home is the answer to where a connection belongs.
type Home struct {
	Decided bool   // false: more bytes are needed
	Pinned  bool   // false: any lane will do
	Hash    uint64 // when pinned: equal hashes share a lane
}
