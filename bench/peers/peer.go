package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// Peer is a server program under comparison.
type Peer struct {
	Name    string
	Program string
	Version string
	NATS    bool // speaks NATS
	Crosses bool // delivers with QoS 1 to MQTT what was published to NATS

	// arguments for a run that listens on the given ports, 0 for none, and
	// may keep files in dir.
	arguments func(nats, mqtt int, dir string) ([]string, error)
}

// serves tells whether the peer can do what the row asks for.
func (p Peer) serves(r Row) bool {
	nats, _ := r.protocols()
	return (p.NATS || !nats) && (p.Crosses || !r.crossesWithQoS1())
}

// isthmusArguments opens both ports always: the product is measured as it runs.
func isthmusArguments(nats, mqtt int, _ string) ([]string, error) {
	return []string{
		"--nats", fmt.Sprintf("127.0.0.1:%d", nats), "--mqtt", fmt.Sprintf("127.0.0.1:%d", mqtt),
		"--lanes", "1", "--log-level", "warn",
	}, nil
}

// natsServerArguments leaves MQTT and JetStream off where the row needs none:
// the peer is measured at its best.
func natsServerArguments(nats, mqtt int, dir string) ([]string, error) {
	return []string{"-port", strconv.Itoa(nats), "-mqtt", strconv.Itoa(mqtt), "-store", dir}, nil
}

// mosquittoArguments lifts the limit on queued messages, so that nothing is
// dropped.
func mosquittoArguments(_, mqtt int, dir string) ([]string, error) {
	conf := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n"+
		"max_queued_messages 0\nset_tcp_nodelay true\nlog_type error\nuser root\n", mqtt)
	file := filepath.Join(dir, "mosquitto.conf")
	return []string{"-c", file}, os.WriteFile(file, []byte(conf), 0o644)
}
