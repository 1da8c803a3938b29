package e2e

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// mosquitto_sub reads the statistics under the names that it knows; NATS
// clients, whatever they subscribe to, do not, and may not write them.
func TestStatistics(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		refused := make(chan error, 10)
		nc := s.natsClient(t, nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
		all := subscribe(t, nc, ">")
		some := subscribe(t, nc, "$SYS.>")
		s.call(t, "mosquitto_pub", "-t", "one", "-m", "12345")
		nextText(t, all, "one", "12345")

		sub := s.spawn(t, "mosquitto_sub", "-t", "$SYS/broker/#", "-v")
		seen := map[string]string{}
		wait := func(topic, text string) {
			t.Helper()
			for seen[topic] != text {
				line := strings.TrimPrefix(sub.line(t), "$SYS/broker/")
				at := strings.LastIndexByte(line, ' ')
				if strings.HasPrefix(line, "version ") || strings.HasPrefix(line, "uptime ") {
					at = strings.IndexByte(line, ' ')
				}
				seen[line[:at]] = line[at+1:]
			}
		}
		wait("clients/connected", "2")
		wait("publish/messages/received", "1")
		wait("publish/bytes/received", "5")
		wait("subscriptions/count", "3")
		s.call(t, "mosquitto_pub", "-t", "kept", "-m", "x", "-r")
		nextText(t, all, "kept", "x")
		wait("publish/messages/received", "2")
		for _, topic := range []string{"version", "uptime", "bytes/sent", "heap/current", "load/connections/1min", "retained messages/count", "reasons/slow_consumer"} {
			if seen[topic] == "" {
				t.Errorf("no %s in %v", topic, seen)
			}
		}

		must(t, nc.Publish("$SYS.broker.version", []byte("mine")))
		if err := next(t, refused, "error"); !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("a publish to the statistics: %v", err)
		}
		must(t, nc.Publish("end", nil))
		nextText(t, all, "end", "")
		quiet(t, some, "statistics for a NATS client")
		quiet(t, all, "statistics for a NATS client")
	}, "--sys-interval", "100ms")
}
