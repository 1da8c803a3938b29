package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// ask sends a request to the server itself and reads the answer strictly.
func ask[T any](t *testing.T, nc *nats.Conn, subject, body string) *T {
	t.Helper()
	m, err := nc.Request("$SYS.REQ."+subject, []byte(body), patience)
	if err != nil {
		t.Fatalf("%s: %v", subject, err)
	}
	return strict[T](t, m.Data)
}

// Requests by message are answered in nats-server's envelopes, whichever lane the
// asker is on and wherever it is mounted, and agree with the documents over HTTP.
func TestRequestsForDocuments(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"--lanes", "1"}, {"--lanes", "4", "--mountpoint", "dev/eu/"}} {
		w := startWatched(t, flags...)
		nc := w.natsClient(t, nats.Name("asker"))
		id := nc.ConnectedServerId()
		for _, to := range []string{"PING", id} {
			if a := ask[natsd.ServerAPIVarzResponse](t, nc, "SERVER."+to+".VARZ", ""); a.Server.ID != id || a.Data.Connections != 1 {
				t.Errorf("VARZ: %+v %+v", a.Server, a.Data)
			}
			a := ask[natsd.ServerAPIConnzResponse](t, nc, "SERVER."+to+".CONNZ", `{"subscriptions":true}`)
			if len(a.Data.Conns) != 1 || a.Data.Conns[0].Name != "asker" || len(a.Data.Conns[0].Subs) != 1 || a.Error != nil {
				t.Errorf("CONNZ: %+v", a.Data)
			}
			if a := ask[natsd.ServerAPISubszResponse](t, nc, "SERVER."+to+".SUBSZ", `{"subscriptions":true}`); a.Data.Total != 1 || len(a.Data.Subs) != 1 {
				t.Errorf("SUBSZ: %+v", a.Data)
			}
			if a := ask[natsd.ServerAPIHealthzResponse](t, nc, "SERVER."+to+".HEALTHZ", ""); a.Data.Status != "ok" || a.Data.StatusCode != http.StatusOK {
				t.Errorf("HEALTHZ: %+v", a.Data)
			}
			if a := ask[natsd.ServerAPIJszResponse](t, nc, "SERVER."+to+".JSZ", ""); !a.Data.Disabled {
				t.Errorf("JSZ: %+v", a.Data)
			}
			if a := ask[natsd.ServerAPIAccountzResponse](t, nc, "SERVER."+to+".ACCOUNTZ", `{"account":"$G"}`); a.Data.Account.ClientCnt != 1 {
				t.Errorf("ACCOUNTZ: %+v", a.Data)
			}
			ask[natsd.ServerAPIRoutezResponse](t, nc, "SERVER."+to+".ROUTEZ", "")
			ask[natsd.ServerAPIGatewayzResponse](t, nc, "SERVER."+to+".GATEWAYZ", "")
			ask[natsd.ServerAPILeafzResponse](t, nc, "SERVER."+to+".LEAFZ", "")
			if a := ask[natsd.ServerID](t, nc, "SERVER."+to+".IDZ", ""); a.ID != id {
				t.Errorf("IDZ: %+v", a)
			}
			if a := ask[natsd.ServerStatsMsg](t, nc, "SERVER."+to+".STATSZ", ""); a.Stats.ActiveServers != 1 || a.Stats.Connections != 1 || a.Server.ID != id {
				t.Errorf("STATSZ: %+v", a)
			}
		}
		if a := ask[natsd.ServerStatsMsg](t, nc, "SERVER.PING", `{"server_name":"isthmus"}`); a.Stats.Connections != 1 {
			t.Errorf("PING: %+v", a)
		}
		for _, account := range []string{"PING", "$G"} {
			if a := ask[natsd.ServerAPIConnzResponse](t, nc, "ACCOUNT."+account+".CONNZ", `{"filter_subject":"nothing.>"}`); len(a.Data.Conns) != 0 || a.Data.Total != 1 {
				t.Errorf("CONNZ of the account: %+v", a.Data)
			}
			ask[natsd.ServerAPIResponse](t, nc, "ACCOUNT."+account+".STATZ", "")
		}
		if a := ask[natsd.ServerAPIResponse](t, nc, "SERVER.PING.CONNZ", `{"sort":"x"}`); a.Error == nil || a.Error.Description != "invalid sorting option: x" {
			t.Errorf("a wrong request: %+v", a)
		}
		if _, err := nc.Request("$SYS.REQ.SERVER.PING.VARZ", []byte(`{"server_name":"other","exact_match":true}`), 50*time.Millisecond); !errors.Is(err, nats.ErrTimeout) {
			t.Errorf("a request for another server: %v", err)
		}
	}
}

// Who has said who it is, is told so.
func TestWhoAmI(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := s.natsClient(t, nats.UserInfo("ann", "secret"))
	var a struct{ Data natsd.UserInfo }
	m, err := nc.Request("$SYS.REQ.USER.INFO", nil, patience)
	must(t, err)
	must(t, json.Unmarshal(m.Data, &a))
	if a.Data.UserID != "ann" || a.Data.Account != "$G" || a.Data.AccountName != "$G" {
		t.Errorf("%+v", a.Data)
	}
}

