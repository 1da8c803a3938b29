//go:build !race

package bench

import (
	"fmt"
	"testing"

	"github.com/isthmus-mq/isthmus/session"
)

// From read to flush, on one lane, no message allocates: parsing, routing and
// rendering, in every direction.
func TestPipelineAllocatesNothing(t *testing.T) {
	f := func(name string, r *rig, from session.Session, in []byte) {
		t.Helper()
		r.turn(from, in)
		if n := testing.AllocsPerRun(20, func() { r.turn(from, in) }); n != 0 {
			t.Errorf("%s: %v allocations in a turn", name, n)
		}
		if lent := r.pool.Lent(); lent != 0 {
			t.Errorf("%s: %d buffers are still lent", name, lent)
		}
	}
	natsIn, _ := natsInput([]string{"bench.one", "bench.two"}, 16)
	mqttIn, _ := mqttInput([]string{"bench/one", "bench/two"}, 16)

	r := newRig()
	r.natsClient("SUB bench.* 1\r\n")
	f("NATS to NATS", r, r.natsClient(""), natsIn)

	r = newRig()
	r.mqttClient("sub", "bench/+")
	f("NATS to MQTT", r, r.natsClient(""), natsIn)

	r = newRig()
	r.natsClient("SUB bench.* 1\r\n")
	f("MQTT to NATS", r, r.mqttClient("pub"), mqttIn)

	r = newRig()
	r.mqttClient("sub", "bench/+")
	f("MQTT to MQTT", r, r.mqttClient("pub"), mqttIn)

	// Subjects that come once, more than a lane remembers.
	unique := make([]string, 100_000)
	for i := range unique {
		unique[i] = fmt.Sprintf("bench.%06d", i)
	}
	once := natsReads(unique, 16)
	for _, to := range []string{"NATS", "MQTT"} {
		r = newRig()
		if to == "NATS" {
			r.natsClient("SUB bench.* 1\r\n")
		} else {
			r.mqttClient("sub", "bench/+")
		}
		from := r.natsClient("")
		at := 0
		next := func() {
			r.turn(from, once.ins[at%len(once.ins)])
			at++
		}
		next()
		if n := testing.AllocsPerRun(len(once.ins)-2, next); n != 0 {
			t.Errorf("NATS to %s, each subject once: %v allocations in a turn", to, n)
		}
	}
}
