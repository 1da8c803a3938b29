package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/isthmus-mq/isthmus/loadtest"
	"github.com/isthmus-mq/isthmus/loadtest/client"
)

// Help teaches: every scenario has an example that is a command of this tool
// and whose flags exist.
func TestHelpHasExamplesThatParse(t *testing.T) {
	for _, cmd := range newRoot().Commands() {
		switch cmd.Name() {
		case "version", "help", "completion":
			continue
		}
		if cmd.Long == "" || cmd.Example == "" {
			t.Errorf("%s has no long help or no example", cmd.Name())
		}
		for line := range strings.Lines(newRoot().Example + "\n" + cmd.Example) {
			words := strings.Fields(strings.NewReplacer("'", "", "$(pidof isthmus)", "1").Replace(line))
			if len(words) < 2 || words[1] != cmd.Name() {
				continue
			}
			fresh, rest, err := newRoot().Find(words[1:])
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			if err := fresh.ParseFlags(rest); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		var help bytes.Buffer
		cmd.SetOut(&help)
		if err := cmd.Help(); err != nil || !strings.Contains(help.String(), "--json") {
			t.Errorf("%s --help: %v\n%s", cmd.Name(), err, help.String())
		}
	}
}

// given parses args and returns the protocols of both ends.
func given(t *testing.T, args ...string) (from, to client.Protocol, o loadtest.Options, err error) {
	t.Helper()
	s := &stream{flow: usual()}
	cmd := &cobra.Command{Use: "x"}
	addStream(cmd.Flags(), s)
	finish(cmd)
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	err = s.ends(cmd.Flags())
	return s.flow.From, s.flow.To, s.options, err
}

func TestProtocolsFromAddresses(t *testing.T) {
	const n, m = client.NATS, client.MQTT
	for _, c := range []struct {
		args     string
		from, to client.Protocol
		refused  string
	}{
		{"", n, n, ""},
		{"--mqtt b:1", m, m, ""},
		{"--nats b:1", n, n, ""},
		{"-s mqtt://b", m, m, ""},
		{"-s b", n, n, ""},
		{"--from mqtt", m, m, ""},
		{"--from mqtt --to nats", m, n, ""},
		{"--to mqtt", n, m, ""},
		{"--mqtt b:1 --nats b:2 --from nats --to mqtt", n, m, ""},
		{"--mqtt b:1 --nats b:2", 0, 0, "--from"},
		{"--mqtt b:1 --nats b:2 --from nats", 0, 0, "--to"},
		{"--from amqp", 0, 0, "neither nats nor mqtt"},
		{"-s amqp://b", 0, 0, "--server"},
	} {
		from, to, _, err := given(t, strings.Fields(c.args)...)
		switch {
		case c.refused != "":
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%q: error %v, want one with %q", c.args, err, c.refused)
			}
		case err != nil || from != c.from || to != c.to:
			t.Errorf("%q: %s to %s, %v; want %s to %s", c.args, from, to, err, c.from, c.to)
		}
	}
}

func TestServerURL(t *testing.T) {
	_, _, o, err := given(t, "--server", "nats://me:secret@example.org")
	if err != nil || o.NATS != "example.org:4222" || o.User != "me" || o.Password != "secret" {
		t.Errorf("%+v, %v", o, err)
	}
	_, _, o, err = given(t, "--server", "mqtt://example.org:8000")
	if err != nil || o.MQTT != "example.org:8000" {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestOtherToolsNames(t *testing.T) {
	for name, args := range map[string][]string{
		"pub":    {"--clients", "5", "--limit", "9", "--subject", "a.b", "--inflight", "3", "--ifaddr", "127.0.0.2"},
		"sub":    {"--clients", "5", "--filter", "a/#"},
		"conn":   {"--count", "5", "--connrate", "10"},
		"pubsub": {"--publishers", "2", "--subscribers", "3", "--messages", "1"},
	} {
		cmd, rest, err := newRoot().Find(append([]string{name}, args...))
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("%s %v: %v", name, args, err)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]size{"16": 16, "4KB": 4096, "1mb": 1 << 20, "2 KB": 2048} {
		var s size
		if err := s.Set(text); err != nil || s != want {
			t.Errorf("%q: %d, %v", text, s, err)
		}
	}
	var s size
	for _, bad := range []string{"", "x", "-1", "1TB"} {
		if s.Set(bad) == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}
