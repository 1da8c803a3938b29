package session_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	mqttcodec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
)

// lateStore keeps retained messages as the one in memory does, and answers when it is
// told to: the oldest call of a lane first, as the contract has it.
type lateStore struct {
	hub.RetainedStore
	calls map[*hub.Lane][]lateCall
	full  bool // it refuses everything
}

type lateCall struct {
	done  hub.RetainedDone
	token uint64
	why   reason.ID
}

func newLateStore() *lateStore {
	return &lateStore{
		RetainedStore: hub.NewRetained(hub.RetainedLimits{}, translate.Mountpoint{}),
		calls:         make(map[*hub.Lane][]lateCall),
	}
}

func (s *lateStore) Set(l *hub.Lane, m *message.Message, deadline time.Duration, done hub.RetainedDone, token uint64) {
	why := reason.None
	if s.full {
		why = reason.RetainedFull
	} else {
		s.RetainedStore.Set(l, m, deadline, nil, 0)
	}
	s.calls[l] = append(s.calls[l], lateCall{done, token, why})
}

func (s *lateStore) Delete(l *hub.Lane, subject []byte, done hub.RetainedDone, token uint64) {
	s.RetainedStore.Delete(l, subject, nil, 0)
	s.calls[l] = append(s.calls[l], lateCall{done: done, token: token})
}

// answer answers the oldest call of a lane, in a turn of it.
func (s *lateStore) answer(g *gateway, l *lane) {
	calls := s.calls[l.hub]
	if len(calls) == 0 {
		return
	}
	s.calls[l.hub] = calls[1:]
	if c := calls[0]; c.done != nil {
		g.turn(l, func() { c.done.Retained(c.token, c.why) })
		g.settle()
	}
}

func (s *lateStore) answerAll(g *gateway) {
	for _, l := range g.lanes {
		for len(s.calls[l.hub]) > 0 {
			s.answer(g, l)
		}
	}
}

// ack is an answer to a publish.
type ack struct {
	id   uint16
	code mqttcodec.ReasonCode
}

// acks reads the PUBACKs and PUBRECs that a client has been sent.
func acks(t interface{ Fatalf(string, ...any) }, c *client) (list []ack) {
	in := c.got
	c.got = nil
	for len(in) > 0 {
		var p mqttcodec.Packet
		n, err := c.read.Next(in, &p)
		if err != nil || n == 0 {
			t.Fatalf("a server sends %x: %v", in, err)
		}
		if p.Type == mqttcodec.TypePuback || p.Type == mqttcodec.TypePubrec {
			list = append(list, ack{p.ID, p.ReasonCode})
		}
		in = in[n:]
	}
	return list
}

// However late the store is: each publish gets its answer, in the order of the
// publishes, with what the store has said, and none before the store has.
func TestAcknowledgementsWaitForTheStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store := newLateStore()
		o := defaultOptions()
		o.store = store
		g, err := newGateway(o, manner{lanes: rapid.IntRange(1, 2).Draw(t, "lanes"), budget: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		var clients []*client
		for i := range 2 {
			c := g.openMQTT(fmt.Sprint("m", i), mqttcodec.V5)
			g.send(c, packet(t, "CONNECT", fmt.Sprintf("m%d clean", i), mqttcodec.V5))
			clients = append(clients, c)
		}
		type expected struct {
			ack
			asked bool // of the store
		}
		due := make(map[*client][]expected)
		open := make(map[*hub.Lane][]*client) // whose calls the store has not answered
		said := make(map[*client]int)         // how many it has, of publishes that have no answer
		ids := uint16(0)
		check := func() {
			for _, c := range clients {
				for _, a := range acks(t, c) {
					if len(due[c]) == 0 || due[c][0].ack != a || due[c][0].asked && said[c] == 0 {
						t.Fatalf("%s is told %v, due is %v, the store has said %d", c.name, a, due[c], said[c])
					}
					if due[c][0].asked {
						said[c]--
					}
					due[c] = due[c][1:]
				}
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			c := clients[rapid.IntRange(0, 1).Draw(t, "client")]
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				if l := c.lane; len(open[l.hub]) > 0 {
					said[open[l.hub][0]]++
					open[l.hub] = open[l.hub][1:]
					store.answer(g, l)
				}
			case 1:
				store.full = !store.full
			default:
				ids++
				topic := rapid.SampledFrom([]string{"a", "b", "$SYS/x"}).Draw(t, "topic")
				retain := rapid.Bool().Draw(t, "retain")
				want := expected{ack: ack{ids, mqttcodec.CodeNoMatchingSubscribers}}
				words := fmt.Sprintf("%s hi qos=%d id=%d", topic, rapid.IntRange(1, 2).Draw(t, "qos"), ids)
				switch {
				case topic == "$SYS/x":
					want.code = mqttcodec.ReasonCode(reason.Of(reason.ReservedTopic).MQTT5)
				case retain:
					if want.asked = true; store.full {
						want.code = mqttcodec.CodeQuotaExceeded
					}
					open[c.lane.hub] = append(open[c.lane.hub], c)
				}
				if retain {
					words += " retain"
				}
				due[c] = append(due[c], want)
				g.send(c, packet(t, "PUBLISH", words, mqttcodec.V5))
			}
			check()
			for _, c := range clients {
				// What is due first waits for the store, or has been told.
				if len(due[c]) > 0 && (!due[c][0].asked || said[c] > 0) {
					t.Fatalf("%s waits for %v, which is nobody's to answer", c.name, due[c])
				}
			}
		}
		for _, list := range open {
			for _, c := range list {
				said[c]++
			}
		}
		store.answerAll(g)
		check()
		for _, c := range clients {
			if len(due[c]) > 0 {
				t.Fatalf("%s was never told of %v", c.name, due[c])
			}
		}
	})
}

