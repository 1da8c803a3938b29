package e2e

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	paho5 "github.com/eclipse/paho.golang/paho"
	"github.com/nats-io/nats.go"
)

// retain publishes retained messages with MQTT, and waits until they are kept.
func (c *client5) retain(t *testing.T, topic, payload string) {
	t.Helper()
	_, err := c.Publish(t.Context(), &paho5.Publish{Topic: topic, Payload: []byte(payload), QoS: 1, Retain: true})
	must(t, err)
}

// With the option a NATS subscription is answered with what is retained: all of it,
// once, however much that is, and before what is published later.
func TestNATSSubscriptionsGetRetainedMessages(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		p, nc := s.mqtt5(t), s.natsClient(t)
		const many = 3000
		for i := range many {
			m := nats.NewMsg(fmt.Sprintf("many.%d", i))
			m.Header.Set("Mqtt-Retain", "1")
			m.Data = []byte(strings.Repeat("x", 200) + strconv.Itoa(i))
			must(t, nc.PublishMsg(m))
		}
		must(t, nc.Flush())
		p.retain(t, "one/mqtt", "from mqtt")
		in := subscribe(t, nc, "one.mqtt")
		if m := nextText(t, in, "one.mqtt", "from mqtt"); m.Header.Get("Mqtt-Retain") != "1" || m.Header.Get("Mqtt-Replay") != "1" {
			t.Errorf("headers %v", m.Header)
		}
		p.retain(t, "one/mqtt", "live")
		if m := nextText(t, in, "one.mqtt", "live"); m.Header.Get("Mqtt-Retain") != "1" || m.Header.Get("Mqtt-Replay") != "" {
			t.Errorf("headers of a live copy %v", m.Header)
		}
		other := s.natsClient(t)
		all := subscribe(t, other, "many.>")
		seen := make(map[string]bool)
		for range many {
			m := next(t, all, "a retained message")
			if seen[m.Subject] || m.Header.Get("Mqtt-Replay") != "1" {
				t.Fatalf("%s came again, or without a mark: %v", m.Subject, m.Header)
			}
			seen[m.Subject] = true
		}
		must(t, nc.Publish("many.end", nil))
		nextText(t, all, "many.end", "")
	}, "--nats-retained")
}

// Without it they are not; a mountpoint shows what lies below it.
func TestRetainedMessagesOnRequest(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const root = "$SYS.REQ.ISTHMUS.RETAINED."
		p, nc := s.mqtt5(t), s.natsClient(t)
		p.retain(t, "dev/eu/a/x", "1")
		p.retain(t, "dev/us/a/x", "2")
		ask := func(subject, payload string) *nats.Msg {
			t.Helper()
			m, err := nc.Request(root+subject, []byte(payload), patience)
			must(t, err)
			return m
		}
		status := func(m *nats.Msg, want string) {
			t.Helper()
			if got := m.Header.Get("Status"); got != want {
				t.Errorf("status %q, want %q: %v %q", got, want, m.Header, m.Data)
			}
		}
		quiet(t, subscribe(t, nc, "a.>"), "a retained message")
		if m := ask("GET.a.x", ""); string(m.Data) != "1" || m.Header.Get("Nats-Subject") != "a.x" || m.Header.Get("Mqtt-Retain") != "1" {
			t.Errorf("GET: %v %q", m.Header, m.Data)
		}
		status(ask("GET.a.y", ""), "404")
		status(ask("GET.dev.us.a.x", ""), "404")
		status(ask("GET.a.*", ""), "400")
		status(ask("LIST", "a..b"), "400")
		for i := range 700 {
			m := nats.NewMsg(root + fmt.Sprintf("SET.set.%d", i))
			m.Data = fmt.Append(nil, i)
			m.Header.Set("K", "v")
			a, err := nc.RequestMsg(m, patience)
			must(t, err)
			if a.Header.Get("Mqtt-Reason-Code") != "0" {
				t.Fatalf("SET: %v %q", a.Header, a.Data)
			}
		}
		p.subscribe(t, "dev/eu/set/7")
		if m := p.nextText(t, "dev/eu/set/7", "7"); !m.Retain || len(m.Properties.User) != 1 {
			t.Errorf("as MQTT sees it: %+v", m)
		}
		seen := list(t, nc, root+"LIST", `{"pattern":"set.*","limit":300}`)
		if len(seen) != 700 || seen["set.699"] != "699" {
			t.Errorf("LIST gave %d", len(seen))
		}
		if names := list(t, nc, root+"LIST", `{"limit":1000,"names":true}`); len(names) != 701 || names["set.1"] != "" {
			t.Errorf("the names of all are %d", len(names))
		}
		if m := ask("CLEAR.set.7", ""); !strings.Contains(string(m.Data), `"messages":1,`) {
			t.Errorf("CLEAR: %q", m.Data)
		}
		if m := ask("CLEAR", ">"); !strings.Contains(string(m.Data), `"messages":700,"complete":true`) {
			t.Errorf("CLEAR all: %q", m.Data)
		}
		p.subscribe(t, "dev/us/a/x", "dev/eu/#")
		p.nextText(t, "dev/us/a/x", "2")
		quiet(t, p.in, "retained message that was cleared")
		if _, err := nc.Request(root+"NOTHING", nil, patience); !errors.Is(err, nats.ErrNoResponders) {
			t.Errorf("no such service: %v", err)
		}
	}, "--mountpoint", "dev/eu/")
}

// list asks page after page.
func list(t *testing.T, nc *nats.Conn, subject, what string) map[string]string {
	t.Helper()
	seen := make(map[string]string)
	inbox := nc.NewRespInbox()
	in := subscribe(t, nc, inbox)
	for what != "" {
		must(t, nc.PublishRequest(subject, inbox, []byte(what)))
		what = ""
		for n := 0; ; n++ {
			m := next(t, in, "an entry or the end")
			if m.Header.Get("Status") == "" {
				seen[m.Header.Get("Nats-Subject")] = string(m.Data)
				continue
			}
			if m.Header.Get("Status") != "204" || m.Header.Get("Mqtt-Count") != strconv.Itoa(n) {
				t.Fatalf("the end is %v after %d", m.Header, n)
			}
			if c := m.Header.Get("Mqtt-Cursor"); c != "" {
				what = fmt.Sprintf(`{"cursor":%q,"limit":300}`, c)
			}
			break
		}
	}
	return seen
}
