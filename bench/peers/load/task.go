package load

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// Target is the server under load.
type Target struct {
	PID  int            `json:"pid"`
	NATS netip.AddrPort `json:"nats"`
	MQTT netip.AddrPort `json:"mqtt"`
}

// Task is one run: a target and exactly one load.
type Task struct {
	Target   Target    `json:"target"`
	Flow     *Flow     `json:"flow,omitempty"`
	Parallel *Parallel `json:"parallel,omitempty"`
	Pairs    *Pairs    `json:"pairs,omitempty"`
	Index    *Index    `json:"index,omitempty"`
	Idle     *Idle     `json:"idle,omitempty"`
	Storm    *Storm    `json:"storm,omitempty"`
	Lanes    *Lanes    `json:"lanes,omitempty"`
}

// Sample is what one run measured. Count is of connections for Idle and Storm,
// of subscriptions that came and went for a Flow that is nothing but Churn, and
// of deliveries for all else; the CPU times are for all of them.
type Sample struct {
	Count        int64   `json:"count"`
	Seconds      float64 `json:"seconds"`
	ServerCPU    int64   `json:"server_cpu_ns"`
	GeneratorCPU int64   `json:"generator_cpu_ns"`

	// CloseCPU is the server's for closing Count connections. Storm only.
	CloseCPU int64 `json:"close_cpu_ns,omitempty"`

	// Growth of the server's resident memory by Count connections, at once and
	// after they were silent for a while; CPU use while they are. Idle only, but
	// for GrownBytes, which an Index has too: by Subscriptions.
	GrownBytes   int64   `json:"grown_bytes,omitempty"`
	SettledBytes int64   `json:"settled_bytes,omitempty"`
	IdlePercent  float64 `json:"idle_percent,omitempty"`

	// How many subscriptions were made, and the server's CPU time for all of
	// them. Index only.
	Subscriptions int64 `json:"subscriptions,omitempty"`
	SubscribeCPU  int64 `json:"subscribe_cpu_ns,omitempty"`

	// Churned is how many subscriptions came and went meanwhile. Flow with Churn
	// only.
	Churned int64 `json:"churned,omitempty"`

	// How long a publication took until its delivery, from when it was due.
	// Pairs and Lanes only. And what the flood delivered per second at the same
	// time. Lanes only.
	P50       int64   `json:"p50_ns,omitempty"`
	P99       int64   `json:"p99_ns,omitempty"`
	FloodRate float64 `json:"flood_rate,omitempty"`
}

// Rate is Count per second.
func (s Sample) Rate() float64 { return float64(s.Count) / s.Seconds }

// MicrosEach is the server's CPU time in µs for each one of Count.
func (s Sample) MicrosEach() float64 { return float64(s.ServerCPU) / 1e3 / float64(s.Count) }

// Run does the task.
func (t Task) Run() (Sample, error) {
	switch {
	case t.Flow != nil:
		return t.Flow.run(t.Target)
	case t.Parallel != nil:
		return t.Parallel.run(t.Target)
	case t.Index != nil:
		return t.Index.run(t.Target)
	case t.Pairs != nil:
		return t.Pairs.run(t.Target)
	case t.Idle != nil:
		return t.Idle.run(t.Target)
	case t.Storm != nil:
		return t.Storm.run(t.Target)
	case t.Lanes != nil:
		return t.Lanes.run(t.Target)
	}
	return Sample{}, errors.New("the task holds no load")
}

// speaker returns the dialect called protocol, with the given QoS, and where
// the target speaks it.
func (t Target) speaker(protocol string, qos byte) (wire.Dialect, netip.AddrPort, error) {
	d, err := wire.Lookup(protocol, qos)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	addr := t.NATS
	if protocol == "mqtt" {
		addr = t.MQTT
	}
	if !addr.IsValid() {
		return nil, netip.AddrPort{}, fmt.Errorf("the target does not speak %s", protocol)
	}
	return d, addr, nil
}
