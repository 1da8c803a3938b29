package session_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	mqttcodec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/session"
)

// model is a session.Store that remembers what it was told, as one on disk would. If
// that is what the living sessions are, a store can give them back.
type model map[string]*modelled

type modelled struct {
	expiry   uint32
	filters  map[string]byte
	messages []modelledMessage
	taken    map[uint16]bool
}

// modelledMessage is what is still to be sent of a message.
type modelledMessage struct {
	id       uint16
	qos      uint8
	topic    string
	payload  string
	received bool // nothing but PUBREL
}

func (m model) Begin(client string, expiry uint32) {
	if m[client] == nil {
		m[client] = &modelled{filters: make(map[string]byte), taken: make(map[uint16]bool)}
	}
	m[client].expiry = expiry
}

func (m model) End(client string) { delete(m, client) }

func (m model) Subscribe(client, filter string, options byte, _ uint32) {
	m[client].filters[filter] = options
}

func (m model) Unsubscribe(client, filter string) { delete(m[client].filters, filter) }

func (m model) Keep(client string, k *session.StoredMessage) {
	s := m[client]
	if slices.ContainsFunc(s.messages, func(have modelledMessage) bool { return have.id == k.ID }) {
		panic(fmt.Sprint(client, ": two messages with identifier ", k.ID))
	}
	s.messages = append(s.messages, modelledMessage{id: k.ID, qos: k.QoS, topic: string(k.Topic), payload: string(k.Payload)})
}

func (m model) find(client string, id uint16) int {
	i := slices.IndexFunc(m[client].messages, func(k modelledMessage) bool { return k.id == id })
	if i < 0 {
		panic(fmt.Sprint(client, ": no message with identifier ", id))
	}
	return i
}

func (m model) Received(client string, id uint16) {
	k := &m[client].messages[m.find(client, id)]
	k.received, k.topic, k.payload = true, "", ""
}

func (m model) Done(client string, id uint16) {
	i := m.find(client, id)
	m[client].messages = slices.Delete(m[client].messages, i, i+1)
}

func (m model) Take(client string, id uint16) { m[client].taken[id] = true }

func (m model) Release(client string, id uint16) { delete(m[client].taken, id) }

// storeWorld is a gateway with a model, and clients that do anything.
type storeWorld struct {
	*gateway
	t       *rapid.T
	model   model
	clients map[string]*client
	owed    map[*client][]mqttcodec.Packet // answers that a client owes
	ids     uint16
	opened  int
}

var storeNames = []string{"p", "q", "r"}

func (w *storeWorld) say(c *client, format string, args ...any) {
	w.send(c, packet(w.t, fmt.Sprintf(format, args...), "", mqttcodec.V5))
}

// hear reads what a client has been sent; it owes answers to some of it.
func (w *storeWorld) hear(c *client) (list []mqttcodec.Packet) {
	in := c.got
	c.got = nil
	for len(in) > 0 {
		var p mqttcodec.Packet
		n, err := c.read.Next(in, &p)
		if err != nil || n == 0 {
			w.t.Fatalf("a server sends %x: %v", in, err)
		}
		if p.Type == mqttcodec.TypePubrel || p.Type == mqttcodec.TypePublish && p.QoS > 0 {
			w.owed[c] = append(w.owed[c], mqttcodec.Packet{Type: p.Type, ID: p.ID, QoS: p.QoS})
		}
		p.Topic, p.Payload = slices.Clone(p.Topic), slices.Clone(p.Payload)
		list = append(list, p)
		in = in[n:]
	}
	return list
}

func (w *storeWorld) connect(name, options string) *client {
	if c := w.clients[name]; c != nil && !c.ended && rapid.Bool().Draw(w.t, "takes over") {
		w.hangUp(c)
	}
	w.opened++
	c := w.openMQTT(fmt.Sprint(name, w.opened), mqttcodec.V5)
	w.clients[name] = c
	w.say(c, "CONNECT %s %s", name, options)
	return c
}

// step lets something happen.
func (w *storeWorld) step() {
	t := w.t
	name := rapid.SampledFrom(storeNames).Draw(t, "who")
	c := w.clients[name]
	if away := c == nil || c.ended; away || rapid.IntRange(0, 9).Draw(t, "connects") == 0 {
		if c != nil && away && rapid.IntRange(0, 5).Draw(t, "stays away") > 0 {
			return
		}
		w.connect(name, rapid.SampledFrom([]string{"session-expiry=100", "session-expiry=100 maximum-packet-size=30", "clean session-expiry=100", "", "clean"}).Draw(t, "how"))
		return
	}
	w.hear(c)
	w.ids = w.ids%60000 + 1
	switch rapid.IntRange(0, 10).Draw(t, "what") {
	case 10:
		w.pass(4 * time.Second)
	case 0:
		w.hangUp(c)
	case 1:
		w.say(c, "DISCONNECT%s", rapid.SampledFrom([]string{"", " session-expiry=0", " session-expiry=50"}).Draw(t, "end"))
		w.hangUp(c)
	case 2, 3:
		w.say(c, "SUBSCRIBE %d %s,qos=%d", w.ids, rapid.SampledFrom([]string{"a", "b", "+", "$share/g/a", "#"}).Draw(t, "filter"), rapid.IntRange(0, 2).Draw(t, "qos"))
	case 4:
		w.say(c, "UNSUBSCRIBE %d %s", w.ids, rapid.SampledFrom([]string{"a", "b", "+", "$share/g/a", "#"}).Draw(t, "filter"))
	case 5, 6:
		qos := rapid.IntRange(0, 2).Draw(t, "qos")
		words := fmt.Sprintf("PUBLISH %s %d%s qos=%d%s", rapid.SampledFrom([]string{"a", "b"}).Draw(t, "topic"), w.ids,
			rapid.SampledFrom([]string{"", "", strings.Repeat("-", 30)}).Draw(t, "length"), qos,
			rapid.SampledFrom([]string{"", " message-expiry=2"}).Draw(t, "expiry"))
		if qos > 0 {
			words += fmt.Sprint(" id=", w.ids)
		}
		w.say(c, "%s", words)
		if qos == 2 && rapid.Bool().Draw(t, "goes on") {
			w.say(c, "PUBREL %d", w.ids)
		}
	default:
		w.answer(c)
	}
}

