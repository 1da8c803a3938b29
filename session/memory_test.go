//go:build !race

package session_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/session"
)

func liveHeap() int64 {
	var ms runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&ms)
	return int64(ms.HeapAlloc)
}

// TestSessionMemoryBudget: what one session takes in memory, without the
// engine's part of a connection and the test's own client.
func TestSessionMemoryBudget(t *testing.T) {
	const n = 10_000
	for _, c := range []struct {
		name      string
		version   mqtt.Version
		connect   string
		subscribe string
		offline   bool
		budget    int64
	}{
		{"offline, one subscription, 5", mqtt.V5, "session-expiry=3600", ",qos=1", true, 1024},
		{"offline, one subscription, 3.1.1", mqtt.V311, "", ",qos=1", true, 1024},
		{"connected, one subscription, 5", mqtt.V5, "clean", ",qos=1", false, 1024},
		{"connected, one subscription, 3.1.1", mqtt.V311, "clean", "", false, 1024},
	} {
		g, err := newGateway(defaultOptions(), manner{lanes: 1, budget: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		clients := make([]*client, n)
		for i := range clients {
			c0 := g.openMQTT("c", c.version)
			converse(t, g, c0, fmt.Sprintf("CONNECT device-%06d %s", i, c.connect),
				fmt.Sprintf("SUBSCRIBE 1 fleet/%06d/commands%s", i, c.subscribe))
			if c.offline {
				g.hangUp(c0)
			}
			c0.got, c0.first = nil, nil
			clients[i] = c0
		}
		if subscriptions := g.hub.Subscriptions(); subscriptions != n {
			t.Fatalf("%d subscriptions", subscriptions)
		}
		with := liveHeap()
		runtime.KeepAlive(g)
		g = nil
		for _, c0 := range clients {
			c0.gateway, c0.lane, c0.session, c0.out = nil, nil, nil, session.Outbox{}
		}
		each := (with - liveHeap()) / n
		runtime.KeepAlive(clients)
		t.Logf("%-36s %4d bytes", c.name, each)
		if each > c.budget {
			t.Errorf("%s: %d bytes for each session, budget %d", c.name, each, c.budget)
		}
	}
}
