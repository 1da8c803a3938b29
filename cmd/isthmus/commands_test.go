package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/reason"
)

func TestMapShowsBothDirections(t *testing.T) {
	f := func(args, want string) {
		t.Helper()
		if out, err := call(append([]string{"map"}, strings.Fields(args)...)...); err != nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v, not %q in\n%s", args, err, want, out)
		}
	}
	f("a/b.c --mqtt", "NATS subject   a.b//c\n")
	f("a.b//c", "MQTT topic     a/b.c\n")
	f("a.b+c", "it holds +, which topics cannot")
	f("a.b --mountpoint dev/", "MQTT topic     dev/a/b\n")
	f("x/y --mountpoint dev/", "outside the mountpoint")
	f("x/+ --mountpoint dev/", "outside the mountpoint")
	f("dev/+ --mountpoint dev/", "NATS subject   *\n")
	f("a/b/ --naming emqx", "NATS subject   none: naming mode emqx has none for it")
	f("a.>", "MQTT filter    a/+/#\n")
	f("a/#", "it takes two, a and a.>")
	if out, _ := call("map", "a/#"); strings.Contains(out, "retained") {
		t.Errorf("without a server, retained messages are counted:\n%s", out)
	}
	if _, err := call("map", "a", "--naming", "x"); err == nil {
		t.Error("a naming mode that is none is taken")
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
