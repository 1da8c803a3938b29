package e2e

import (
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
