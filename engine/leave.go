package engine

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

// announcer is a session that can tell its client what has changed about the
// server.
type announcer interface{ Announce() }

// Announce lets sessions tell their clients what has changed about the server,
// in a turn of each lane, soon.
func (e *Engine) Announce() {
	for _, l := range e.lanes {
		l.execute(l.announce)
	}
}

func (l *lane) announce() {
	l.clock.read()
	l.hub.BeginTurn()
	for _, c := range l.conns {
		if a, ok := c.session.(announcer); ok && c.phase == phaseOpen {
			a.Announce()
		}
	}
	l.endTurn()
}

// StopListening closes all listeners, for good: who is at the door and silent is
// turned away.
func (e *Engine) StopListening() {
	e.listeners.Lock()
	for name, l := range e.listeners.byName {
		delete(e.listeners.byName, name)
		l.close()
	}
	e.listeners.Unlock()
	e.door.shut()
}

// Bounds of the wait between two connections that Leave ends.
const (
	shortestStep = time.Millisecond // below it several end at once
	longestStep  = time.Second      // as in nats-server
)

// Leave asks one session after the other to end for the given reason, in random
// order and over the given time at most, so that their clients do not all come to
// another server at once. It returns when it has asked all that were there, or
// when ctx is done.
func (e *Engine) Leave(ctx context.Context, why reason.ID, over time.Duration) {
	order := e.byChance()
	if len(order) == 0 {
		return
	}
	step := min(over/time.Duration(len(order)), longestStep)
	atOnce := 1
	if step < shortestStep {
		atOnce = int(min(shortestStep, over) * time.Duration(len(order)) / max(over, 1))
		atOnce, step = max(atOnce, 1), min(shortestStep, over)
	}
	for len(order) > 0 {
		n := min(atOnce, len(order))
		for _, l := range order[:n] {
			l.execute(func() { l.endOne(why) })
		}
		if order = order[n:]; len(order) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(step/2 + rand.N(step/2+1)):
		}
	}
}

// byChance lists each lane as often as it has connections, shuffled.
func (e *Engine) byChance() (order []*lane) {
	for _, l := range e.lanes {
		for range l.load.Load() {
			order = append(order, l)
		}
	}
	rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

// endOne asks one session to end, whichever, if there is one left to ask.
func (l *lane) endOne(why reason.ID) {
	if len(l.conns) == 0 {
		return
	}
	l.clock.read()
	l.hub.BeginTurn()
	start := rand.IntN(len(l.conns))
	for i := range l.conns {
		c := l.conns[(start+i)%len(l.conns)]
		if c.session != nil && c.phase == phaseOpen {
			c.session.End(why)
			break
		}
	}
	l.endTurn()
}
