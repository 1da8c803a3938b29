//go:build slow

package e2e

import (
	"fmt"
	"testing"
	"time"
)

// messages is how many each direction of TestOrderAndCounts carries.
const messages = 400_000

// Thousands of connections of each protocol, each with a subscription of its
// own and one in common.
func TestSlowThousandsOfConnections(t *testing.T) {
	for _, lanes := range []string{"1", "4"} {
		t.Run("lanes="+lanes, func(t *testing.T) {
			s := start(t, "--lanes", lanes)
			healthy := s.watch(t)
			const n = 3000
			before := s.memory("VmRSS")
			var nats, mqtt []*wire
			for i := range n {
				w := s.rawNATS(t, connect0+fmt.Sprintf("SUB own.%d 1\r\nSUB all 2\r\nPING\r\n", i))
				w.expect(t, "PONG\r\n")
				m := s.rawMQTT(t, 4, 0)
				m.send(t, mqttSubscribe(4, fmt.Sprintf("own/%d", i))+mqttSubscribe(4, "all"))
				m.expect(t, "\x90\x03\x00\x01\x00\x90\x03\x00\x01\x00")
				nats, mqtt = append(nats, w), append(mqtt, m)
			}
			t.Logf("%d connections: %d bytes each", 2*n, (s.memory("VmRSS")-before)/(2*n))
			pub := s.natsClient(t)
			for i := range n {
				must(t, pub.Publish(fmt.Sprintf("own.%d", i), []byte("x")))
			}
			begin := time.Now()
			must(t, pub.Publish("all", []byte("y")))
			for i := range n {
				_ = nats[i].SetDeadline(time.Now().Add(patience))
				_ = mqtt[i].SetDeadline(time.Now().Add(patience))
				nats[i].expect(t, fmt.Sprintf("MSG own.%d 1 1\r\nx\r\nMSG all 2 1\r\ny\r\n", i))
				mqtt[i].expect(t, mqttPublish(4, fmt.Sprintf("own/%d", i), "x")+mqttPublish(4, "all", "y"))
			}
			t.Logf("one message to %d: %v", 2*n, time.Since(begin))
			healthy.check(t)
		})
	}
}

// Churn for a while: connections come and go, nothing is left behind.
func TestSlowChurnLeavesNothing(t *testing.T) {
	s := start(t, "--lanes", "4")
	healthy := s.watch(t)
	visit := func(i int) {
		n, m := s.rawNATS(t, connect0+"SUB a.> 1\r\nPING\r\n"), s.rawMQTT(t, 5, 60)
		n.expect(t, "PONG\r\n")
		m.send(t, mqttSubscribe(5, fmt.Sprintf("a/%d/#", i)))
		m.packet(t)
		n.Close()
		m.Close()
	}
	for i := range 2000 {
		visit(i)
	}
	before, fds := s.memory("VmRSS"), 0
	eventually(t, "the descriptors to settle", func() bool { last := fds; fds = s.fds(); return last == fds })
	for i := range 10_000 {
		visit(i)
	}
	eventually(t, "the descriptors to come back", func() bool { return s.fds() <= fds })
	if grown := s.memory("VmRSS") - before; grown > 16<<20 && !raceMode {
		t.Errorf("memory grew by %d KiB", grown>>10)
	}
	healthy.check(t)
}
