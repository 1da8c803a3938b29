package load

import "time"

// concurrency is how many of a crowd connect at a time.
const concurrency = 32

// Storm is many connects, each up to the server's answer: CONNECT and PING to
// PONG, or CONNECT to CONNACK. Then all connections close.
type Storm struct {
	Protocol    string `json:"protocol"`
	Connections int    `json:"connections"`
}

func (l *Storm) run(t Target) (Sample, error) {
	c, err := newCrowd(t, l.Protocol, "")
	if err != nil {
		return Sample{}, err
	}
	if err := c.grow(1, 1); err != nil {
		return Sample{}, err
	}
	n := int64(l.Connections)
	s, err := spend(t.PID, n, func() error { return c.grow(l.Connections, concurrency) })
	if err != nil {
		return Sample{}, err
	}
	closed, err := spend(t.PID, n, func() error {
		c.disband()
		time.Sleep(time.Second)
		return nil
	})
	s.CloseCPU = closed.ServerCPU
	return s, err
}
