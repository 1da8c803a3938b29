package server

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/system"
)

// explaining is a server without listeners' clients, and what it answers.
func explaining(t *testing.T, change func(*Options)) (s *Server, ask func(question string, local bool) explain.Document) {
	o := Defaults()
	o.NATS, o.MQTT, o.Lanes = "127.0.0.1:0", "", 2
	change(&o)
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s, func(question string, local bool) (d explain.Document) {
		t.Helper()
		r := &system.Request{Payload: []byte(question), Local: local}
		s.explain(t.Context(), r, func(a system.Answer) {
			if err := json.Unmarshal(a.Payload, &d); err != nil {
				t.Fatal(err)
			}
		})
		return d
	}
}

// Who may ask is an option; who may not is told how to change that.
func TestExplainAnswersWhoMayAsk(t *testing.T) {
	for mode, answered := range map[string][2]bool{ExplainLocal: {false, true}, ExplainAll: {true, true}, ExplainOff: {false, false}} {
		_, ask := explaining(t, func(o *Options) { o.Explain = mode })
		for i, local := range []bool{false, true} {
			d := ask(`{"name":"a.b"}`, local)
			if (d.Error == "") != answered[i] || d.Error != "" && !strings.Contains(d.Error, "--explain") {
				t.Errorf("--explain %s, local %v: the error is %q", mode, local, d.Error)
			}
		}
	}
}

// onlyA lets users publish to a, and subscribe to nothing.
type onlyA struct{}

func (onlyA) MayPublish(_ string, subject []byte) (bool, string) {
	return string(subject) == "a", "only a"
}
func (onlyA) MaySubscribe(string, []byte) (bool, string) { return false, "nothing" }

// What permissions say is told, and ends the explanation when it is no.
func TestExplainShowsPermissions(t *testing.T) {
	s, ask := explaining(t, func(*Options) {})
	if p := ask(`{"name":"a"}`, true).Permissions; p.Configured || !p.Allowed {
		t.Errorf("without any: %+v", p)
	}
	s.permissions = onlyA{}
	f := func(name string, allowed bool, rule string) {
		t.Helper()
		d := ask(`{"name":"`+name+`","user":"u"}`, true)
		if p := d.Permissions; !p.Configured || p.Allowed != allowed || p.Rule != rule || p.User != "u" {
			t.Errorf("%s: %+v", name, p)
		}
		if routed := d.Publish != nil && d.Publish.Outcome.Answer != ""; routed != (allowed && d.Filter == nil) {
			t.Errorf("%s: routed %v", name, routed)
		}
	}
	f("a", true, "only a")
	f("b", false, "only a")
	f("b.*", false, "nothing")
}

func TestBadQuestionsAreToldWhatIsWrong(t *testing.T) {
	_, ask := explaining(t, func(*Options) {})
	for question, want := range map[string]string{
		"":                               "JSON",
		"{}":                             "no name",
		`{"name":"a","notation":"x"}`:    "subject or topic",
		`{"name":"a","qos":3}`:           "QoS 3",
		`{"name":"a","from":"nobody-9"}`: "no publisher",
	} {
		if d := ask(question, true); !strings.Contains(d.Error, want) || d.Publish != nil {
			t.Errorf("%s: the error is %q, want one of %q", question, d.Error, want)
		}
	}
}

// A name that the publisher's protocol cannot say is not explained as if it could.
func TestExplainOfNamesThatCannotBeSaid(t *testing.T) {
	_, ask := explaining(t, func(o *Options) { o.Mountpoint = "m/" })
	f := func(name, notation, refused string) {
		t.Helper()
		d := ask(`{"name":"`+name+`","notation":"`+notation+`"}`, true)
		if d.Error != "" || d.Publish.Refused != refused {
			t.Errorf("%s %q: %q, refused is %q, want %q", notation, name, d.Error, d.Publish.Refused, refused)
		}
	}
	f("a b", "subject", "malformed_arguments")
	f("a b", "topic", "")
	f("$GR.x", "subject", "reserved_subject")
	f("$events/x", "topic", "reserved_topic")
	f("_ISTHMUS.R.xyz", "subject", "forged_reply")
	f("_ISTHMUS/R/xyz", "topic", "reserved_topic")
	f(strings.Repeat("a/", 200), "topic", "too_many_levels")
}
