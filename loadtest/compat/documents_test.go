package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// watched is a server with its monitoring port.
type watched struct {
	*server
	pages string // http://host:port
}

func startWatched(t *testing.T, flags ...string) *watched {
	t.Helper()
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	w := &watched{start(t, append([]string{"--monitor", addr}, flags...)...), "http://" + addr}
	eventually(t, "the connections of start to be gone", func() bool {
		return document[natsd.Varz](t, w, "/varz").Connections == 0
	})
	return w
}

// get asks for a document and gives its status and text.
func get(t *testing.T, url string) (int, []byte) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, text
}

// strict reads a document into nats-server's own type, which must know every field
// that there is.
func strict[T any](t *testing.T, text []byte) *T {
	t.Helper()
	to := new(T)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return to
}

func document[T any](t *testing.T, w *watched, path string) *T {
	t.Helper()
	code, text := get(t, w.pages+path)
	if code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, code, text)
	}
	return strict[T](t, text)
}

// leftOut are the fields of nats-server's documents that ours do not have, with
// those inside them, by the reason for it.
var leftOut = map[string]string{
	"/varz disk_io_wait_stats":                             "nothing is written to disks",
	"/varz feature_flags":                                  "there are none",
	"/varz system_account":                                 "there is one account only",
	"/accountz system_account":                             "there is one account only",
	"/accountz?acc=$G system_account":                      "there is one account only",
	"/accountz?acc=$G account_detail.name_tag":             "names have no tags",
	"/accountz?acc=$G account_detail.imports":              "nothing is imported from other accounts",
	"/connz?subs=1&auth=1 connections[].name_tag":          "names have no tags",
	"/subsz?subs=1 subscriptions_list[].account_tag":       "names have no tags",
	"/accstatz?unused=1 account_statz[].sent.leafs":        "this server stands alone",
	"/accstatz?unused=1 account_statz[].sent.routes":       "this server stands alone",
	"/accstatz?unused=1 account_statz[].sent.gateways":     "this server stands alone",
	"/accstatz?unused=1 account_statz[].received.leafs":    "this server stands alone",
	"/accstatz?unused=1 account_statz[].received.routes":   "this server stands alone",
	"/accstatz?unused=1 account_statz[].received.gateways": "this server stands alone",
}

// fields lists what stands in a JSON value: each field by its path, with the kind of
// its value. Elements of an array count as one.
func fields(v any, path string, to map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			at := key
			if path != "" {
				at = path + "." + key
			}
			to[at] = fmt.Sprintf("%T", inner)
			fields(inner, at, to)
		}
	case []any:
		for _, inner := range v {
			fields(inner, path+"[]", to)
		}
	}
}

// natsServerPages runs nats-server itself, in this process, with a client like ours.
func natsServerPages(t *testing.T) (pages string) {
	t.Helper()
	s, err := natsd.NewServer(&natsd.Options{Host: "127.0.0.1", Port: -1, HTTPHost: "127.0.0.1", HTTPPort: -1, NoLog: true, NoSigs: true})
	must(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatal("nats-server is not ready")
	}
	nc, err := nats.Connect(s.ClientURL(), nats.Name("reader"))
	must(t, err)
	t.Cleanup(nc.Close)
	workers(t, nc)
	return "http://" + s.MonitorAddr().String()
}

// workers subscribes, in a group and out of it, and publishes to that.
func workers(t *testing.T, nc *nats.Conn) {
	t.Helper()
	_, err := nc.SubscribeSync("orders.*")
	must(t, err)
	one, err := nc.QueueSubscribeSync("orders.new", "team")
	must(t, err)
	must(t, one.AutoUnsubscribe(5))
	must(t, nc.Publish("orders.new", []byte("hello")))
	must(t, nc.Flush())
}

var documentPaths = []struct {
	path string
	of   any
}{
	{"/varz", natsd.Varz{}},
	{"/connz?subs=1&auth=1", natsd.Connz{}},
	{"/connz?subs=detail&state=any", natsd.Connz{}},
	{"/connz?state=closed&sort=stop", natsd.Connz{}},
	{"/subsz?subs=1", natsd.Subsz{}},
	{"/subscriptionsz", natsd.Subsz{}},
	{"/routez?subs=detail", natsd.Routez{}},
	{"/gatewayz?accs=1", natsd.Gatewayz{}},
	{"/leafz?subs=1", natsd.Leafz{}},
	{"/accountz", natsd.Accountz{}},
	{"/accountz?acc=$G", natsd.Accountz{}},
	{"/accstatz?unused=1", natsd.AccountStatz{}},
	{"/jsz?config=1&streams=1", natsd.JSInfo{}},
	{"/healthz", natsd.HealthStatus{}},
	{"/healthz?js-enabled-only=true", natsd.HealthStatus{}},
	{"/healthz?consumer=c&details=true", natsd.HealthStatus{}},
}

