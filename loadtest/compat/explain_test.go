package e2e

import (
	"context"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	paho5 "github.com/eclipse/paho.golang/paho"
	"github.com/nats-io/nats.go"
)

// explained is what these tests look at of the document.
type explained struct {
	Error string
	Name  struct{ Topic, Subject, Canonical string }

	Publish struct {
		Refused      string
		GatewayReply struct {
			Topic       string
			Correlation []byte
		} `json:"gateway_reply"`
		Copies  []explainedCopy
		Groups  []explainedGroup
		Outcome struct{ Matched, Stored, Full int }
		Drops   []struct {
			Reason string
			Count  int
		}
		Headers, Properties []struct{ Name, Value string }
	}
	Filter struct {
		Topic, Subject string
		Retained       int
	}
	Retained struct{ There bool }
}

type explainedCopy struct {
	Client struct {
		ID  string
		CID uint64
	}
	Verdict, Reason string
	QoS             int
}

type explainedGroup struct {
	Name    string
	Members []explainedCopy
	Next    []int
	Verdict string
}

// explainCommand runs isthmus explain to its end.
func explainCommand(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	text, err := exec.CommandContext(ctx, isthmus, append([]string{"explain"}, args...)...).CombinedOutput()
	return string(text), err
}

// explain asks the server and returns the document.
func (s *server) explain(t *testing.T, args ...string) (e explained) {
	t.Helper()
	out, err := explainCommand(t, append(args, "--server", s.nats, "--json")...)
	if err != nil {
		t.Fatalf("explain %q: %v\n%s", args, err, out)
	}
	if err := json.Unmarshal([]byte(out), &e); err != nil {
		t.Fatalf("explain %q: %v\n%s", args, err, out)
	}
	return e
}

// verdicts are those of all copies, by client.
func (e *explained) verdicts() map[string]string {
	list := make(map[string]string)
	for _, c := range e.Publish.Copies {
		name := c.Client.ID
		if name == "" {
			name = "nats"
		}
		list[name] = strings.TrimSuffix(c.Verdict+" "+c.Reason, " ")
	}
	return list
}

// A running server says of a message what it does with it a moment later.
func TestExplainSaysWhatHappens(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		away, _ := s.rawSession(t, 5, "away", sessionExpiry(60))
		away.grant(t, 5, "dev/plant/#")
		away.Close()
		s.awaitNobody(t, "plant.offline")
		nc := s.natsClient(t)
		heard := subscribe(t, nc, "plant.>")
		c := s.mqtt5(t, func(p *paho5.Connect) { p.ClientID = "board" })
		c.subscribe1(t, "dev/plant/+/temp", "dev/plant/#")
		team := s.mqtt5(t, func(p *paho5.Connect) { p.ClientID = "team" })
		team.subscribe1(t, "$share/g/dev/plant/#")

		e := s.explain(t, "plant.7.temp", "--qos", "1")
		if e.Name.Topic != "dev/plant/7/temp" || e.Name.Canonical != "dev.plant.7.temp" || e.Name.Subject != "plant.7.temp" {
			t.Errorf("the name is %+v", e.Name)
		}
		got := e.verdicts()
		for who, want := range map[string]string{"nats": "delivered", "board": "delivered", "away": "stored"} {
			if got[who] != want {
				t.Errorf("%s: %q, want %q", who, got[who], want)
			}
		}
		if g := e.Publish.Groups; len(g) != 1 || g[0].Name != "g" || len(g[0].Next) != 1 || g[0].Members[0].Client.ID != "team" {
			t.Errorf("the groups are %+v", g)
		}
		if o := e.Publish.Outcome; o.Matched != 3 || o.Stored != 1 || o.Full != 0 {
			t.Errorf("the outcome is %+v", o)
		}
		if len(heard) != 0 || len(c.in) != 0 || len(team.in) != 0 {
			t.Fatal("explaining has delivered something")
		}
		must(t, nc.PublishMsg(withQoS("1", "plant.7.temp", "21")))
		nextText(t, heard, "plant.7.temp", "21")
		c.nextText(t, "dev/plant/7/temp", "21")
		team.nextText(t, "dev/plant/7/temp", "21")

		got = func() map[string]string { e := s.explain(t, "dev/plant/7/temp"); return e.verdicts() }()
		if got["away"] != "dropped session_offline" || got["board"] != "delivered" {
			t.Errorf("with QoS 0: %v", got)
		}
		if e := s.explain(t, "dev/plant/x", "--payload-size", "2000000"); e.Publish.Refused != "packet_too_large" {
			t.Errorf("too large a payload: refused is %q", e.Publish.Refused)
		}
		if e := s.explain(t, "$SYS/x"); e.Publish.Refused != "reserved_topic" {
			t.Errorf("the server's own: refused is %q", e.Publish.Refused)
		}
		if e := s.explain(t, "nowhere/else", "--from", "board"); e.Name.Subject != "" || e.Publish.Refused != "" {
			t.Errorf("outside the mountpoint: %+v, refused is %q", e.Name, e.Publish.Refused)
		}
	}, "--mountpoint", "dev/")
}

