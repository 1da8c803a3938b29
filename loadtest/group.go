package loadtest

import "sync/atomic"

// group is the publishers and subscribers that hear each other: all of them, or,
// if topics name the connection, those of one topic. Its counters are shared by
// the workers; each is written to once for many messages.
type group struct {
	messages  atomic.Int64 // published
	owed      atomic.Int64 // deliveries that they ask for
	settled   atomic.Int64 // of those, what has come or was passed over
	receivers atomic.Int64
	window    int64 // messages that may be on their way, all publishers together
	_         [64]byte
}

// room is how many messages may be published now.
func (g *group) room() int64 {
	receivers := g.receivers.Load()
	if receivers == 0 {
		return g.window
	}
	return g.window - (g.owed.Load()-g.settled.Load())/receivers
}

// publish enters n messages.
func (g *group) publish(n int64) {
	g.messages.Add(n)
	g.owed.Add(n * g.receivers.Load())
}

// leave takes a receiver out that was there from the first message on and has
// settled so much: nobody waits for the rest.
func (g *group) leave(settled int64) {
	g.receivers.Add(-1)
	g.owed.Add(settled - g.messages.Load())
}

// open is how many deliveries have neither come nor been passed over.
func (g *group) open() int64 { return g.owed.Load() - g.settled.Load() }
