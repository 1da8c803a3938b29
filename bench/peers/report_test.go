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
	r := Report{Rounds: 3, Results: []Result{
		{Row: "N-N/a16", Peer: "isthmus", Samples: samples(3, 1, 2)},
		{Row: "N-N/a16", Peer: "nats-server", Samples: samples(8, 7, 9)},
		{Row: "N/storm", Peer: "isthmus", Errors: []string{"boom"}},
		{Row: "N/storm", Peer: "nats-server", Samples: samples(5)},
	}}
	var b strings.Builder
	r.markdown(&b)
	for _, want := range []string{
		"| N-N/a16 | isthmus | 1 k | 2 (1–3) |  |\n",
		"| N-N/a16 | nats-server | 1 k | 8 (7–9) | 4.0 |\n",
		"| N/storm | isthmus | failed |",
		"| N/storm | nats-server | 1 k | 5 |  | 0 |\n",
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
	for _, r := range rows(1, 1, 1) {
		if nats, mqtt := r.protocols(); seen[r.Name] || !nats && !mqtt {
			t.Errorf("row %s: seen %v, NATS %v, MQTT %v", r.Name, seen[r.Name], nats, mqtt)
		}
		seen[r.Name] = true
	}
}
