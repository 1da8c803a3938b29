package monitor

import (
	"math"
	"net"
	"runtime"
	"runtime/debug"
	"time"
)

// Varz is the document of the server as a whole.
type Varz struct {
	ID       string `json:"server_id"`
	Name     string `json:"server_name"`
	Version  string `json:"version"`
	Proto    int    `json:"proto"`
	Go       string `json:"go"`
	Host     string `json:"host"`
	Port     int    `json:"port"`
	IP       string `json:"ip,omitempty"`
	MaxConns int    `json:"max_connections"`
	MaxSubs  int    `json:"max_subscriptions,omitempty"`

	PingInterval   time.Duration `json:"ping_interval"`
	MaxPings       int           `json:"ping_max"`
	HTTPHost       string        `json:"http_host"`
	HTTPPort       int           `json:"http_port"`
	HTTPBasePath   string        `json:"http_base_path"`
	HTTPSPort      int           `json:"https_port"`
	AuthTimeout    float64       `json:"auth_timeout"`
	MaxControlLine int           `json:"max_control_line"`
	MaxPayload     int           `json:"max_payload"`
	MaxPending     int           `json:"max_pending"`

	Cluster   struct{} `json:"cluster"`
	Gateway   struct{} `json:"gateway"`
	Leaf      struct{} `json:"leaf"`
	MQTT      VarzMQTT `json:"mqtt"`
	Websocket struct{} `json:"websocket"`
	JetStream struct{} `json:"jetstream"`

	TLSTimeout    float64       `json:"tls_timeout"`
	WriteDeadline time.Duration `json:"write_deadline"`
	Start         time.Time     `json:"start"`
	Now           time.Time     `json:"now"`
	Uptime        string        `json:"uptime"`
	Mem           int64         `json:"mem"`
	Cores         int           `json:"cores"`
	MaxProcs      int           `json:"gomaxprocs"`
	MemLimit      int64         `json:"gomemlimit,omitempty"`
	CPU           float64       `json:"cpu"`

	Connections      int    `json:"connections"`
	TotalConnections uint64 `json:"total_connections"`
	Routes           int    `json:"routes"`
	Remotes          int    `json:"remotes"`
	Leafs            int    `json:"leafnodes"`
	InMsgs           uint64 `json:"in_msgs"`
	InBytes          uint64 `json:"in_bytes"`
	InClientMsgs     uint64 `json:"in_client_msgs"`
	InClientBytes    uint64 `json:"in_client_bytes"`
	OutMsgs          uint64 `json:"out_msgs"`
	OutBytes         uint64 `json:"out_bytes"`
	OutClientMsgs    uint64 `json:"out_client_msgs"`
	OutClientBytes   uint64 `json:"out_client_bytes"`
	SlowConsumers    uint64 `json:"slow_consumers"`
	StaleConnections uint64 `json:"stale_connections"`
	StalledClients   uint64 `json:"stalled_clients"`
	Subscriptions    int    `json:"subscriptions"`

	HTTPReqStats   map[string]uint64 `json:"http_req_stats"`
	ConfigLoadTime time.Time         `json:"config_load_time"`
	ConfigDigest   string            `json:"config_digest"`
	Slow           ByKind            `json:"slow_consumer_stats"`
	Stale          ByKind            `json:"stale_connection_stats"`
}

// VarzMQTT is Varz of the MQTT listener.
type VarzMQTT struct {
	Host          string  `json:"host,omitempty"`
	Port          int     `json:"port,omitempty"`
	AuthTimeout   float64 `json:"auth_timeout,omitempty"` // seconds
	MaxAckPending uint16  `json:"max_ack_pending,omitempty"`
}

// ByKind counts connections by their kind, of which there is one here.
type ByKind struct {
	Clients  uint64 `json:"clients"`
	Routes   uint64 `json:"routes"`
	Gateways uint64 `json:"gateways"`
	Leafs    uint64 `json:"leafs"`
}

func (m *Monitor) varz() *Varz {
	c, at := m.source.Counters(), m.source.Listeners()
	now := m.now()
	v := &Varz{
		ID: m.o.ID, Name: m.o.Name, Version: m.o.Version, Proto: 1, Go: runtime.Version(),
		MaxConns: m.o.MaxConnections, MaxSubs: m.o.MaxSubscriptions,
		PingInterval: m.o.Heartbeat, MaxPings: m.o.MaxPings,
		MaxControlLine: m.o.MaxControlLine, MaxPayload: m.o.MaxPayload, MaxPending: m.o.MaxPending,
		Start: m.o.Start.UTC(), Now: now.UTC(), Uptime: uptime(now.Sub(m.o.Start)), ConfigLoadTime: m.o.Start.UTC(),
		Mem: resident(), Cores: runtime.NumCPU(), MaxProcs: runtime.GOMAXPROCS(0), CPU: m.usage.cpu(m.o.Start),
		Connections: c.Connections, TotalConnections: c.Accepted, Subscriptions: c.Subscriptions,
		InMsgs: c.InMsgs, InBytes: c.InBytes, InClientMsgs: c.InMsgs, InClientBytes: c.InBytes,
		OutMsgs: c.OutMsgs, OutBytes: c.OutBytes, OutClientMsgs: c.OutMsgs, OutClientBytes: c.OutBytes,
		SlowConsumers: c.SlowConsumers, Slow: ByKind{Clients: c.SlowConsumers},
		StaleConnections: c.StaleConnections, Stale: ByKind{Clients: c.StaleConnections},
		StalledClients: c.Stalled,
		HTTPReqStats:   make(map[string]uint64, len(m.asked)),
	}
	v.Host, v.Port = hostPort(at.NATS)
	v.HTTPHost, v.HTTPPort = hostPort(at.Monitor)
	if at.MQTT != nil {
		v.MQTT.Host, v.MQTT.Port = hostPort(at.MQTT)
		v.MQTT.AuthTimeout = m.o.ConnectTimeout.Seconds()
		v.MQTT.MaxAckPending = uint16(m.o.MaxInflight)
	}
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		v.MemLimit = limit
	}
	for path, n := range m.asked {
		v.HTTPReqStats[path] = n.Load()
	}
	return v
}

// hostPort takes an address apart; all addresses are 0.0.0.0, as nats-server
// writes them.
func hostPort(a net.Addr) (host string, port int) {
	t, ok := a.(*net.TCPAddr)
	if !ok || t == nil {
		return "", 0
	}
	if t.IP.IsUnspecified() {
		return "0.0.0.0", t.Port
	}
	return t.IP.String(), t.Port
}
