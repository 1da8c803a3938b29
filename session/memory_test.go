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

// natsVersion stands for NATS where a version of MQTT is expected.
const natsVersion mqtt.Version = 0

// greet connects a client of the version, with a subscription.
func greet(t *testing.T, g *gateway, c *client, i int, connect, subscribe string) {
	t.Helper()
	if c.version == natsVersion {
		converse(t, g, c, "CONNECT {}", fmt.Sprintf("SUB fleet.%06d.commands 1", i))
		return
	}
	converse(t, g, c, fmt.Sprintf("CONNECT device-%06d %s", i, connect),
		fmt.Sprintf("SUBSCRIBE 1 fleet/%06d/commands%s", i, subscribe))
}

// open accepts a connection of the version.
func (g *gateway) open(name string, v mqtt.Version) *client {
	if v == natsVersion {
		return g.openNATS(name)
	}
	return g.openMQTT(name, v)
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
		{"connected, one subscription, NATS", natsVersion, "", "", false, 640},
	} {
		g, err := newGateway(defaultOptions(), manner{lanes: 1, budget: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		clients := make([]*client, n)
		for i := range clients {
			c0 := g.open("c", c.version)
			greet(t, g, c0, i, c.connect, c.subscribe)
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

// TestSubscriptionMemoryBudget: what one more subscription takes of a session, the
// hub and the trie together.
func TestSubscriptionMemoryBudget(t *testing.T) {
	const sessions, each, budget = 100, 1000, 450
	for _, v := range []mqtt.Version{natsVersion, mqtt.V311, mqtt.V5} {
		g, err := newGateway(defaultOptions(), manner{lanes: 1, budget: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		clients := make([]*client, sessions)
		for i := range clients {
			clients[i] = g.open(fmt.Sprint(i), v)
			greet(t, g, clients[i], i, "clean", "")
			clients[i].got, clients[i].first = nil, nil
		}
		before := liveHeap()
		for i, c := range clients {
			for n := range each {
				if v == natsVersion {
					converse(t, g, c, fmt.Sprintf("SUB fleet.%06d.state.%06d %d", i, n, n+2))
				} else {
					converse(t, g, c, fmt.Sprintf("SUBSCRIBE %d fleet/%06d/state/%06d", n+2, i, n))
				}
			}
			c.got, c.first = nil, nil
		}
		bytes := (liveHeap() - before) / (sessions * each)
		if n := g.hub.Subscriptions(); n != sessions*(each+1) {
			t.Fatalf("%d subscriptions", n)
		}
		t.Logf("version %d: %d bytes", v, bytes)
		if bytes > budget {
			t.Errorf("version %d: %d bytes for each subscription, budget %d", v, bytes, budget)
		}
		runtime.KeepAlive(clients)
	}
}
