package monitor

import (
	"sync"
	"sync/atomic"
	"time"
)

// Options are what does not change while the server runs.
type Options struct {
	ID      string // 56 characters, N first
	Name    string
	Version string
	Start   time.Time

	MaxConnections   int
	MaxSubscriptions int // of one client; 0: no limit
	MaxPayload       int // bytes
	MaxPending       int // bytes
	MaxControlLine   int // bytes
	MaxInflight      int // messages of QoS 1 and 2 to an MQTT client
	Heartbeat        time.Duration
	MaxPings         int
	ConnectTimeout   time.Duration // of MQTT clients

}

// Monitor makes documents. Any goroutine may call any method.
type Monitor struct {
	o      Options
	source Source
	closed *Closed
	usage  usage
	asked  map[string]*atomic.Uint64 // HTTP requests by path
	seq    atomic.Uint64             // of answers to requests by message
	now    func() time.Time
}

// New returns a monitor of source. closed is where ended connections are noted.
func New(o Options, closed *Closed, source Source) *Monitor {
	m := &Monitor{o: o, source: source, closed: closed, asked: make(map[string]*atomic.Uint64), now: time.Now}
	m.asked[rootPath] = new(atomic.Uint64)
	for _, p := range paths {
		m.asked[p.counted] = new(atomic.Uint64)
	}
	return m
}

// account is the only one that there is, by nats-server's name for it.
const account = "$G"

// head is how documents begin.
type head struct {
	ID  string    `json:"server_id"`
	Now time.Time `json:"now"`
}

func (m *Monitor) head() head { return head{m.o.ID, m.now().UTC()} }

// usage is what the process takes of the machine.
type usage struct {
	sync.Mutex
	at   time.Time     // of the last sample
	used time.Duration // CPU by then
	rate float64       // per cent of one CPU, as of the last sample
}
