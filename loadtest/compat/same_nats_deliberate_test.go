package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

const protocolPage = root + "/docs/nats-protocol.md"

// The differences that docs/nats-protocol.md lists are there, and are as it says:
// each row stands in its table, and both servers answer as given here. A
// difference that has gone must leave the page.
func TestDeliberateDifferences(t *testing.T) {
	t.Parallel()
	b := startBoth(t, "2")
	text, err := os.ReadFile(protocolPage)
	must(t, err)
	_, table, _ := strings.Cut(string(text), "## Where Isthmus differs on purpose")
	for _, d := range []struct {
		row, say            string
		isthmus, natsServer string // what comes behind the first INFO; of nats-server the beginning
	}{
		{"size with leading zeros", quietly + "SUB a 1\r\nPUB a 002\r\nhi\r\n",
			"MSG a 1 2\r\nhi\r\n", "MSG a 1 002\r\nhi\r\n"},
		{"CR among PUB's arguments", quietly + "SUB > 1\r\nPUB a\rb 1\r\nx\r\n",
			"", "MSG a\rb 1 1\r\nx\r\n"},
		{"LF right behind a verb and its blanks", quietly + "SUB > 1\r\nPUB \na 1\nx\r\n",
			"", "MSG \na 1 1\r\nx\r\n"},
		{"`Invalid Publish Subject`", strictly + "PUB a..b 1\r\n",
			"+OK\r\n", "+OK\r\n-ERR 'Invalid Publish Subject'\r\n"},
		{"HMSG from a client", "HMSG a",
			"-ERR 'Unknown Protocol Operation'\r\n", ""},
		{"publishes to `$SYS.broker` and `$events`", quietly + "PUB $events.x 1\r\nx\r\n",
			"-ERR 'Permissions Violation for Publish to \"$events.x\"'\r\n", ""},
	} {
		t.Run(d.row, func(t *testing.T) {
			if !strings.Contains(table, "| "+d.row) {
				t.Errorf("docs/nats-protocol.md has no such row")
			}
			_, got, _ := strings.Cut(talk{[]string{d.say}}.hear(t, b.isthmus), "\n")
			if got != d.isthmus {
				t.Errorf("isthmus answers %q, not %q", got, d.isthmus)
			}
			_, got, _ = strings.Cut(talk{[]string{d.say}}.hear(t, b.natsServer), "\n")
			if got != d.natsServer && (d.natsServer == "" || !strings.HasPrefix(got, d.natsServer)) {
				t.Errorf("nats-server answers %q, not %q", got, d.natsServer)
			}
		})
	}
}

// Both INFO lines have what nats-server's has, but for what only it can mean.
func TestINFOHasTheFieldsOfNATSServer(t *testing.T) {
	t.Parallel()
	b := startBoth(t, "2")
	with := "CONNECT {\"verbose\":false,\"protocol\":1}\r\nPING\r\n"
	fields := func(addr string) (first, second map[string]any) {
		c, err := net.Dial("tcp", addr)
		must(t, err)
		defer c.Close()
		_, err = io.WriteString(c, with)
		must(t, err)
		in := bufio.NewReader(c)
		for _, to := range []*map[string]any{&first, nil, &second} {
			line, err := in.ReadString('\n')
			must(t, err)
			if doc, ok := strings.CutPrefix(line, "INFO "); ok {
				if !strings.HasSuffix(doc, "} \r\n") {
					t.Errorf("%s: INFO ends with %q", addr, doc[len(doc)-4:])
				}
				must(t, json.Unmarshal([]byte(doc), to))
			} else if line != "PONG\r\n" || to != nil {
				t.Fatalf("%s: %q", addr, line)
			}
		}
		return first, second
	}
	first, second := fields(b.isthmus)
	theirFirst, theirSecond := fields(b.natsServer)
	for _, c := range []struct{ ours, theirs map[string]any }{{first, theirFirst}, {second, theirSecond}} {
		for key, theirs := range c.theirs {
			switch key {
			case "git_commit", "xkey", "api_lvl", "feature_flags": // of its build, system account and JetStream
				continue
			}
			ours, ok := c.ours[key]
			if !ok {
				t.Errorf("INFO has no %s, which is %v in nats-server's", key, theirs)
				continue
			}
			switch key {
			case "proto", "headers", "max_payload", "client_ip", "host", "go", "connect_info", "remote_account":
				if ours != theirs {
					t.Errorf("%s is %v, in nats-server's %v", key, ours, theirs)
				}
			}
		}
		for key := range c.ours {
			if _, ok := c.theirs[key]; !ok {
				t.Errorf("nats-server's INFO has no %s", key)
			}
		}
	}
}
