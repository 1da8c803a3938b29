package system_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/session/nats"
	"github.com/isthmus-mq/isthmus/system"
)

// asker asks one service at a time and reads its answers.
type asker struct {
	*rig
	t      *testing.T
	prefix string
}

func newAsker(t *testing.T, o hub.Options) *asker {
	r := newRigWith(t, o)
	system.NewRetained(r.onLane).Register(r.services)
	r.services.Start()
	return &asker{rig: r, t: t}
}

func (a *asker) put(service, headers, payload string) {
	a.t.Helper()
	q := nats.Request{
		Subject: []byte(system.RetainedRoot + service), Headers: []byte(headers), Payload: []byte(payload),
		Reply: []byte("_INBOX.1"), Prefix: []byte(a.prefix),
	}
	taken := false
	a.turn(func() { taken = a.services.Ask(a.lane, &q) })
	if !taken {
		a.t.Fatalf("%s is not taken", service)
	}
}

// want asks and compares the first answer, headers and payload.
func (a *asker) want(service, headers, payload, answer string) {
	a.t.Helper()
	a.put(service, headers, payload)
	if got := strings.ReplaceAll(<-a.whole, "\r\n", "|"); got != answer {
		a.t.Errorf("%s %q: %q, want %q", service, payload, got, answer)
	}
}

const block = "NATS/1.0\r\nK: v\r\n\r\n"

// Each asker works below his prefix, by his own names.
func TestRetainedServicesKeepToThePrefix(t *testing.T) {
	a := newAsker(t, hub.Options{})
	done := `NATS/1.0|Mqtt-Reason-Code: 0||{"reason_code":0,"reason":"success","messages":%d,"complete":true}`
	a.prefix = "dev.eu."
	a.want("SET.a", block, "one", fmt.Sprintf(done, 1))
	a.want("GET.a", "", "", "NATS/1.0|K: v|Mqtt-Retain: 1|Mqtt-Replay: 1|Nats-Subject: a||one")
	a.want("GET.b", "", "", "NATS/1.0 404 Not Found||")
	a.prefix = ""
	a.want("GET.a", "", "", "NATS/1.0 404 Not Found||")
	a.want("GET.dev.eu.a", "", "", "NATS/1.0|K: v|Mqtt-Retain: 1|Mqtt-Replay: 1|Nats-Subject: dev.eu.a||one")
	a.prefix = "dev.us."
	a.want("CLEAR", "", ">", fmt.Sprintf(done, 0))
	a.want("LIST", "", "", "NATS/1.0 204 EOB|Mqtt-Count: 0||")
	a.prefix = "dev."
	a.want("LIST", "", "eu.*", "NATS/1.0|K: v|Mqtt-Retain: 1|Mqtt-Replay: 1|Nats-Subject: eu.a||one")
	<-a.whole
	a.want("CLEAR", "", "eu.>", fmt.Sprintf(done, 1))
}

// What cannot be is said.
func TestRetainedServicesRefuse(t *testing.T) {
	a := newAsker(t, hub.Options{Retained: hub.RetainedLimits{Messages: 1}})
	refused := `NATS/1.0|Mqtt-Reason-Code: %d||{"reason_code":%[1]d,"reason":"%s","messages":0,"complete":true}`
	for _, service := range []string{"SET.a.*", "GET.a..b", "CLEAR.>"} {
		a.want(service, "", "x", "NATS/1.0 400 Invalid Subject||")
	}
	a.want("LIST", "", "{", "NATS/1.0 400 Bad Request||")
	a.want("LIST", "", "a b", "NATS/1.0 400 Invalid Subject||")
	a.want("CLEAR", "", "", "NATS/1.0 400 Invalid Subject||")
	a.want("LIST", "", `{"cursor":"x"}`, "NATS/1.0 404 Cursor Not Found||")
	a.want("SET.$events.a", "", "x", fmt.Sprintf(refused, 0x87, "reserved_subject"))
	a.want("SET.a", "", "x", `NATS/1.0|Mqtt-Reason-Code: 0||{"reason_code":0,"reason":"success","messages":1,"complete":true}`)
	a.want("SET.b", "", "x", fmt.Sprintf(refused, 0x97, "retained_full"))
	off := newAsker(t, hub.Options{NoRetained: true})
	off.want("SET.a", "", "x", fmt.Sprintf(refused, 0x80, "retain_ignored"))
}

// A cursor is used once, by who has it and where he may look, and only so many are
// remembered.
func TestCursorsAreBounded(t *testing.T) {
	a := newAsker(t, hub.Options{})
	for i := range 3 {
		a.put(fmt.Sprint("SET.a", i), "", "x")
		<-a.whole
	}
	page := func(what string) (cursor string) {
		a.put("LIST", "", what)
		for {
			m := <-a.whole
			if strings.HasPrefix(m, "NATS/1.0 ") {
				_, cursor, _ = strings.Cut(strings.TrimSuffix(m, "\r\n\r\n"), "Mqtt-Cursor: ")
				return cursor
			}
		}
	}
	first := page(`{"limit":1}`)
	second := page(fmt.Sprintf(`{"cursor":%q,"limit":1}`, first))
	a.want("LIST", "", fmt.Sprintf(`{"cursor":%q}`, first), "NATS/1.0 404 Cursor Not Found||")
	a.prefix = "dev."
	a.want("LIST", "", fmt.Sprintf(`{"cursor":%q}`, second), "NATS/1.0 404 Cursor Not Found||")
	a.prefix = ""
	last := page(`{"limit":1}`)
	for range 64 {
		page(`{"limit":1}`)
	}
	a.want("LIST", "", fmt.Sprintf(`{"cursor":%q}`, last), "NATS/1.0 404 Cursor Not Found||")
}
