package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// asked is an answer, of which it is not known yet what it is.
type asked struct {
	Server ServerInfo
	Data   map[string]any
	Statsz map[string]any
	Error  *APIError
	ID     string
}

func request(t *testing.T, m *Monitor, subject, body string) (a asked, ok bool) {
	t.Helper()
	answer := m.Requests()[subject]
	if answer == nil {
		t.Fatalf("nobody answers %s", subject)
	}
	text, ok := answer(t.Context(), Request{Subject: "$SYS.REQ." + subject, Body: []byte(body), User: "ann"})
	if ok {
		if err := json.Unmarshal(text, &a); err != nil {
			t.Fatalf("%s: %v in %s", subject, err, text)
		}
	}
	return a, ok
}

// Every request is answered, with the document that its subject names.
func TestEveryRequestIsAnswered(t *testing.T) {
	m := newTold(aDay())
	for subject, want := range map[string]string{
		"USER.INFO": "user", "SERVER.PING": "statsz", "SERVER.PING.STATSZ": "statsz", "SERVER.PING.IDZ": "id",
		"SERVER.PING.VARZ": "max_payload", "SERVER.PING.CONNZ": "connections", "SERVER.PING.SUBSZ": "num_cache",
		"SERVER.PING.ROUTEZ": "routes", "SERVER.PING.GATEWAYZ": "inbound_gateways", "SERVER.PING.LEAFZ": "leafs",
		"SERVER.PING.ACCOUNTZ": "accounts", "SERVER.PING.JSZ": "disabled", "SERVER.PING.HEALTHZ": "status",
		"SERVER.NAAAA.STATSZ": "statsz", "SERVER.NAAAA.IDZ": "id", "SERVER.NAAAA.VARZ": "max_payload",
		"SERVER.NAAAA.CONNZ": "connections", "SERVER.NAAAA.SUBSZ": "num_cache", "SERVER.NAAAA.ROUTEZ": "routes",
		"SERVER.NAAAA.GATEWAYZ": "inbound_gateways", "SERVER.NAAAA.LEAFZ": "leafs", "SERVER.NAAAA.ACCOUNTZ": "accounts",
		"SERVER.NAAAA.JSZ": "disabled", "SERVER.NAAAA.HEALTHZ": "status_code",
		"ACCOUNT.PING.CONNZ": "connections", "ACCOUNT.PING.STATZ": "account_statz",
		"ACCOUNT.$G.CONNZ": "connections", "ACCOUNT.$G.STATZ": "account_statz", "ACCOUNT.$G.SUBSZ": "subscriptions_list",
		"ACCOUNT.$G.LEAFZ": "leafs", "ACCOUNT.$G.INFO": "account_name", "ACCOUNT.$G.JSZ": "error",
	} {
		a, ok := request(t, m, subject, "{}")
		switch {
		case !ok:
			t.Errorf("%s has no answer", subject)
		case want == "error":
			if a.Error == nil || a.Error.Code != 500 || a.Data != nil {
				t.Errorf("%s: %+v", subject, a)
			}
		case want == "id":
			if a.ID != "NAAAA" {
				t.Errorf("%s: %+v", subject, a)
			}
		case want == "statsz":
			if a.Statsz["active_servers"] != 1.0 || a.Server.ID != "NAAAA" {
				t.Errorf("%s: %+v", subject, a)
			}
		case a.Error != nil || a.Data[want] == nil || a.Server.Name != "here" || a.Server.Seq == 0:
			t.Errorf("%s: %+v, want %q in it", subject, a, want)
		}
	}
	if n := len(m.Requests()); n != 32 {
		t.Errorf("%d subjects are answered, and 32 tested", n)
	}
}

// A request that names another server is for another server: silence. What is not
// JSON is said to be wrong.
func TestFilters(t *testing.T) {
	m := newTold(aDay())
	for body, want := range map[string]bool{
		"": true, "{}": true, `{"server_name":"he"}`: true, `{"server_name":"here","exact_match":true}`: true,
		`{"server_name":"he","exact_match":true}`: false, `{"server_name":"there"}`: false,
		`{"host":"0.0"}`: true, `{"host":"0.0","exact_match":true}`: false,
		`{"cluster":"c"}`: false, `{"tags":["a"]}`: false, `{"domain":"d"}`: false, `{"unknown":1}`: true,
	} {
		for _, subject := range []string{"SERVER.PING", "SERVER.PING.VARZ", "SERVER.NAAAA.CONNZ"} {
			if _, ok := request(t, m, subject, body); ok != want {
				t.Errorf("%s %s: answered %v, want %v", subject, body, ok, want)
			}
		}
	}
	for _, subject := range []string{"SERVER.PING", "SERVER.PING.VARZ", "SERVER.PING.CONNZ"} {
		if a, ok := request(t, m, subject, "{"); !ok || a.Error == nil || a.Error.Code != 400 {
			t.Errorf("%s: %+v", subject, a)
		}
	}
	if a, _ := request(t, m, "SERVER.PING.CONNZ", `{"sort":"x"}`); a.Error == nil || a.Error.Code != 500 || a.Error.Description != "invalid sorting option: x" {
		t.Errorf("a wrong sort: %+v", a.Error)
	}
	if _, ok := request(t, m, "SERVER.PING.JSZ", `{"leader_only":true}`); ok {
		t.Error("JSZ of leaders only is answered")
	}
}

// Options stand in the body beside the filters.
func TestOptionsOfRequests(t *testing.T) {
	m := newTold(aDay())
	a, _ := request(t, m, "SERVER.PING.CONNZ", `{"server_name":"here","sort":"stop","state":1,"limit":1}`)
	if a.Data["total"] != 2.0 || a.Data["num_connections"] != 1.0 {
		t.Errorf("closed connections: %v", a.Data)
	}
	a, _ = request(t, m, "SERVER.PING.SUBSZ", `{"subscriptions":true,"test":"jobs"}`)
	if a.Data["total"] != 1.0 {
		t.Errorf("subscriptions that a test reaches: %v", a.Data)
	}
	if a, _ = request(t, m, "USER.INFO", ""); a.Data["user"] != "ann" || a.Data["account"] != "$G" {
		t.Errorf("who asks: %v", a.Data)
	}
}

// A server that stops is not healthy, and one that is held up says that it is.
func TestNotReady(t *testing.T) {
	f, closed := aDay()
	f.ready = errors.New("stopping")
	m := newTold(f, closed)
	if w := get(m, "/healthz"); w.Code != 503 || w.Body.String() != `{"status":"error","error":"stopping"}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.connz(done, ConnzOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// The links of the front page lead somewhere.
func TestLinks(t *testing.T) {
	m := newTold(aDay())
	front := get(m, "/").Body.String()
	n := 0
	for _, p := range slices.DeleteFunc(slices.Clone(paths), func(p page) bool { return p.title == "" }) {
		n++
		if !strings.Contains(front, `<a href=".`+p.path+`">`+p.title+`</a>`) {
			t.Errorf("no link to %s in\n%s", p.path, front)
		}
	}
	if n != 10 {
		t.Errorf("%d links", n)
	}
}
