package main

import (
	"runtime"
	"unsafe"

	"github.com/isthmus-mq/isthmus/engine"
	"github.com/isthmus-mq/isthmus/trie"
)

// connectionBytes is the live heap of a session with one subscription: the
// session, what the hub and the trie keep for it, and its name in their tables.
// Not in it: the engine's Conn, which is a figure of its own, gnet's connection
// and the kernel's socket.
func connectionBytes(p protocol, k kind, n int, tell *progress) (float64, error) {
	g := newGateway(1, n)
	before := heap()
	g.populate(n, k, tell, p)
	bytes := float64(heap()-before) / float64(n)
	return bytes, g.check(n)
}

// subscriptionBytes is the live heap of one more subscription of a session that
// has a thousand of them.
func subscriptionBytes(p protocol, k kind, n int, tell *progress) (float64, error) {
	const each = 1000
	g := newGateway(1, n/each+1)
	var clients []*conn
	for i := range (n + each - 1) / each {
		clients = append(clients, g.client(p, 0, i))
	}
	before := heap()
	var in []byte
	for i := range n {
		in = appendSubscribe(in[:0], p, filter(p, k, i), i%each)
		g.turn(clients[i/each], in)
		tell.at(i, n)
	}
	bytes := float64(heap()-before) / float64(n)
	return bytes, g.check(n)
}

// fillTrie returns a trie with n subscriptions, and their heap bytes.
func fillTrie(k kind, n int) (*trie.Trie, float64) {
	before := heap()
	t := trie.New(0)
	for i := range n {
		f := trie.Filter{Pattern: filter(speaksNATS, k, i), Tail: trie.TailNone}
		t.Add(f, trie.Group{}, trie.Ref{Slot: uint32(i), Owner: uint32(i)})
	}
	return t, float64(heap()-before) / float64(n)
}

// memory measures bytes per connection and per subscription.
func memory(s *settings, r *report, tell *progress) error {
	connections := curve{Name: "connection-bytes", Load: load(), X: "sessions", Y: "heap bytes per session with one subscription"}
	subscriptions := curve{Name: "subscription-bytes", Load: load(), X: "subscriptions", Y: "heap bytes per subscription"}
	for _, n := range steps(1000, s.sessions) {
		for _, k := range []kind{exact, wildcard} {
			for _, p := range []protocol{speaksNATS, speaksMQTT} {
				name := p.String() + ", " + k.String()
				tell.say("memory: %d sessions, %s", n, name)
				bytes, err := connectionBytes(p, k, n, tell)
				if err != nil {
					return err
				}
				connections.add(name, median(n, []float64{bytes}))
				tell.say("memory: %d subscriptions, %s", n, name)
				if bytes, err = subscriptionBytes(p, k, n, tell); err != nil {
					return err
				}
				subscriptions.add(name, median(n, []float64{bytes}))
			}
			t, bytes := fillTrie(k, n)
			runtime.KeepAlive(t)
			subscriptions.add("trie alone, "+k.String(), median(n, []float64{bytes}))
		}
	}
	r.Curves = append(r.Curves, connections, subscriptions)
	r.Figures = append(r.Figures, figure{
		Part: "memory", Name: "the engine's Conn, which holds the outbox", Value: engineConn(), Unit: "B",
	})
	return nil
}

// engineConn is the heap that the engine's own part of a connection takes,
// rounded up as the allocator does it.
func engineConn() float64 {
	const granule = 16
	n := unsafe.Sizeof(engine.Conn{})
	return float64((n + granule - 1) / granule * granule)
}
