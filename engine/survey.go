package engine

import (
	"context"
	"slices"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

const (
	// surveyAtOnce bounds how many connections one turn looks at, and
	// surveyListAtOnce how many of their subscriptions: some tens of
	// microseconds. The subscriptions of one connection are taken together.
	surveyAtOnce     = 256
	surveyListAtOnce = 1024
)

// Survey tells of every connection that is open from its beginning to its end, once,
// lane by lane: it calls piece, on the caller's goroutine, with a few at a time,
// which die with the call. The lanes are held up for one piece at a time, and while
// piece is at work not at all. The subscriptions of those that list wants are told
// of, too; it is called on the lanes, and nil means none. The error is that of ctx.
func (e *Engine) Survey(ctx context.Context, list func(id uint64) bool, piece func([]session.Facts)) error {
	var facts []session.Facts
	for i, l := range e.lanes {
		var conns []*Conn // as they are in the first turn; those that have ended tell nothing
		for first := true; first || len(conns) > 0; first = false {
			taken := make(chan struct{})
			e.OnLane(i, func(*hub.Lane) {
				if first {
					conns = slices.Clone(l.conns)
				}
				facts, conns = survey(facts[:0], conns, list)
				close(taken)
			})
			select {
			case <-taken:
			case <-ctx.Done():
				return ctx.Err()
			}
			piece(facts)
			clear(facts)
		}
	}
	return nil
}

// survey appends what is to be told of the first of conns, and returns the others.
func survey(facts []session.Facts, conns []*Conn, list func(uint64) bool) ([]session.Facts, []*Conn) {
	for listed := 0; len(conns) > 0 && len(facts) < surveyAtOnce && listed < surveyListAtOnce; conns = conns[1:] {
		c := conns[0]
		d, ok := c.session.(session.Describer)
		if !ok {
			continue
		}
		facts = append(facts, session.Facts{})
		f := &facts[len(facts)-1]
		c.describe(f, d, list != nil && list(c.id))
		listed += len(f.List)
	}
	return facts, conns
}

// describe tells of a connection.
func (c *Conn) describe(to *session.Facts, d session.Describer, list bool) {
	to.Peer, to.Pending = c.Peer(), c.waiting()
	d.Describe(to, list)
}

// tellEnd tells Options.Closed of a connection, before its session is told.
func (c *Conn) tellEnd() {
	if told := c.lane.engine.opts.Closed; told != nil {
		if d, ok := c.session.(session.Describer); ok {
			f := &c.lane.ended
			c.describe(f, d, false)
			told(f, c.why, c.lane.clock.now)
			*f = session.Facts{}
		}
	}
}

// Started is when the clock of Conn.Now began.
func (e *Engine) Started() time.Time { return e.started }

// Closed is told of each connection that has ended, on its lane; it does not
// block. The facts die with the call.
type Closed func(f *session.Facts, why reason.ID, now time.Duration)

// Fanout sums up the routes that the lanes remember, a piece at a time. The error
// is that of ctx.
func (e *Engine) Fanout(ctx context.Context) (hub.Fanout, error) {
	sum := new(hub.Fanout) // the lanes' until the end
	for i := range e.lanes {
		for at := -1; at != 0; {
			taken := make(chan struct{})
			e.OnLane(i, func(l *hub.Lane) {
				at = l.Survey(max(at, 0), sum)
				close(taken)
			})
			select {
			case <-taken:
			case <-ctx.Done():
				return hub.Fanout{}, ctx.Err()
			}
		}
	}
	return *sum, nil
}
