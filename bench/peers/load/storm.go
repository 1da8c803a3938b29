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
	m, err := startMeter(t.PID)
	if err != nil {
		return Sample{}, err
	}
	if err := c.grow(l.Connections, concurrency); err != nil {
		return Sample{}, err
	}
	s, err := m.stop(int64(l.Connections))
	if err != nil {
		return Sample{}, err
	}
	if m, err = startMeter(t.PID); err != nil {
		return Sample{}, err
	}
	c.disband()
	time.Sleep(time.Second)
	closed, err := m.stop(int64(l.Connections))
	s.CloseCPU = closed.ServerCPU
	return s, err
}
