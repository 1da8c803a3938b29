package e2e

import (
	"strings"
	"testing"

	paho3 "github.com/eclipse/paho.mqtt.golang"
)

// A client of 3.1.1 answers requests of nats.go, which know nothing of it.
func TestRequestsAnsweredBefore50(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc, c := s.natsClient(t), s.mqtt3(t, 4)
		token := c.Subscribe("$request/+/svc/#", 1, func(c paho3.Client, m paho3.Message) {
			level := strings.SplitN(m.Topic(), "/", 3)
			c.Publish("$response/"+level[1], 0, false, level[2]+" "+string(m.Payload()))
		})
		done(t, token)
		for range 100 {
			m, err := nc.Request("svc.time.now", []byte("please"), patience)
			must(t, err)
			if string(m.Data) != "svc/time/now please" {
				t.Fatalf("the answer is %q", m.Data)
			}
		}
	}, "--request-topics")
}
