package reason

import (
	"regexp"
	"testing"
)

func TestTableIsComplete(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	seen := map[string]ID{}
	for i, r := range All() {
		if r.ID != ID(i) {
			t.Errorf("row %d carries ID %d (%s)", i, r.ID, r.Name)
		}
		if !name.MatchString(r.Name) {
			t.Errorf("row %d: name %q is not lower_snake_case", i, r.Name)
		}
		if other, dup := seen[r.Name]; dup {
			t.Errorf("rows %d and %d share the name %q", other, i, r.Name)
		}
		seen[r.Name] = r.ID
		if r.Help == "" {
			t.Errorf("%s: no help", r.Name)
		}
		if r.MQTT5 != 0 && r.MQTT5 < 0x80 {
			t.Errorf("%s: MQTT code %#x is no failure code", r.Name, r.MQTT5)
		}
	}
}

// nats.go closes itself for good on an -ERR text that it does not know.
func TestTextsAreThoseOfNatsServer(t *testing.T) {
	known := map[string]bool{
		"Unknown Protocol Operation": true, "maximum control line exceeded": true,
		"Maximum Payload Violation": true, "Authorization Violation": true,
		"invalid client protocol": true, "no responders requires headers support": true,
		"maximum connections exceeded": true, "Stale Connection": true,
		"Invalid Subject": true, "Invalid Publish Subject": true,
		"maximum subscriptions exceeded":                           true,
		"Connection throttling is active. Please try again later.": true,
		"Permissions Violation for Publish to":                     true,
		"Permissions Violation for Publish with Reply of":          true,
		"Permissions Violation for Subscription to":                true,
	}
	for _, r := range All() {
		if r.NATS != "" && !known[r.NATS] {
			t.Errorf("%s: %q is not a text of nats-server", r.Name, r.NATS)
		}
	}
}

func TestCounters(t *testing.T) {
	var own Counters
	var shared Shared
	own.Add(SlowConsumer, 2)
	own.Add(SlowConsumer, 1)
	shared.Add(MaxConnections, 4)
	if own.Of(SlowConsumer) != 3 || shared.Of(MaxConnections) != 4 || own.Of(MaxConnections) != 0 {
		t.Errorf("counts: %d, %d, %d", own.Of(SlowConsumer), shared.Of(MaxConnections), own.Of(MaxConnections))
	}
}