// answer gives one of the answers that a client owes.
func (w *storeWorld) answer(c *client) {
	owed := w.owed[c]
	if len(owed) == 0 {
		return
	}
	i := rapid.IntRange(0, len(owed)-1).Draw(w.t, "which")
	p := owed[i]
	w.owed[c] = slices.Delete(owed, i, i+1)
	switch {
	case p.Type == mqttcodec.TypePubrel:
		w.say(c, "PUBCOMP %d", p.ID)
	case p.QoS == 1:
		w.say(c, "PUBACK %d", p.ID)
	default:
		w.say(c, "PUBREC %d", p.ID)
	}
}

// check holds each client's session against the model, by what it finds when it comes
// back.
func (w *storeWorld) check() {
	t := w.t
	for _, name := range storeNames {
		if c := w.clients[name]; c != nil && !c.ended {
			w.hangUp(c)
		}
	}
	for _, name := range storeNames {
		var want modelled
		known := w.model[name] != nil
		if known {
			want = *w.model[name]
			want.messages = slices.Clone(want.messages)
			want.taken = maps.Clone(want.taken)
		}
		w.opened++
		c := w.openMQTT(fmt.Sprint(name, w.opened), mqttcodec.V5)
		w.clients[name] = c
		w.say(c, "CONNECT %s session-expiry=100", name)
		heard := w.hear(c)
		if heard[0].SessionPresent != known {
			t.Fatalf("%s: session present %v, the store knows it: %v", name, heard[0].SessionPresent, known)
		}
		var got []modelledMessage
		for _, p := range heard[1:] {
			got = append(got, modelledMessage{p.ID, p.QoS, string(p.Topic), string(p.Payload), p.Type == mqttcodec.TypePubrel})
		}
		for i := range got {
			if got[i].received {
				got[i].qos = 2
			}
		}
		if !slices.Equal(got, want.messages) {
			t.Fatalf("%s is sent %v, the store has %v", name, got, want.messages)
		}
		for id := uint16(1); id <= w.ids; id++ {
			w.say(c, "PUBREL %d", id)
			if p := w.hear(c); (p[0].ReasonCode == mqttcodec.CodeSuccess) != want.taken[id] {
				t.Fatalf("%s: PUBREL of %d is answered %v, the store has taken %v", name, id, p[0].ReasonCode, want.taken[id])
			}
		}
		w.checkSubscriptions(name, want.filters)
	}
}

// checkSubscriptions publishes to see who is subscribed.
func (w *storeWorld) checkSubscriptions(name string, filters map[string]byte) {
	c := w.clients[name]
	for _, topic := range []string{"a", "b", "c"} {
		want := false
		for filter := range filters {
			want = want || filter == topic || filter == "+" || filter == "#"
		}
		p := w.openNATS(fmt.Sprint("probe", w.gateway.opened))
		w.send(p, fmt.Appendf(nil, "CONNECT {\"verbose\":false}\r\nPUB %s 1\r\nx\r\n", topic))
		got := len(w.hear(c)) > 0
		if shared := topic == "a" && hasKey(filters, "$share/g/a"); got != want && !shared {
			w.t.Fatalf("%s gets %s: %v, the store knows of %v", name, topic, got, filters)
		}
		w.hangUp(p)
	}
}

func hasKey(m map[string]byte, key string) bool { _, ok := m[key]; return ok }

func TestAStoreIsToldWhatSessionsAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := defaultOptions()
		m := make(model)
		o.sessions = m
		o.dropOldest = rapid.Bool().Draw(t, "drop oldest")
		o.maxQueued = rapid.SampledFrom([]int{2, 1000}).Draw(t, "queue")
		g, err := newGateway(o, manner{lanes: rapid.IntRange(1, 2).Draw(t, "lanes"), budget: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		w := &storeWorld{gateway: g, t: t, model: m, clients: make(map[string]*client), owed: make(map[*client][]mqttcodec.Packet)}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.step()
		}
		w.check()
	})
}
