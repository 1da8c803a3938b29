package e2e

import (
	"errors"
	"testing"

	"github.com/nats-io/nats.go"
)

// With a variable in the mountpoint each NATS client lives in a room of its own,
// requests and all, and MQTT clients see which.
func TestMountpointOfEachClient(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		alice, bob := s.natsClient(t, nats.UserInfo("alice", "")), s.natsClient(t, nats.UserInfo("b/b", ""))
		again := s.natsClient(t, nats.UserInfo("alice", "x"))
		c := s.mqtt5(t)
		responder(t, s, "home/alice/service", "answer to ")
		c.subscribe(t, "home/+/x")
		inA, inB := subscribe(t, again, "x"), subscribe(t, bob, ">")
		must(t, alice.Publish("x", []byte("hers")))
		nextText(t, inA, "x", "hers")
		c.nextText(t, "home/alice/x", "hers")
		must(t, bob.Publish("x", []byte("his")))
		nextText(t, inB, "x", "his")
		c.nextText(t, "home/b%2Fb/x", "his")
		c.publish(t, "home/b%2Fb/y/z", "from outside")
		nextText(t, inB, "y.z", "from outside")
		m, err := alice.Request("service", []byte("question"), patience)
		must(t, err)
		if string(m.Data) != "answer to question" {
			t.Errorf("the answer is %q", m.Data)
		}
		carol := s.natsClient(t, nats.UserInfo("carol", ""))
		if _, err := carol.Request("service", nil, patience); !errors.Is(err, nats.ErrNoResponders) {
			t.Errorf("a request into another's room: %v", err)
		}
		if _, err := nats.Connect("nats://"+s.nats, nats.Timeout(patience)); !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("without a name: %v", err)
		}
	}, "--mountpoint", "home/${username}/")
}
