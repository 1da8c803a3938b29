package load

import (
	"errors"
	"time"
)

// pump keeps publications under way, on connections that one poller knows.
type pump struct {
	poller *poller
	window int64 // publications
	buf    []byte
	moved  bool // bytes went somewhere in this turn
}

// traffic is what a pump keeps going.
type traffic interface {
	serve(ready) error

	// publish lets each publisher send its share of what the window allows; with
	// a window of 0, only the rest of a partial publication.
	publish(window int64) error

	// lost is an error as long as a delivery or a receipt is owed.
	lost() error

	// verify is an error if more came than was published.
	verify() error
}

// keep publishes as long as it is wanted, and returns when all of it is
// delivered and all receipts that are owed have come.
func (p *pump) keep(t traffic, wanted func(now time.Time) bool) error {
	last := time.Now()
	for p.moved = true; ; {
		wait := time.Duration(0)
		if !p.moved {
			wait = 20 * time.Millisecond
		}
		p.moved = false
		if err := p.poller.wait(wait, t.serve); err != nil {
			return err
		}
		now := time.Now()
		window := p.window
		if !wanted(now) {
			window = 0
		}
		if err := t.publish(window); err != nil {
			return err
		}
		switch {
		case p.moved:
			last = now
		case window == 0 && t.lost() == nil:
			return t.verify()
		case now.Sub(last) > patience*time.Second:
			return errors.Join(errors.New("nothing moves any more"), t.lost())
		}
	}
}

// attend serves a publisher, which the poller knows by the number of r.
func (p *pump) attend(pub *publisher, r ready) error {
	if r.readable {
		if err := pub.listen(p.buf); err != nil {
			return err
		}
	}
	if r.room && pub.blocked {
		pub.blocked = false
		return p.poller.wantRoom(pub.conn, r.number, false)
	}
	return nil
}

// push lets a publisher send at most so many publications, and asks for room
// if the socket has none left.
func (p *pump) push(pub *publisher, number int, most int64) error {
	free := !pub.blocked
	moved, err := pub.push(max(most, 0))
	if err != nil {
		return err
	}
	p.moved = p.moved || moved
	if free && pub.blocked {
		return p.poller.wantRoom(pub.conn, number, true)
	}
	return nil
}