// JetStream is not there, and says so at once: nobody waits for it.
func TestJetStreamIsPolitelyAbsent(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := s.natsClient(t)
	for _, subject := range []string{"$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.CREATE.x"} {
		if _, err := nc.Request(subject, nil, patience); !errors.Is(err, nats.ErrNoResponders) {
			t.Errorf("%s: %v", subject, err)
		}
	}
	js, err := nc.JetStream()
	must(t, err)
	if _, err := js.AccountInfo(); !errors.Is(err, nats.ErrJetStreamNotEnabled) {
		t.Errorf("JetStream's account: %v", err)
	}
	c := dial(t, s.nats)
	if info := c.line(t); strings.Contains(info, "jetstream") {
		t.Errorf("INFO says %s", info)
	}
}

// nats-server's command line finds the server, its clients and its account.
func TestNatsCLIWatchesTheServer(t *testing.T) {
	t.Parallel()
	s := startWatched(t)
	nc := s.natsClient(t, nats.Name("billing"), nats.UserInfo("ann", "x"))
	workers(t, nc)
	s.mqtt5(t).subscribe(t, "plant/+/temp")
	name, id := nc.ConnectedServerName(), nc.ConnectedServerId()
	for _, c := range []struct {
		args string
		want []string
	}{
		{"server ping 1", []string{name, "1 replies"}},
		{"server ping 1 --id", []string{id}},
		{"server list", []string{name, "isthmus"}},
		{"server info " + name, []string{id, "Connections: 3", "Maximum Payload: 1.0 MiB"}},
		{"server info " + id, []string{id}},
		{"server report connections", []string{"billing", "Totals for 3 connections"}},
		{"server report connections --subject orders.new --account $G", []string{"billing"}},
		{"server report connections --sort in-msgs --state all", []string{"billing"}},
		{"server request connections", []string{`"mqtt_client"`, `"billing"`}},
		{"server request subscriptions --detail", []string{"plant.*.temp"}},
		{"server request variables", []string{id}},
		{"server request accounts --account $G", []string{`"client_connections"`}},
		{"server request jetstream", []string{`"disabled":true`}},
		{"server request jetstream-health", []string{`"ok"`}},
		{"server check connection", []string{"OK"}},
		{"server check server --name " + name, []string{"OK", "connections=3"}},
		{"account info", []string{"$G", "JetStream is not supported"}},
		{"account report connections", []string{"billing"}},
		{"account report statistics", []string{"127.0.0.1", "3  "}},
	} {
		out := s.call(t, "nats", strings.Fields(c.args)...)
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("nats %s does not print %q:\n%s", c.args, want, out)
			}
		}
	}
	if out := s.call(t, "nats", "--user", "ann", "--password", "x", "account", "info"); !strings.Contains(out, "User: ann") {
		t.Errorf("nats account info prints\n%s", out)
	}
}

// What nats-top asks for each second, in its own types.
func TestWhatNatsTopPolls(t *testing.T) {
	t.Parallel()
	w := startWatched(t)
	nc := w.natsClient(t, nats.Name("billing"))
	workers(t, nc)
	before := document[natsd.Varz](t, w, "/varz")
	for _, sort := range []string{"cid", "subs", "pending", "msgs_to", "msgs_from", "bytes_to", "bytes_from", "last", "idle", "uptime"} {
		z := document[natsd.Connz](t, w, fmt.Sprintf("/connz?limit=%d&sort=%s&subs=1", 1024, sort))
		if len(z.Conns) != 1 || len(z.Conns[0].Subs) != 2 || z.Conns[0].LastActivity.IsZero() || z.Conns[0].Uptime == "" {
			t.Errorf("sort %s: %+v", sort, z)
		}
	}
	must(t, nc.Publish("orders.new", []byte("12345")))
	must(t, nc.Flush())
	after := document[natsd.Varz](t, w, "/varz")
	if after.InMsgs-before.InMsgs != 1 || after.OutMsgs-before.OutMsgs != 2 || after.InBytes-before.InBytes != 5 || !after.Now.After(before.Now) {
		t.Errorf("rates from %+v\nto %+v", before, after)
	}
}

// A server that drains is not healthy, but says so, and the port closes with it.
func TestHealthWhileDraining(t *testing.T) {
	t.Parallel()
	w := startWatched(t)
	if code, text := get(t, w.pages+"/healthz"); code != http.StatusOK || string(text) != `{"status":"ok"}` {
		t.Errorf("%d %s", code, text)
	}
	w.stop()
	if r, err := http.Get(w.pages + "/healthz"); err == nil {
		r.Body.Close()
		t.Errorf("the monitoring port is open after the end: %s", r.Status)
	}
}

// A lame duck is not healthy any more, while its clients are still served.
func TestHealthOfALameDuck(t *testing.T) {
	t.Parallel()
	w := startWatched(t, "--lame-duck-grace", "60s")
	nc := w.natsClient(t)
	must(t, nc.Flush())
	must(t, w.cmd.Process.Signal(syscall.SIGUSR2))
	eventually(t, "the lame duck to say so", func() bool {
		code, _ := get(t, w.pages+"/healthz")
		return code == http.StatusServiceUnavailable
	})
	if z := document[natsd.Connz](t, w, "/connz"); z.NumConns != 1 {
		t.Errorf("connections of a lame duck: %+v", z)
	}
	must(t, nc.Flush())
}
