package e2e

import (
	"fmt"
	"strings"
	"testing"
)

func TestNatsCLIPublishAndSubscribe(t *testing.T) {
	t.Parallel()
	s := start(t)
	sub := s.spawn(t, "nats", "sub", "cli.>", "--count", "5", "--raw")
	s.awaitInterest(t, "cli.probe")
	s.call(t, "nats", "pub", "cli.a", "one")
	s.mqtt5(t).publish(t, "cli/mqtt", "two")
	s.call(t, "nats", "pub", "cli.b", "n{{.Count}}", "--count", "2")
	for _, want := range []string{"probe", "one", "two", "n1", "n2"} {
		if got := sub.line(t); got != want {
			t.Errorf("nats sub printed %q, want %q", got, want)
		}
	}
	sub.wait(t)
}

func TestNatsCLIRequestAndReply(t *testing.T) {
	t.Parallel()
	s := start(t)
	if out, err := s.command(t.Context(), t, "nats", "req", "cli.nobody", "x").CombinedOutput(); !strings.Contains(string(out), "No responders are available") {
		t.Errorf("nats req without responders printed (%v):\n%s", err, out)
	}
	s.spawn(t, "nats", "reply", "cli.help", "I can help")
	s.awaitInterest(t, "cli.help")
	if out := s.call(t, "nats", "req", "cli.help", "me"); !strings.Contains(out, "I can help") {
		t.Errorf("nats req printed:\n%s", out)
	}
	c := s.mqtt5(t)
	c.subscribe(t, "answers")
	c.publishRequest(t, "cli/help", "answers", "from MQTT")
	c.nextText(t, "answers", "I can help")
}

func TestNatsCLIRTTAndCheck(t *testing.T) {
	t.Parallel()
	s := start(t)
	if out := s.call(t, "nats", "rtt", "5"); !strings.Contains(out, s.nats) {
		t.Errorf("nats rtt printed:\n%s", out)
	}
	if out := s.call(t, "nats", "server", "check", "connection"); !strings.Contains(out, "OK") {
		t.Errorf("nats server check connection printed:\n%s", out)
	}
	s.call(t, "nats", "account", "info")
}

func TestNatsCLIBench(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const n = 20000
		sub := s.spawn(t, "nats", "bench", "sub", "cli.bench", "--msgs", fmt.Sprint(n+1), "--no-progress")
		s.awaitInterest(t, "cli.bench") // one message of its own
		out := s.call(t, "nats", "bench", "pub", "cli.bench", "--msgs", fmt.Sprint(n), "--size", "16", "--no-progress")
		if !strings.Contains(out, "msgs/sec") {
			t.Errorf("nats bench pub printed:\n%s", out)
		}
		sub.wait(t)
		if out := sub.all.String(); !strings.Contains(out, "msgs/sec") {
			t.Errorf("nats bench sub printed:\n%s", out)
		}
		s.spawn(t, "nats", "bench", "service", "serve", "cli.svc", "--clients", "2", "--no-progress")
		s.awaitInterest(t, "cli.svc")
		out = s.call(t, "nats", "bench", "service", "request", "cli.svc", "--msgs", "500", "--no-progress")
		if !strings.Contains(out, "msgs/sec") {
			t.Errorf("nats bench service request printed:\n%s", out)
		}
	})
}
