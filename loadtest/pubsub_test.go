package loadtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/loadtest/client"
)

// smallFlow is a flow of some thousand messages that takes no time.
func smallFlow(from, to client.Protocol) Flow {
	return Flow{From: from, To: to, Publishers: 1, Subscribers: 1, Topic: "load/test", Topics: 1, Size: 16, Messages: 5000, Duration: time.Minute}
}

var protocols = []client.Protocol{client.NATS, client.MQTT}

func TestPubSubInAllDirectionsAndShapes(t *testing.T) {
	o, _ := gateway(t)
	o.Workers = 2
	for _, from := range protocols {
		for _, to := range protocols {
			for _, shape := range []struct{ pub, sub int }{{1, 1}, {1, 5}, {5, 1}, {3, 4}} {
				for _, qos := range []byte{0, 1} {
					t.Run(fmt.Sprintf("%s-%s/%d-%d/qos%d", from, to, shape.pub, shape.sub, qos), func(t *testing.T) {
						f := smallFlow(from, to)
						f.Publishers, f.Subscribers, f.QoS = shape.pub, shape.sub, qos
						f.Messages = 1003
						r := run(t, PubSub{f, "pubsub"}, o).Runs[0]
						want := uint64(1003 * shape.sub)
						if r.Published != 1003 || r.Expected != want || r.Received != want {
							t.Errorf("published %d, expected %d, received %d; want 1003, %d, %d", r.Published, r.Expected, r.Received, want, want)
						}
						if got := r.Times["latency"].Count(); got != int64(want) {
							t.Errorf("%d latencies, want %d", got, want)
						}
						if qos == 1 && r.Acked != 1003 {
							t.Errorf("%d acknowledged", r.Acked)
						}
					})
				}
			}
		}
	}
}