// Headers are shown as both sides see them, retained messages are counted, and a
// reply of the gateway's is opened.
func TestExplainShowsWhatCrosses(t *testing.T) {
	s := start(t)
	nc, c := s.natsClient(t), s.mqtt5(t)
	m := nats.NewMsg("kept.1")
	m.Header.Set("Mqtt-Retain", "1")
	m.Data = []byte("x")
	must(t, nc.PublishMsg(m))
	must(t, nc.Flush())
	e := s.explain(t, "kept/#")
	if e.Filter.Retained != 1 || e.Filter.Topic != "kept/#" || e.Filter.Subject != "" {
		t.Errorf("the filter is %+v", e.Filter)
	}
	e = s.explain(t, "kept.1", "--header", "Trace: 7", "--header", "Content-Type: text/plain")
	if p := e.Publish.Properties; !e.Retained.There || len(p) != 2 || p[0].Name != "Content Type" || p[1].Value != "7" {
		t.Errorf("retained: %v, properties %v", e.Retained.There, p)
	}
	asked := subscribe(t, nc, "ask")
	c.subscribe1(t, "ask/answers")
	if code := c.request5(t, "ask", "ask/answers", []byte("\x00corr"), "?"); code != 0 {
		t.Errorf("PUBACK %#x", code)
	}
	reply := nextText(t, asked, "ask", "?").Reply
	e = s.explain(t, reply)
	if g := e.Publish.GatewayReply; g.Topic != "ask/answers" || string(g.Correlation) != "\x00corr" || len(e.Publish.Copies) != 1 {
		t.Errorf("the gateway reply is %+v, with %d copies", g, len(e.Publish.Copies))
	}
	if e := s.explain(t, reply[:len(reply)-1]); e.Publish.Refused != "forged_reply" {
		t.Errorf("a forged one: refused is %q", e.Publish.Refused)
	}
}

// What goes wrong says what to do.
func TestExplainWithoutAnAnswer(t *testing.T) {
	s, off := start(t), start(t, "--explain", "off")
	f := func(want string, args ...string) {
		t.Helper()
		out, err := explainCommand(t, args...)
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("explain %q: %v, %q does not say %q", args, err, out, want)
		}
	}
	f("--server", "a/b", "--server", "127.0.0.1:1")
	f("NATS listener", "a/b", "--server", s.mqtt)
	f("--explain off", "a/b", "--server", off.nats)
	f("no publisher \"lamp\"", "a/b", "--from", "lamp", "--server", s.nats)
	f("--qos 3", "a/b", "--qos", "3", "--server", s.nats)
	f("one or the other", "a/b", "--nats", "--mqtt", "--server", s.nats)
	out, err := explainCommand(t, "a/b", "--server", s.nats)
	if err != nil || !strings.Contains(out, "a.b") || !strings.Contains(out, "none are configured") {
		t.Errorf("the text: %v\n%s", err, out)
	}
}
