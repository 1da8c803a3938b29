package session

import (
	"slices"

	"github.com/isthmus-mq/isthmus/hub"
)

// Replayed is a subscription that is answered with retained messages.
type Replayed interface {
	comparable
	// Wants says which: those that the filter matches, with its guard levels.
	Wants() (what hub.Subscription, opens uint32)
}

// Replayer sends them, in the words of its protocol.
type Replayer[S Replayed] interface {
	// Room tells whether another message may be sent now. When it says no, the
	// session itself goes on later.
	Room() bool
	// Replay sends one message, and tells whether there was room: for one that
	// had none it is called again, with what is retained by then.
	Replay(s S, kept *hub.RetainedMessage) bool
}

// Replay is the retained messages that a session owes its client: subscription by
// subscription, in the order in which they were made. It goes on as the client
// takes them, a piece at a time, so that very many hold nobody up. Each message is
// read when it is sent, so no older one comes behind one that was delivered live.
// The zero value owes nothing.
type Replay[S Replayed] struct {
	subs  []S              // whose messages are to come
	scan  hub.RetainedScan // that of subs[0]; nil: not begun
	found bool             // it may have found what has not been read
	done  bool             // and will find no more
	late  []byte           // a subject that was read and found no room; nil: none
}

const (
	// replayStep is how many names one step of a scan finds at most.
	replayStep = 64
	// replaySteps bounds the work of one turn for a scan that finds little.
	replaySteps = 8
	// replayPiece is the output in bytes after which others get their turn.
	replayPiece = 64 << 10
)

// Done tells whether nothing is owed.
func (r *Replay[S]) Done() bool { return len(r.subs) == 0 }

// Owe puts a subscription's messages on the list, from the beginning.
func (r *Replay[S]) Owe(s S) {
	r.NoLonger(s)
	r.subs = append(r.subs, s)
}

// NoLonger takes a subscription off the list. It may be called within Replay.
func (r *Replay[S]) NoLonger(s S) {
	at := slices.Index(r.subs, s)
	if at < 0 {
		return
	}
	r.subs = slices.Delete(r.subs, at, at+1)
	if at == 0 {
		r.scan, r.found, r.late = nil, false, nil
	}
}

// GoOn sends until nothing is owed, or enough waits: for the socket, in which case
// it asks for Session.Drained, or for room. kept is scratch.
func (r *Replay[S]) GoOn(l *hub.Lane, conn Conn, kept *hub.RetainedMessage, to Replayer[S]) {
	for steps := 0; len(r.subs) > 0; {
		switch {
		case conn.Out().Len() >= replayPiece || steps == replaySteps:
			conn.AwaitDrain()
			return
		case !to.Room():
			return
		case !r.found && r.late == nil:
			steps++
			r.find(l)
		case !r.send(l, kept, to):
			return
		}
	}
}

// find takes the next step of a scan, or turns to the next subscription.
func (r *Replay[S]) find(l *hub.Lane) {
	switch {
	case r.scan == nil:
		what, opens := r.subs[0].Wants()
		r.scan, r.done = l.Hub().Retained().Scan(l, what.Filter, opens), false
	case r.done:
		r.NoLonger(r.subs[0])
		return
	}
	var n int
	n, r.done = r.scan.Find(l, replayStep)
	r.found = n > 0
}

// send sends one message; false: there is no room now. One that has waited for
// room is read again: another one may have been sent live since.
func (r *Replay[S]) send(l *hub.Lane, kept *hub.RetainedMessage, to Replayer[S]) bool {
	switch {
	case r.late != nil:
		subject := r.late
		r.late = nil
		if !l.Hub().Retained().Get(l, subject, kept) {
			return true
		}
	case !r.scan.Read(l, kept):
		r.found = false
		return true
	}
	if !to.Replay(r.subs[0], kept) {
		r.late = kept.Subject
		return false
	}
	return true
}
