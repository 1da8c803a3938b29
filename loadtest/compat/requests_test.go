package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
	"github.com/nats-io/nats.go"
)

// request5 publishes a request with QoS 1 and gives the reason of PUBACK.
func (c *client5) request5(t *testing.T, topic, answerTo string, correlation []byte, payload string) byte {
	t.Helper()
	r, err := c.Publish(t.Context(), &paho5.Publish{
		Topic: topic, QoS: 1, Payload: []byte(payload),
		Properties: &paho5.PublishProperties{ResponseTopic: answerTo, CorrelationData: correlation},
	})
	if r == nil {
		t.Fatalf("a request to %q: %v", topic, err)
	}
	return r.ReasonCode
}

// natsResponder answers every request to the subject, n times.
func natsResponder(t *testing.T, s *server, subject, answer string, n int) {
	t.Helper()
	nc := s.natsClient(t)
	_, err := nc.Subscribe(subject, func(m *nats.Msg) {
		for i := range n {
			text := answer + string(m.Data)
			if n > 1 {
				text += " " + strconv.Itoa(i)
			}
			if err := m.Respond([]byte(text)); err != nil {
				t.Errorf("respond: %v", err)
			}
		}
	})
	must(t, err)
	must(t, nc.Flush())
}

// Requests in all four directions at once, a hundred of each under way: every
// answer comes back to its own question.
func TestRequestsInAllDirectionsAtOnce(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const rounds, atOnce = 5, 100
		natsResponder(t, s, "four.nats", "NATS says ", 1)
		responder(t, s, "four/mqtt", "MQTT says ")
		answers := map[string]string{"four.nats": "NATS says ", "four.mqtt": "MQTT says "}
		requesters := map[string]func(subject string, question string) error{}
		nc := s.natsClient(t)
		requesters["NATS"] = func(subject, question string) error {
			m, err := nc.Request(subject, []byte(question), patience)
			if err == nil && string(m.Data) != answers[subject]+question {
				err = fmt.Errorf("%q is answered by %q", question, m.Data)
			}
			return err
		}
		c := s.mqtt5(t)
		c.subscribe1(t, "four/answers/+")
		var waiting sync.Map // by correlation data, a channel for the answer
		go func() {
			for m := range c.in {
				ch, ok := waiting.LoadAndDelete(string(m.Properties.CorrelationData))
				if !ok {
					t.Errorf("an answer with correlation data %q: %q", m.Properties.CorrelationData, m.Payload)
					continue
				}
				ch.(chan string) <- m.Topic + " " + string(m.Payload)
			}
		}()
		requesters["MQTT"] = func(subject, question string) error {
			correlation := question + "\x00\xff" + unique("c")
			ch := make(chan string, 1)
			waiting.Store(correlation, ch)
			to := "four/answers/" + unique("a")
			if code := c.request5(t, topicOf(subject), to, []byte(correlation), question); code != 0 {
				return fmt.Errorf("PUBACK %#x", code)
			}
			select {
			case got := <-ch:
				if want := to + " " + answers[subject] + question; got != want {
					return fmt.Errorf("%q is answered by %q, want %q", question, got, want)
				}
				return nil
			case <-time.After(patience):
				return fmt.Errorf("no answer to %q in %v", question, patience)
			}
		}
		var all sync.WaitGroup
		for who, ask := range requesters {
			for subject := range answers {
				for i := range atOnce {
					all.Go(func() {
						for round := range rounds {
							if err := ask(subject, fmt.Sprintf("%s asks %s %d.%d", who, subject, i, round)); err != nil {
								t.Errorf("%s asks %s: %v", who, subject, err)
								return
							}
						}
					})
				}
			}
		}
		all.Wait()
	})
}

// One request, many answers: of several responders, each of which answers more
// than once, in both protocols.
func TestManyAnswersToOneRequest(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const responders, each = 3, 20
		want := map[string]bool{}
		for r := range responders {
			natsResponder(t, s, "many", fmt.Sprint("n", r, " "), each)
			c := s.mqtt5(t)
			c.AddOnPublishReceived(func(p paho5.PublishReceived) (bool, error) {
				for i := range each {
					_, err := c.PublishWithOptions(t.Context(), &paho5.Publish{
						Topic: p.Packet.Properties.ResponseTopic, QoS: 1,
						Payload:    fmt.Appendf(nil, "m%d %s %d", r, p.Packet.Payload, i),
						Properties: &paho5.PublishProperties{CorrelationData: p.Packet.Properties.CorrelationData},
					}, paho5.PublishOptions{Method: paho5.PublishMethod_AsyncSend})
					if err != nil {
						t.Errorf("answering: %v", err)
					}
				}
				return true, nil
			})
			c.subscribe(t, "many")
			for i := range each {
				want[fmt.Sprintf("n%d question %d", r, i)] = true
				want[fmt.Sprintf("m%d question %d", r, i)] = true
			}
		}
		check := func(who string, get func() string) {
			t.Helper()
			got := map[string]bool{}
			for range want {
				text := get()
				if !want[text] || got[text] {
					t.Fatalf("%s got the answer %q, which is unknown or not new", who, text)
				}
				got[text] = true
			}
		}
		nc := s.natsClient(t)
		inbox := nats.NewInbox()
		ch := subscribe(t, nc, inbox)
		must(t, nc.PublishRequest("many", inbox, []byte("question")))
		check("NATS", func() string { return string(next(t, ch, "an answer").Data) })
		c := s.mqtt5(t)
		c.subscribe1(t, "many/answers")
		correlation := []byte("\x00one for all\xff")
		if code := c.request5(t, "many", "many/answers", correlation, "question"); code != 0 {
			t.Errorf("PUBACK %#x", code)
		}
		check("MQTT", func() string {
			m := next(t, c.in, "an answer")
			if !bytes.Equal(m.Properties.CorrelationData, correlation) {
				t.Fatalf("correlation data %q", m.Properties.CorrelationData)
			}
			return string(m.Payload)
		})
	})
}