// A client that comes back is told on its new connection of what it had sent with QoS
// 2 before, once; a QoS 1 publish it sends again, and that is another one.
func TestAnswersForAClientThatHasComeBack(t *testing.T) {
	store := newLateStore()
	o := defaultOptions()
	o.store = store
	g, err := newGateway(o, manner{lanes: 1, budget: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	say := func(c *client, line string) {
		t.Helper()
		b, err := speakMQTT(mqttcodec.V5, line)
		if err != nil {
			t.Fatal(err)
		}
		g.send(c, b)
	}
	first := g.openMQTT("first", mqttcodec.V5)
	say(first, "CONNECT m clean session-expiry=100")
	say(first, "PUBLISH a one qos=1 id=1 retain")
	say(first, "PUBLISH a two qos=2 id=2 retain")
	g.hangUp(first)
	again := g.openMQTT("again", mqttcodec.V5)
	say(again, "CONNECT m session-expiry=100")
	say(again, "PUBLISH a two qos=2 id=2 retain dup")
	if got := acks(t, again); len(got) != 0 {
		t.Errorf("told %v before the store has answered", got)
	}
	store.answerAll(g)
	if got := acks(t, again); len(got) != 1 || got[0] != (ack{2, mqttcodec.CodeNoMatchingSubscribers}) {
		t.Errorf("told %v, want the PUBREC of 2 alone", got)
	}
	say(again, "PUBREL 2")
	say(again, "PUBLISH a three qos=2 id=2 retain")
	g.hangUp(again)
	store.answerAll(g) // nobody is there to be told
	last := g.openMQTT("last", mqttcodec.V5)
	say(last, "CONNECT m session-expiry=100")
	say(last, "PUBLISH a three qos=2 id=2 retain dup")
	if got := acks(t, last); len(got) != 1 || got[0] != (ack{2, mqttcodec.CodeSuccess}) {
		t.Errorf("told %v, want success", got)
	}
}

// A client that does not wait for answers is kept to its Receive Maximum, or, before
// there was one, not read.
func TestTooManyPublishesWaitForTheStore(t *testing.T) {
	for _, v := range []mqttcodec.Version{mqttcodec.V311, mqttcodec.V5} {
		store := newLateStore()
		o := defaultOptions()
		o.store, o.policy.ReceiveMaximum = store, 3
		g, err := newGateway(o, manner{lanes: 1, budget: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		c := g.openMQTT("m", v)
		for _, line := range []string{"CONNECT m clean", "PUBLISH a x qos=1 id=1..5 retain"} {
			b, err := speakMQTT(v, line)
			if err != nil {
				t.Fatal(err)
			}
			g.send(c, b)
		}
		if v == mqttcodec.V5 {
			if c.why != reason.ReceiveMaximumExceeded {
				t.Errorf("it ends for %v", reason.Of(c.why).Name)
			}
			continue
		}
		if calls := len(store.calls[c.lane.hub]); calls != 3 || c.why != reason.None {
			t.Errorf("%d calls of the store, ended for %v", calls, reason.Of(c.why).Name)
		}
		for range 5 {
			store.answerAll(g)
			g.pass(time.Second)
		}
		store.answerAll(g)
		if got := acks(t, c); len(got) != 5 {
			t.Errorf("told %v, want five", got)
		}
	}
}

// A receipt says what the store has said, and comes no sooner.
func TestReceiptsWaitForTheStore(t *testing.T) {
	for _, kind := range []string{"routed", "device"} {
		store := newLateStore()
		o := defaultOptions()
		o.store = store
		g, err := newGateway(o, manner{lanes: 1, budget: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		c := g.openNATS("n")
		header := fmt.Sprintf("NATS/1.0\r\nMqtt-Retain: 1\r\nMqtt-Qos: 1\r\nMqtt-Receipt: %s\r\n\r\n", kind)
		g.send(c, fmt.Appendf(nil, "CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB r 1\r\nSUB a 2\r\nHPUB a r %d %d\r\n%sx\r\n", len(header), len(header)+1, header))
		store.full = true
		g.send(c, fmt.Appendf(nil, "HPUB a r %d %d\r\n%sx\r\n", len(header), len(header)+1, header))
		if strings.Contains(string(c.got), " r 1 ") {
			t.Errorf("%s: a receipt before the store has answered: %q", kind, c.got)
		}
		store.answerAll(g)
		got := string(c.got)
		if n := strings.Count(got, " r 1 "); n != 2 || !strings.Contains(got, `"reason_code":0,`) || !strings.Contains(got, `"reason_code":151,`) {
			t.Errorf("%s: %d receipts: %q", kind, n, got)
		}
	}
}
