package e2e

import (
	"strings"
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
	"github.com/nats-io/nats.go"
)

// The commands of the README's first page, as a new user types them.

func TestDemoMosquittoPubToNatsSub(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		sub := s.spawn(t, "nats", "sub", "sensors.>")
		s.awaitInterest(t, "sensors.probe")
		s.call(t, "mosquitto_pub", "-t", "sensors/kitchen/temp", "-m", "21.5")
		for !strings.Contains(sub.line(t), `Received on "sensors.kitchen.temp"`) {
		}
		if line := sub.line(t); line != "21.5" {
			t.Errorf("nats sub printed %q, want 21.5", line)
		}
	})
}

func TestDemoNatsPubToMosquittoSub(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		sub := s.spawn(t, "mosquitto_sub", "-t", "orders/#", "-V", "mqttv5", "-F", "%t %P %p")
		s.awaitInterest(t, "orders.probe")
		if line := sub.line(t); line != "orders/probe  probe" {
			t.Errorf("mosquitto_sub printed %q for a message without headers", line)
		}
		s.call(t, "nats", "pub", "orders.eu", "hello", "-H", "a:b")
		if line := sub.line(t); line != "orders/eu a:b hello" {
			t.Errorf("mosquitto_sub printed %q, want %q", line, "orders/eu a:b hello")
		}
	})
}

// responder answers every message on the topic as an MQTT 5 client does: to
// its Response Topic, with its Correlation Data.
func responder(t *testing.T, s *server, topic, answer string) *client5 {
	t.Helper()
	c := s.mqtt5(t)
	c.AddOnPublishReceived(func(p paho5.PublishReceived) (bool, error) {
		_, err := c.Publish(t.Context(), &paho5.Publish{
			Topic:      p.Packet.Properties.ResponseTopic,
			Payload:    []byte(answer + string(p.Packet.Payload)),
			Properties: &paho5.PublishProperties{CorrelationData: p.Packet.Properties.CorrelationData},
		})
		return true, err
	})
	c.subscribe(t, topic)
	return c
}

func TestDemoNatsReqAnsweredByMQTT5(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		responder(t, s, "svc/help", "yes, ")
		if out := s.call(t, "nats", "req", "svc.help", "please"); !strings.Contains(out, "yes, please") {
			t.Errorf("nats req printed:\n%s", out)
		}
	})
}

func TestDemoNatsReqAnsweredByMosquitto(t *testing.T) {
	s := start(t)
	sub := s.spawn(t, "mosquitto_sub", "-t", "svc/shell", "-V", "mqttv5", "-F", "%R")
	s.awaitInterest(t, "svc.shell")
	sub.line(t) // of the probe
	req := s.spawn(t, "nats", "req", "svc.shell", "please")
	s.call(t, "mosquitto_pub", "-V", "mqttv5", "-t", sub.line(t), "-m", "from the shell")
	req.wait(t)
	if out := req.all.String(); !strings.Contains(out, "from the shell") {
		t.Errorf("nats req printed:\n%s", out)
	}
}

func TestDemoMosquittoRequestAnsweredByNATS(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc := s.natsClient(t)
		_, err := nc.Subscribe("svc.time", func(m *nats.Msg) { _ = m.Respond([]byte("noon, " + string(m.Data))) })
		must(t, err)
		must(t, nc.Flush())
		out := s.call(t, "mosquitto_rr", "-V", "mqttv5", "-t", "svc/time", "-e", "answers/1", "-m", "please", "-W", "10")
		if strings.TrimSpace(out) != "noon, please" {
			t.Errorf("mosquitto_rr printed %q", out)
		}
	})
}

func TestDemoCommandForADeviceThatIsAsleep(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		s.call(t, "mosquitto_sub", "-i", "lamp", "-c", "-q", "1", "-t", "devices/lamp", "-E")
		s.call(t, "nats", "pub", "devices.lamp", "light on", "-H", "Mqtt-Qos:1")
		if out := s.call(t, "mosquitto_sub", "-i", "lamp", "-c", "-q", "1", "-t", "devices/lamp", "-C", "1"); out != "light on\n" {
			t.Errorf("mosquitto_sub printed %q", out)
		}
	})
}

func TestDemoOneTeamOfWorkers(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		workers := []*running{s.spawn(t, "nats", "sub", "jobs.new", "--queue", "workers")}
		s.awaitInterest(t, "jobs.new")
		workers = append(workers, s.spawn(t, "mosquitto_sub", "-t", "$share/workers/jobs/new", "-t", "jobs/here"))
		s.awaitInterest(t, "jobs.here")
		s.call(t, "nats", "pub", "jobs.new", "job {{Count}}", "--count", "6")
		done := map[string]int{}
		for seen := 0; seen < 6; {
			var line string
			select {
			case line = <-workers[0].lines:
			case line = <-workers[1].lines:
			case <-time.After(patience):
				t.Fatalf("after %v only %v", patience, done)
			}
			if strings.HasPrefix(line, "job ") {
				done[line]++
				seen++
			}
		}
		if len(done) != 6 {
			t.Errorf("the jobs were done so often: %v", done)
		}
	})
}
