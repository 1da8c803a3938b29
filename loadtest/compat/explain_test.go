package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// explained runs `isthmus explain` against the server.
func (s *server) explained(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(isthmus, append([]string{"explain", "--server", s.nats}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("isthmus explain %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// The command tells of real clients of both protocols, and any NATS client may ask.
func TestExplain(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc := s.natsClient(t, nats.Name("billing"))
		_, err := nc.Subscribe("dev.*.temp", func(*nats.Msg) {})
		must(t, err)
		_, err = nc.QueueSubscribe("dev.>", "g", func(*nats.Msg) {})
		must(t, err)
		must(t, nc.Flush())
		s.call(t, "mosquitto_sub", "-i", "sleeper", "-c", "-q", "1", "-t", "dev/7/temp", "-E")
		s.call(t, "mosquitto_sub", "-i", "deaf", "-c", "-q", "0", "-t", "dev/#", "-E")
		s.call(t, "mosquitto_pub", "-t", "dev/7/temp", "-m", "21.5", "-r")

		text := s.explained(t, "dev/7/temp", "--qos", "1")
		for _, want := range []string{
			"NATS       dev.7.temp\n", "MQTT       dev/7/temp\n", "2 connected, kept for 1 that are not",
			"stored     mqtt sleeper (by dev/7/temp, QoS 1, not connected)",
			"dropped    mqtt deaf (by dev/#, QoS 0, not connected)\n             session_offline: ",
			"by dev.*.temp, sid 1)", "group      g (queue, random): next is nats-", "retained     4 bytes, QoS 0",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
		text = s.explained(t, "dev/#")
		if !strings.Contains(text, "NATS       dev.> and dev\n") || !strings.Contains(text, "retained     1 messages that it matches") {
			t.Errorf("of a filter:\n%s", text)
		}
		if text = s.explained(t, "$SYS/broker/uptime"); !strings.Contains(text, "refused      reserved_topic: ") {
			t.Errorf("of a reserved topic:\n%s", text)
		}

		m, err := nc.Request("$SYS.REQ.ISTHMUS.EXPLAIN", []byte(`{"name":"nobody","as":"subject"}`), patience)
		must(t, err)
		var d struct {
			Matched int
			Topic   string
		}
		if err := json.Unmarshal(m.Data, &d); err != nil || d.Matched != 0 || d.Topic != "nobody" {
			t.Errorf("the answer is %s (%v)", m.Data, err)
		}
		m, err = nc.Request("$SYS.REQ.ISTHMUS.EXPLAIN", []byte(`{"nam":"nobody"}`), patience)
		must(t, err)
		if !strings.Contains(string(m.Data), `unknown field \"nam\"`) {
			t.Errorf("the answer to a bad question is %s", m.Data)
		}
	})
}

// The publisher counts whether it is a receiver or not: its own subscriptions are left
// out, a strategy that goes by it is no matter of chance, and one that is not there is
// an error. So does the environment of a server count for nothing.
func TestExplainFromAClient(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc, other := s.natsClient(t, nats.NoEcho()), s.natsClient(t)
		for i, c := range []*nats.Conn{nc, other, other, other} {
			_, err := c.QueueSubscribe("work", "g", func(*nats.Msg) {})
			must(t, err)
			if i > 0 {
				continue
			}
			_, err = c.Subscribe("work", func(*nats.Msg) { t.Error("an echo") })
			must(t, err)
		}
		must(t, nc.Flush())
		must(t, other.Flush())
		cid, err := nc.GetClientID()
		must(t, err)
		text := s.explained(t, "work", "--from", fmt.Sprint(cid))
		if !strings.Contains(text, "own        nats nats-"+fmt.Sprint(cid)+" (by work") || !strings.Contains(text, "next is nats-") {
			t.Errorf("from a client without echo:\n%s", text)
		}
		cmd := exec.Command(isthmus, "explain", "--server", s.nats, "work", "--from", "nobody")
		cmd.Env = append(os.Environ(), "ISTHMUS_NATS=:1", "ISTHMUS_RETAIN=perhaps")
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), `"nobody" is not connected`) {
			t.Errorf("from nobody: %v: %s", err, out)
		}
	}, "--group-strategy", "hash-publisher")
}

// Without a server to ask, the command says what to do.
func TestExplainWithoutAServer(t *testing.T) {
	t.Parallel()
	out, err := exec.Command(isthmus, "explain", "a", "--server", "127.0.0.1:1").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--server") {
		t.Errorf("%v: %s", err, out)
	}
}
