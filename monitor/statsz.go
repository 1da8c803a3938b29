package monitor

import (
	"context"
	"net/http"
	"runtime"
	"time"
)

// Statsz is the answer to a ping of all servers, which has an envelope of its own.
type Statsz struct {
	Server ServerInfo  `json:"server"`
	Stats  ServerStats `json:"statsz"`
}

// ServerStats are Varz in short.
type ServerStats struct {
	Start               time.Time `json:"start"`
	Mem                 int64     `json:"mem"`
	Cores               int       `json:"cores"`
	CPU                 float64   `json:"cpu"`
	Connections         int       `json:"connections"`
	TotalConnections    uint64    `json:"total_connections"`
	ActiveAccounts      int       `json:"active_accounts"`
	Subscriptions       int       `json:"subscriptions"`
	Sent                DataStats `json:"sent"`
	SentToClients       DataStats `json:"sent_to_clients"`
	Received            DataStats `json:"received"`
	ReceivedFromClients DataStats `json:"received_from_clients"`
	SlowConsumers       uint64    `json:"slow_consumers"`
	Slow                *ByKind   `json:"slow_consumer_stats,omitempty"`
	StaleConnections    uint64    `json:"stale_connections,omitempty"`
	Stale               *ByKind   `json:"stale_connection_stats,omitempty"`
	StalledClients      uint64    `json:"stalled_clients,omitempty"`
	ActiveServers       int       `json:"active_servers"` // how many answers to expect
	MaxProcs            int       `json:"gomaxprocs,omitempty"`
}

func (m *Monitor) statsz() *Statsz {
	c := m.source.Counters()
	received, sent := DataStats{c.InMsgs, c.InBytes}, DataStats{c.OutMsgs, c.OutBytes}
	z := &Statsz{Server: m.server(), Stats: ServerStats{
		Start: m.o.Start.UTC(), Mem: resident(), Cores: runtime.NumCPU(), CPU: m.usage.cpu(m.o.Start),
		Connections: c.Connections, TotalConnections: c.Accepted, Subscriptions: c.Subscriptions,
		Sent: sent, SentToClients: sent, Received: received, ReceivedFromClients: received,
		SlowConsumers: c.SlowConsumers, StaleConnections: c.StaleConnections, StalledClients: c.Stalled,
		ActiveServers: 1, MaxProcs: runtime.GOMAXPROCS(0),
	}}
	if c.Connections > 0 {
		z.Stats.ActiveAccounts = 1
	}
	if c.SlowConsumers > 0 {
		z.Stats.Slow = &ByKind{Clients: c.SlowConsumers}
	}
	if c.StaleConnections > 0 {
		z.Stats.Stale = &ByKind{Clients: c.StaleConnections}
	}
	return z
}

func (m *Monitor) statszAnswer(_ context.Context, r Request) ([]byte, bool) {
	switch ok, err := m.read(r.Body, &struct{}{}); {
	case err != nil:
		return marshal(Response{Server: m.server(), Error: &APIError{http.StatusBadRequest, err.Error()}})
	case !ok:
		return nil, false
	}
	return marshal(m.statsz())
}

// idzAnswer has no envelope at all, and no filters.
func (m *Monitor) idzAnswer(context.Context, Request) ([]byte, bool) {
	s := m.server()
	return marshal(struct {
		Name string `json:"name"`
		Host string `json:"host"`
		ID   string `json:"id"`
	}{s.Name, s.Host, s.ID})
}
