package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

// Engine is the reactor: its lanes and its listeners.
type Engine struct {
	opts      Options
	lanes     []*lane
	listeners listeners
	door      door
	reasons   reason.Shared // of connections that never got to a lane
	started   time.Time
}

// Start makes the lanes and runs them. There are no listeners yet.
func Start(o Options) (*Engine, error) {
	e := &Engine{opts: o.withDefaults(), started: time.Now()}
	e.listeners.byName = make(map[string]*listener)
	e.door.limit = e.opts.MaxConnections
	e.lanes = make([]*lane, e.opts.Hub.Lanes())
	var entering int
	e.door.room, entering = descriptorRoom(len(e.lanes), e.opts.Logger)
	for i := range e.lanes {
		l, err := newLane(e, e.opts.Hub.Lane(i), entering)
		if err != nil {
			return nil, err
		}
		e.lanes[i] = l
	}
	for i, l := range e.lanes {
		if err := l.start(); err != nil {
			return nil, errors.Join(err, e.stop(e.lanes[:i+1]))
		}
	}
	return e, nil
}

// Drain closes the listeners, asks every session to end for the given reason
// and waits until all connections are closed, or until ctx is done; then it is
// an error that tells how many were left.
func (e *Engine) Drain(ctx context.Context, why reason.ID) error {
	e.StopListening()
	again := time.NewTicker(drainEvery)
	defer again.Stop()
	for {
		// Repeated, because a connection may still have been at the door.
		for _, l := range e.lanes {
			l.execute(func() { l.endAll(why) })
		}
		if e.Connections() == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d connections left: %w", e.Connections(), ctx.Err())
		case <-again.C:
		}
	}
}

// enteringTime bounds the wait for connections that are entering: nobody takes
// longer than a refusal.
const enteringTime = 2 * refusalTime

const drainEvery = 20 * time.Millisecond

// Stop ends the lanes; connections that are left are cut. The engine is of no
// further use.
func (e *Engine) Stop() error {
	e.StopListening()
	// Whoever is entering waits for a lane, so the lanes must outlive them.
	for end := time.Now().Add(enteringTime); e.door.entering.Load() > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	return e.stop(e.lanes)
}

func (e *Engine) stop(lanes []*lane) error {
	var errs []error
	for _, l := range lanes {
		if err := l.stop(); err != nil {
			errs = append(errs, fmt.Errorf("lane %d: %w", l.index, err))
		}
	}
	return errors.Join(errs...)
}

// Count sums a reason over the lanes and the door.
func (e *Engine) Count(id reason.ID) uint64 {
	return e.reasons.Of(id) + e.opts.Hub.Count(id)
}

// BuffersLent is the number of output buffers in use: 0 when no output waits.
func (e *Engine) BuffersLent() (n int) {
	for _, l := range e.lanes {
		n += l.buffers.Lent()
	}
	return n
}

// MaxConnections is the limit in force: the option's, or what the descriptors
// allow if that is less.
func (e *Engine) MaxConnections() int { return min(e.door.limit, e.door.room) }

// logEnd writes the log line of a connection's end.
func (e *Engine) logEnd(c *Conn) {
	r := reason.Of(c.why)
	e.opts.Logger.Debug("connection closed", "cid", c.id, "reason", r.Name, "remote", c.sock.RemoteAddr())
}
