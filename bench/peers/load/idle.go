package load

import "time"

// Idle is many connections with one subscription each, which then are silent.
type Idle struct {
	Protocol    string `json:"protocol"`
	Connections int    `json:"connections"`
}

const (
	// settle is what the server may use to get done with the connects. It
	// covers nats-server's first PING to each client, after about 2 s.
	settle = 5 * time.Second
	// watched is how long the idle server's CPU is watched.
	watched = 5 * time.Second
)

func (l *Idle) run(t Target) (Sample, error) {
	c, err := newCrowd(t, l.Protocol, "idle")
	if err != nil {
		return Sample{}, err
	}
	// What the server sets up once, for its first client, belongs to nobody.
	if err := c.grow(1, 1); err != nil {
		return Sample{}, err
	}
	s, empty, err := growth(t.PID, l.Connections, func() error { return c.grow(l.Connections, concurrency) })
	if err != nil {
		return Sample{}, err
	}
	if err := c.rest(settle); err != nil {
		return Sample{}, err
	}
	settled, err := residentBytes(t.PID)
	if err != nil {
		return Sample{}, err
	}
	idle, err := spend(t.PID, int64(l.Connections), func() error { return c.rest(watched) })
	s.SettledBytes = settled - empty
	s.IdlePercent = float64(idle.ServerCPU) / 1e7 / idle.Seconds
	return s, err
}
