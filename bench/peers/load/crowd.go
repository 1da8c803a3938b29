package load

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// crowd is many connections that say little. Its members connect from several
// loopback addresses, since one address has ports for about 28,000 only.
type crowd struct {
	dialect  wire.Dialect
	to       netip.AddrPort
	filter   string // what each member subscribes to, behind its own name; may be empty
	members  []*conn
	awaiting []int // answers that a member waits for
	opening  int   // members that wait for any
	poller   *poller
	buf      []byte
}

func newCrowd(t Target, protocol, filter string) (*crowd, error) {
	d, addr, err := t.speaker(protocol, 0)
	if err != nil {
		return nil, err
	}
	p, err := newPoller()
	return &crowd{dialect: d, to: addr, filter: filter, poller: p, buf: make([]byte, 64<<10)}, err
}

// grow adds count members, of which at most concurrency connect at a time, and
// returns when the server has answered all of them.
func (c *crowd) grow(count, concurrency int) error {
	deadline := time.Now()
	for total := len(c.members) + count; len(c.members) < total || c.opening > 0; {
		for len(c.members) < total && c.opening < concurrency {
			if err := c.admit(); err != nil {
				return err
			}
			deadline = time.Now().Add(patience * time.Second)
		}
		if err := c.poller.wait(100*time.Millisecond, c.serve); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d connections got no answer", c.opening, len(c.members))
		}
	}
	return nil
}

func (c *crowd) admit() error {
	const perAddress = 4000
	i := len(c.members)
	source := netip.AddrFrom4([4]byte{127, 0, 0, byte(1 + i/perAddress)})
	filter := ""
	if c.filter != "" {
		filter = fmt.Sprintf("%s.%06d", c.filter, i)
	}
	opening, answers := c.dialect.Hello(fmt.Sprintf("crowd%06d", i), filter)
	m, err := dial(c.dialect, c.to, source, opening)
	if err != nil {
		return fmt.Errorf("connection %d: %w", i, err)
	}
	c.members = append(c.members, m)
	c.awaiting = append(c.awaiting, answers)
	c.opening++
	return c.poller.add(m, i)
}

func (c *crowd) serve(r ready) error {
	err := c.members[r.number].walk(c.buf, func(kind wire.Kind, _ []byte) error {
		if kind != wire.Answer {
			return nil
		}
		if c.awaiting[r.number]--; c.awaiting[r.number] == 0 {
			c.opening--
		}
		return nil
	})
	if err != nil && !errors.Is(err, errAgain) {
		return fmt.Errorf("connection %d: %w", r.number, err)
	}
	return nil
}

// rest stays connected for d and answers Pings.
func (c *crowd) rest(d time.Duration) error {
	for deadline := time.Now().Add(d); ; {
		left := time.Until(deadline)
		if left < time.Millisecond {
			return nil
		}
		if err := c.poller.wait(left, c.serve); err != nil {
			return err
		}
	}
}

func (c *crowd) disband() {
	for _, m := range c.members {
		m.close()
	}
	c.members, c.awaiting = nil, nil
}