// Every document can be read into nats-server's own types and has no field that
// these do not know; and every field of nats-server's own document stands in ours,
// with a value of the same kind, but for those that are left out for a reason.
func TestDocumentsAreNatsServers(t *testing.T) {
	t.Parallel()
	w, theirs := startWatched(t), natsServerPages(t)
	workers(t, w.natsClient(t, nats.Name("reader")))
	used := map[string]bool{}
	for _, c := range documentPaths {
		code, text := get(t, w.pages+c.path)
		wantCode, want := get(t, theirs+c.path)
		if code != wantCode {
			t.Errorf("%s: status %d, nats-server's is %d", c.path, code, wantCode)
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(reflect.New(reflect.TypeOf(c.of)).Interface()); err != nil {
			t.Errorf("%s: %v in\n%s", c.path, err, text)
		}
		var a, b any
		must(t, json.Unmarshal(text, &a))
		must(t, json.Unmarshal(want, &b))
		have, all := map[string]string{}, map[string]string{}
		fields(a, "", have)
		fields(b, "", all)
	each:
		for field, kind := range all {
			if have[field] == kind {
				continue
			}
			for left := range leftOut {
				if name := c.path + " " + field; name == left || strings.HasPrefix(name, left+".") || strings.HasPrefix(name, left+"[]") {
					used[left] = true
					continue each
				}
			}
			t.Errorf("%s: %s is %q here and %q in nats-server", c.path, field, have[field], kind)
		}
	}
	for left := range leftOut {
		if !used[left] {
			t.Errorf("%s is said to be left out, and is not", left)
		}
	}
}

// What cannot be answered is refused with nats-server's status and words.
func TestWrongQuestionsAreRefusedAsByNatsServer(t *testing.T) {
	t.Parallel()
	w, theirs := startWatched(t), natsServerPages(t)
	for _, path := range []string{
		"/connz?sort=x", "/connz?sort=stop", "/connz?sort=reason", "/connz?sort=reason&state=any", "/connz?state=half",
		"/connz?auth=x", "/connz?subs=x", "/connz?offset=x", "/connz?limit=1.5", "/connz?cid=-1",
		"/subsz?subs=x", "/subsz?offset=x", "/subsz?limit=x", "/subsz?test=a..b", "/subsz?test=a.*", "/subsz?test=a.>",
		"/routez?subs=x", "/gatewayz?accs=x", "/leafz?subs=x", "/accountz?acc=other", "/accstatz?unused=x",
		"/jsz?streams=x", "/jsz?limit=x", "/jsz?leader-only=1", "/healthz?details=x", "/nothing",
	} {
		code, text := get(t, w.pages+path)
		wantCode, want := get(t, theirs+path)
		if code != wantCode || string(text) != string(want) {
			t.Errorf("%s: %d %q, nats-server says %d %q", path, code, text, wantCode, want)
		}
	}
}

// The figures are those of this server and its clients.
func TestDocumentsTellTheTruth(t *testing.T) {
	t.Parallel()
	w := startWatched(t, "--heartbeat", "30s", "--max-payload", "2MB", "--max-subscriptions", "77")
	nc := w.natsClient(t, nats.Name("billing"), nats.UserInfo("ann", "secret"))
	workers(t, nc)
	m := w.mqtt5(t, func(c *paho5.Connect) { c.ClientID, c.Username, c.UsernameFlag = "dev-1", "joe", true })
	m.subscribe(t, "plant/+/temp")
	m.publish(t, "plant/1/temp", "21")
	m.nextText(t, "plant/1/temp", "21")

	v := document[natsd.Varz](t, w, "/varz")
	if v.ID != nc.ConnectedServerId() || v.Name != nc.ConnectedServerName() || v.Version != nc.ConnectedServerVersion() {
		t.Errorf("varz is of %s %s %s, the client is connected to %s", v.ID, v.Name, v.Version, nc.ConnectedServerId())
	}
	if v.PingInterval != 30*time.Second || v.MaxPayload != 2<<20 || v.MaxSubs != 77 || v.MaxPingsOut != 2 || v.MaxControlLine != 4096 ||
		fmt.Sprint("127.0.0.1:", v.Port) != w.nats || fmt.Sprint("127.0.0.1:", v.MQTT.Port) != w.mqtt || fmt.Sprint("http://127.0.0.1:", v.HTTPPort) != w.pages {
		t.Errorf("options: %+v", v)
	}
	if v.Connections != 2 || v.Subscriptions != 3 || v.InMsgs != 2 || v.InBytes != 7 || v.OutMsgs != 3 || v.OutBytes != 12 ||
		v.Mem == 0 || v.Cores == 0 || v.Start.IsZero() || v.Now.Before(v.Start) || v.HTTPReqStats["/varz"] == 0 {
		t.Errorf("figures: %+v", v)
	}

	z := document[natsd.Connz](t, w, "/connz?subs=detail&auth=1&sort=msgs_to")
	if z.NumConns != 2 || z.Total != 2 || len(z.Conns) != 2 {
		t.Fatalf("%+v", z)
	}
	c := z.Conns[0]
	if c.Name != "billing" || c.Lang != "go" || c.Version != nats.Version || c.AuthorizedUser != "ann" || c.Type != "nats" || c.NumSubs != 2 ||
		c.InMsgs != 1 || c.InBytes != 5 || c.OutMsgs != 2 || c.OutBytes != 10 || c.IP != "127.0.0.1" || c.Port == 0 || c.Start.IsZero() || len(c.SubsDetail) != 2 {
		t.Errorf("the NATS client: %+v", c)
	}
	if id, err := nc.GetClientID(); err != nil || c.Cid != id {
		t.Errorf("the NATS client has cid %d, and was told %d", c.Cid, id)
	}
	for _, s := range c.SubsDetail {
		if s.Subject == "orders.new" && (s.Queue != "team" || s.Max != 5 || s.Msgs != 1 || s.Cid != c.Cid) || s.Subject == "orders.*" && s.Msgs != 1 {
			t.Errorf("subscription %+v", s)
		}
	}
	if c = z.Conns[1]; c.MQTTClient != "dev-1" || c.Type != "mqtt" || c.AuthorizedUser != "joe" || c.InMsgs != 1 || c.OutMsgs != 1 || c.NumSubs != 1 ||
		c.SubsDetail[0].Subject != "plant.*.temp" || c.SubsDetail[0].Sid != "plant/+/temp" || c.SubsDetail[0].Msgs != 1 {
		t.Errorf("the MQTT client: %+v", c)
	}
	if s := document[natsd.Subsz](t, w, "/subsz?subs=1&test=plant.7.temp"); s.Total != 1 || s.NumSubs != 3 || s.NumInserts != 3 {
		t.Errorf("subscriptions: %+v", s)
	}

	nc.Close()
	must(t, m.Disconnect(&paho5.Disconnect{}))
	eventually(t, "both to have left", func() bool {
		return document[natsd.Connz](t, w, "/connz").Total == 0
	})
	z = document[natsd.Connz](t, w, "/connz?state=closed&mqtt_client=dev-1")
	if len(z.Conns) != 1 || z.Total < 2 || z.Conns[0].Reason != "Client Closed" || z.Conns[0].Stop == nil || z.Conns[0].OutMsgs != 1 {
		t.Errorf("closed: %+v", z)
	}
}

// Pages of very many connections, in every order, are made while they work.
func TestPagesOfManyConnections(t *testing.T) {
	t.Parallel()
	w := startWatched(t, "--lanes", "3")
	const n = 400
	for range n {
		w.natsClient(t)
	}
	for _, sort := range []string{"cid", "start", "subs", "pending", "msgs_to", "msgs_from", "bytes_to", "bytes_from", "last", "idle", "uptime", "rtt"} {
		seen := map[uint64]bool{}
		for offset := 0; offset < n; offset += 150 {
			z := document[natsd.Connz](t, w, fmt.Sprintf("/connz?sort=%s&offset=%d&limit=150&subs=1", sort, offset))
			if z.Total != n || z.NumConns != min(150, n-offset) {
				t.Fatalf("sort %s, offset %d: %d of %d", sort, offset, z.NumConns, z.Total)
			}
			for _, c := range z.Conns {
				seen[c.Cid] = true
			}
		}
		if len(seen) != n && sort != "last" && sort != "idle" { // the order of these may change between two pages
			t.Errorf("sort %s: %d connections on all pages", sort, len(seen))
		}
	}
}