// Nobody is there: both protocols are told at once. A stored session is
// somebody for MQTT, who will get it, and nobody who can answer a NATS request.
func TestRequestsThatNobodyHears(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc, c := s.natsClient(t), s.mqtt5(t)
		c.subscribe1(t, "hears/answers")
		f := func(what string, subject string, code byte) {
			t.Helper()
			begin := time.Now()
			for i := range 50 {
				if m, err := nc.Request(subject, nil, patience); !errors.Is(err, nats.ErrNoResponders) {
					t.Fatalf("%s: a NATS request gives %v, %v, want ErrNoResponders", what, m, err)
				}
				if got := c.request5(t, topicOf(subject), "hears/answers", []byte{byte(i)}, "?"); got != code {
					t.Fatalf("%s: PUBACK %#x for an MQTT request, want %#x", what, got, code)
				}
			}
			if d := time.Since(begin); d > patience/4 {
				t.Errorf("%s: it took %v to be told a hundred times", what, d)
			}
		}
		f("nobody", "hears.it", 0x10)
		w, _ := s.rawSession(t, 5, "later", sessionExpiry(60))
		w.grant(t, 5, "hears/it")
		w.grant(t, 5, "$share/g/hears/group")
		w.Close()
		s.awaitNobody(t, "hears.it")
		f("a stored session", "hears.it", 0)
		f("a group of stored sessions", "hears.group", 0)
	})
}

// A gateway reply reaches its topic only as it was made: one that is cut,
// altered, made up or put together from two reaches nobody.
func TestForgedGatewayReplies(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc, c, all := s.natsClient(t), s.mqtt5(t), s.natsClient(t)
		seen := subscribe(t, all, "_ISTHMUS.>")
		ch := subscribe(t, nc, "forged")
		c.subscribe1(t, "#")
		ask := func(correlation string) string {
			t.Helper()
			if code := c.request5(t, "forged", "forged/answers", []byte(correlation), "?"); code != 0 {
				t.Errorf("PUBACK %#x", code)
			}
			c.nextText(t, "forged", "?")
			return nextText(t, ch, "forged", "?").Reply
		}
		reply, other := ask("first"), ask("a second one")
		head := "_ISTHMUS.R."
		if !strings.HasPrefix(reply, head) || reply == other {
			t.Fatalf("the replies are %q and %q", reply, other)
		}
		forged := 0
		f := func(subject string) {
			t.Helper()
			forged++
			must(t, nc.Publish(subject, []byte("forged")))
		}
		for i := len(head); i < len(reply); i++ {
			if f(reply[:i] + string(reply[i]^1) + reply[i+1:]); i > len(head) {
				f(reply[:i])
			}
		}
		f(reply + "A")
		f(reply + ".x")
		f(head + "x." + reply[len(head):])
		f(head + strings.Repeat("A", 4000))
		f(head + strings.Repeat("A", len(reply)-len(head)))
		f(reply[:len(reply)-4] + other[len(other)-4:])
		f(head + strings.ToLower(reply[len(head):]))
		f(head + reply[len(head):len(head)+12] + other[len(head)+12:])
		if m, err := nc.Request(reply[:len(reply)-1], nil, patience); !errors.Is(err, nats.ErrNoResponders) {
			t.Errorf("a request to a forged reply gives %v, %v", m, err)
		}
		forged++
		must(t, nc.Flush())
		for range 2 { // a true one may be used more than once
			must(t, nc.Publish(reply, []byte("true")))
			if m := c.nextText(t, "forged/answers", "true"); string(m.Properties.CorrelationData) != "first" {
				t.Errorf("correlation data %q", m.Properties.CorrelationData)
			}
		}
		must(t, all.Flush())
		if len(seen) != 0 {
			t.Errorf("a subscription to _ISTHMUS.> shows %d messages", len(seen))
		}
		if n := s.counted("forged_reply"); n != forged {
			t.Errorf("forged_reply is counted %d times, want %d", n, forged)
		}
	})
}

// Correlation Data of any size comes back: through MQTT as it is, through NATS
// in its header if it is too long for a gateway reply.
func TestCorrelationDataOfAnySize(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		natsWithHeader := s.natsClient(t)
		_, err := natsWithHeader.Subscribe("size.nats", func(m *nats.Msg) {
			r := nats.NewMsg(m.Reply)
			r.Data = m.Data
			if h := m.Header.Get("Mqtt-Correlation-Data"); h != "" {
				r.Header.Set("Mqtt-Correlation-Data", h)
			}
			if err := m.RespondMsg(r); err != nil {
				t.Errorf("respond: %v", err)
			}
		})
		must(t, err)
		must(t, natsWithHeader.Flush())
		responder(t, s, "size/mqtt", "")
		c := s.mqtt5(t)
		c.subscribe1(t, "size/answers")
		for _, size := range []int{0, 1, 100, 600, 700, 800, 1000, 1024, 30_000, 65_535} {
			correlation := make([]byte, size)
			for i := range correlation {
				correlation[i] = byte(i * 7)
			}
			for _, topic := range []string{"size/mqtt", "size/nats"} {
				if code := c.request5(t, topic, "size/answers", correlation, "?"); code != 0 {
					t.Errorf("%d bytes to %s: PUBACK %#x", size, topic, code)
				}
				if m := c.nextText(t, "size/answers", "?"); !bytes.Equal(m.Properties.CorrelationData, correlation) {
					t.Errorf("%d bytes of correlation data come back from %s as %d", size, topic, len(m.Properties.CorrelationData))
				}
			}
		}
	})
}
