package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

// Peer is a server program under comparison.
type Peer struct {
	Name    string
	Program string
	Version string
	NATS    bool // speaks NATS
	Crosses bool // delivers with QoS 1 to MQTT what was published to NATS

	arguments func(at endpoint) ([]string, error)
}

// Names of peers that are not like the others: the product, and the relay, which
// is the ceiling and speaks no protocol.
const (
	isthmus = "isthmus"
	relay   = "relay"
)

// endpoint is where and how a server is to run.
type endpoint struct {
	nats, mqtt int    // ports; 0: not at all
	lanes      int    // of the product
	dir        string // where it may keep files
	load       load.Task
}

// serves tells whether the peer can do what the row asks for.
func (p Peer) serves(r Row) bool {
	nats, _ := r.protocols()
	return (p.NATS || !nats) && (p.Crosses || !r.crossesWithQoS1())
}

// relayArguments say who gets what, since the relay parses nothing: the
// subscriber of the same number, or all; and that messages of several publishers
// to one are not to be mixed.
func relayArguments(at endpoint) ([]string, error) {
	args := []string{"-port", strconv.Itoa(at.nats)}
	f := at.load.Flow
	if f == nil {
		return append(args, "-pairs"), nil
	}
	if f.Publishers == 1 {
		return args, nil
	}
	frame, err := f.PublicationSize()
	return append(args, "-frame", strconv.Itoa(frame)), err
}

// isthmusArguments opens both ports always: the product is measured as it runs.
func isthmusArguments(at endpoint) ([]string, error) {
	return []string{
		"--nats", fmt.Sprintf("127.0.0.1:%d", at.nats), "--mqtt", fmt.Sprintf("127.0.0.1:%d", at.mqtt),
		"--lanes", strconv.Itoa(at.lanes), "--log-level", "warn",
	}, nil
}

// natsServerArguments leaves MQTT and JetStream off where the row needs none:
// the peer is measured at its best.
func natsServerArguments(at endpoint) ([]string, error) {
	return []string{"-port", strconv.Itoa(at.nats), "-mqtt", strconv.Itoa(at.mqtt), "-store", at.dir}, nil
}

// mosquittoArguments lifts the limit on queued messages, so that nothing is
// dropped.
func mosquittoArguments(at endpoint) ([]string, error) {
	conf := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n"+
		"max_queued_messages 0\nset_tcp_nodelay true\nlog_type error\nuser root\n", at.mqtt)
	file := filepath.Join(at.dir, "mosquitto.conf")
	return []string{"-c", file}, os.WriteFile(file, []byte(conf), 0o644)
}
