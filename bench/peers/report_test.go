package main

import (
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

func TestMarkdown(t *testing.T) {
	samples := func(micros ...int64) (s []load.Sample) {
		for _, us := range micros {
			s = append(s, load.Sample{Count: 1000, Seconds: 1, ServerCPU: us * 1e6})
		}
		return s
	}
	r := Report{Runs: []Run{{Rounds: 3}}, Results: []Result{
		{Row: "N-N/a16", Peer: "isthmus", Samples: samples(3, 1, 2)},
		{Row: "N-N/a16", Peer: "nats-server", Samples: samples(8, 7, 9)},
		{Row: "N/storm", Peer: "isthmus", Errors: []string{"boom"}},
		{Row: "N/storm", Peer: "nats-server", Samples: samples(5)},
		{Row: "N1-M1/a16", Peer: "mosquitto", Instead: "M1-M1/a16", Samples: samples(5)},
	}}
	var b strings.Builder
	r.markdown(&b)
	for _, want := range []string{
		"| N-N/a16 | isthmus | 1 k | 2 (1–3) |  |\n",
		"| N-N/a16 | nats-server | 1 k | 8 (7–9) | 4.0 |\n",
		"| N/storm | isthmus | failed |",
		"| N/storm | nats-server | 1 k | 5 |  | 0 |\n",
		"| N1-M1/a16 | mosquitto, M1-M1/a16 instead | 1 k | 5 |  |\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	if r.failed() == nil {
		t.Error("a failed run is not told")
	}
}

func TestRowNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rows(sizes{1, 1, 1}) {
		if nats, mqtt := r.protocols(); seen[r.Name] || !nats && !mqtt {
			t.Errorf("row %s: seen %v, NATS %v, MQTT %v", r.Name, seen[r.Name], nats, mqtt)
		}
		seen[r.Name] = true
	}
}

// TestReferences looks at what a peer without QoS 1 from NATS to MQTT runs.
func TestReferences(t *testing.T) {
	f := func(p Peer, row, want string) {
		t.Helper()
		for _, r := range rows(sizes{1, 1, 1}) {
			if r.Name != row {
				continue
			}
			their, ok := r.on(p)
			if ok != (want != "") || ok && their.Name != want {
				t.Errorf("%s on %s: %s, %v", row, p.Name, their.Name, ok)
			}
			return
		}
		t.Errorf("no row %s", row)
	}
	isthmus, natsServer, mosquitto := Peer{Name: "isthmus", NATS: true, Crosses: true}, Peer{Name: "nats-server", NATS: true}, Peer{Name: "mosquitto"}
	f(isthmus, "N1-M1/a256", "N1-M1/a256")
	f(natsServer, "N1-M1/a256", "M1-M1/a256")
	f(mosquitto, "N1-M1/a256", "M1-M1/a256")
	f(natsServer, "N-M/a256", "N-M/a256")
	f(mosquitto, "N-M/a256", "")
	f(mosquitto, "M1-M1/b100", "M1-M1/b100")
}
