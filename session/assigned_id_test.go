package session_test

import (
	"fmt"
	"testing"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// A client identifier that the server made is the client's from then on: who
// comes back with it is sent to the same lane, and takes over there.
func TestAssignedClientIDLeadsHome(t *testing.T) {
	const lanes = 4
	g, err := newGateway(defaultOptions(), manner{lanes: lanes, budget: 1 << 10})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for i := range 5 * lanes {
		c := g.openMQTT(fmt.Sprint("first ", i), mqtt.V5)
		b, _ := speakMQTT(mqtt.V5, `CONNECT "" clean`)
		g.send(c, b)
		var p mqtt.Packet
		if _, err := c.read.Next(c.got, &p); err != nil || len(p.Properties.AssignedClientID) == 0 {
			t.Fatalf("no identifier in % X: %v", c.got, err)
		}
		id := string(p.Properties.AssignedClientID)
		if seen[id] {
			t.Fatalf("%s was given twice", id)
		}
		seen[id] = true
		again := g.openMQTT(fmt.Sprint("again ", i), mqtt.V5)
		b, _ = speakMQTT(mqtt.V5, "CONNECT "+id)
		g.send(again, b)
		if again.lane != c.lane {
			t.Errorf("%s has another home", id)
		}
		if !c.ended {
			t.Errorf("%s was not taken over", id)
		}
	}
	if err := g.shut(); err != nil {
		t.Error(err)
	}
}
