package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/reason"
)

// call runs the command line and returns what it prints.
func call(args ...string) (out string, err error) {
	root := newRoot()
	var b bytes.Buffer
	root.SetOut(&b)
	root.SetErr(&b)
	root.SetArgs(args)
	err = root.Execute()
	return b.String(), err
}

func TestMapShowsBothDirections(t *testing.T) {
	f := func(args, want string) {
		t.Helper()
		if out, err := call(append([]string{"map"}, strings.Fields(args)...)...); err != nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v, not %q in\n%s", args, err, want, out)
		}
	}
	f("a/b.c --mqtt", "NATS       a.b//c\n")
	f("a.b//c", "MQTT       a/b.c\n")
	f("a.b+c", "it holds +, which topics cannot")
	f("a.b --mountpoint dev/", "MQTT       dev/a/b\n")
	f("x/y --mountpoint dev/", "outside of the mountpoint")
	f("x/+ --mountpoint dev/", "outside of the mountpoint")
	f("dev/+ --mountpoint dev/", "NATS       *\n")
	f("a/b/ --naming emqx", "naming mode emqx has none")
	f("a.>", "MQTT       a/+/#\n")
	f("a/#", "NATS       a.> and a\n")
	f("a/#/b", "topic_filter_invalid")
	for _, args := range [][]string{{"a", "--naming", "x"}, {"a b"}, {""}, {"a", "--nats", "--mqtt"}} {
		if out, err := call(append([]string{"map"}, args...)...); err == nil {
			t.Errorf("%q is taken: %s", args, out)
		}
	}
}

func TestReasonsAreListed(t *testing.T) {
	out, err := call("reasons")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reason.All()[1:] {
		if !strings.Contains(out, r.Name+" ("+r.Kind.String()) || !strings.Contains(out, r.Help) {
			t.Errorf("%s is not listed", r.Name)
		}
	}
	if out, err := call("reasons", "queue_full"); err != nil || strings.Count(out, "\n") != 2 || !strings.Contains(out, "0x97") {
		t.Errorf("one reason: %v\n%s", err, out)
	}
	var rows []struct{ Name string }
	if out, err := call("reasons", "retain", "--json"); err != nil || json.Unmarshal([]byte(out), &rows) != nil || len(rows) < 3 {
		t.Errorf("as JSON: %v\n%s", err, out)
	}
	if _, err := call("reasons", "nothing_like_it"); err == nil || !strings.Contains(err.Error(), "nothing_like_it") {
		t.Errorf("an unknown name: %v", err)
	}
}

// The environment is the server's: ISTHMUS_NATS is an address, and --nats of these
// commands says what NAME is.
func TestCommandsDoNotReadTheServersEnvironment(t *testing.T) {
	t.Setenv("ISTHMUS_NATS", ":4222")
	t.Setenv("ISTHMUS_RETAIN", "perhaps")
	if out, err := call("map", "a/b"); err != nil {
		t.Errorf("map: %v\n%s", err, out)
	}
	if _, err := call("explain", "a/b", "--server", "127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "no NATS listener") {
		t.Errorf("explain: %v", err)
	}
}
