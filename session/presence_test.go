package session_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// told is the part of an event that says in which order things were.
type told struct {
	Event      string `json:"event"`
	ClientID   string `json:"client_id"`
	Generation uint64 `json:"generation"`
	Reason     string `json:"reason"`
}

// listener writes the events of a gateway down.
type listener struct {
	t      interface{ Fatal(...any) }
	events []told
}

func (l *listener) Deliver(m *message.Message, _ *hub.Route, _ *hub.Copy) reason.ID {
	var e told
	if err := json.Unmarshal(m.Payload, &e); err != nil {
		l.t.Fatal(string(m.Payload), err)
	}
	l.events = append(l.events, e)
	return reason.None
}

func listen(t interface{ Fatal(...any) }, g *gateway) (l *listener, stop func()) {
	l = &listener{t: t}
	lane := g.lanes[0].hub
	pattern, tail := translate.SubscriptionPattern([]byte("$events.>"))
	what := hub.Subscription{Filter: trie.Filter{Pattern: string(pattern), Tail: trie.Tail(tail)}, Owner: lane.NewOwner()}
	ref := lane.Subscribe(l, what)
	return l, func() { lane.Unsubscribe(what, ref) }
}

// TestPresenceOrder lets clients with few identifiers come, go and take each
// other over, and wants the events of each identifier to be a sensible story:
// connections one after the other, each with a larger generation, each ended
// once, and sessions ended while nobody is connected.
func TestPresenceOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := defaultOptions()
		o.presence = "subscriptions"
		g, err := newGateway(o, manner{lanes: rapid.SampledFrom([]int{1, 3}).Draw(t, "lanes"), budget: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		l, stop := listen(t, g)
		for i := range rapid.IntRange(1, 40).Draw(t, "steps") {
			name := fmt.Sprint(i)
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1:
				c := g.openMQTT(name, 5)
				id := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id")
				how := rapid.SampledFrom([]string{"clean", "session-expiry=5", "clean session-expiry=5"}).Draw(t, "how")
				say(t, g, c, "CONNECT "+id+" "+how)
				say(t, g, c, "SUBSCRIBE 1 x")
			case 2:
				if c := anyOpen(t, g); c != nil {
					g.hangUp(c)
				}
			case 3:
				if c := anyOpen(t, g); c != nil {
					say(t, g, c, "DISCONNECT")
				}
			case 4:
				g.pass(3e9)
			}
		}
		for _, name := range g.names() {
			if c := g.clients[name]; !c.ended {
				g.hangUp(c)
			}
		}
		g.pass(6e9)
		stop()
		if err := g.shut(); err != nil {
			t.Fatal(err)
		}
		byID := map[string][]told{}
		for _, e := range l.events {
			byID[e.ClientID] = append(byID[e.ClientID], e)
		}
		for id, events := range byID {
			if why := noStory(events); why != "" {
				t.Fatalf("%s: %s in %v", id, why, events)
			}
		}
	})
}

// noStory says what is wrong with the events of one identifier.
func noStory(events []told) string {
	connected, session, taken := false, false, false
	var generation uint64
	for _, e := range events {
		if e.Event == "connected" {
			if connected || e.Generation <= generation {
				return "connected too early"
			}
			connected, session, generation = true, true, e.Generation
			continue
		}
		if e.Generation != generation {
			return "an event of another connection"
		}
		switch e.Event {
		case "taken_over":
			if !connected || taken {
				return "taken over without a connection"
			}
			taken = true
		case "disconnected":
			if !connected || taken != (e.Reason == "session_taken_over") {
				return "disconnected without a connection, or for another reason"
			}
			connected, taken = false, false
		case "session_ended":
			if connected || !session {
				return "no session to end"
			}
			session = false
		default:
			if !connected {
				return e.Event + " while not connected"
			}
		}
	}
	if connected || session {
		return "no end"
	}
	return ""
}

func anyOpen(t *rapid.T, g *gateway) *client {
	var open []*client
	for _, name := range g.names() {
		if c := g.clients[name]; !c.ended {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return nil
	}
	return rapid.SampledFrom(open).Draw(t, "client")
}

func say(t interface{ Fatal(...any) }, g *gateway, c *client, text string) {
	b, err := speak(c, text, false)
	if err != nil {
		t.Fatal(err)
	}
	g.send(c, b)
}

// A connection that has said goodbye but is not closed yet when another comes
// with its identifier was not taken over.
func TestPresenceOfOneThatIsLeaving(t *testing.T) {
	o := defaultOptions()
	o.presence = "sessions"
	g, err := newGateway(o, manner{lanes: 1, budget: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	l, stop := listen(t, g)
	a, b := g.openMQTT("a", 5), g.openMQTT("b", 5)
	say(t, g, a, "CONNECT same clean")
	g.turn(g.lanes[0], func() {
		bye, _ := speak(a, "DISCONNECT", false)
		a.session.Input(bye)
		hello, _ := speak(b, "CONNECT same clean", false)
		b.lane = g.lanes[0]
		b.out.Init(b, &b.lane.buffers)
		b.session = b.lane.mqtt.NewSession(b)
		b.session.Open()
		b.session.Input(hello)
	})
	g.settle()
	stop()
	if err := g.shut(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range l.events {
		got = append(got, strings.TrimSpace(e.Event+" "+e.Reason))
	}
	want := "connected, disconnected client_disconnect, session_ended, connected"
	if all := strings.Join(got, ", "); all != want {
		t.Errorf("told: %s\nwant: %s", all, want)
	}
}
