//go:build !race

package bench

import (
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
}
