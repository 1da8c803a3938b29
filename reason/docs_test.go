package reason

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the table into docs/reasons.md")

const page = "../docs/reasons.md"

// docs/reasons.md is the table in the words of a page.
func TestPageIsTheTable(t *testing.T) {
	want := render(All())
	if *rewrite {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) == want {
		return
	}
	old, now := strings.Split(string(have), "\n"), strings.Split(want, "\n")
	at := 0
	for at < len(old) && at < len(now) && old[at] == now[at] {
		at++
	}
	line := func(lines []string) string {
		if at < len(lines) {
			return lines[at]
		}
		return "(the end)"
	}
	t.Errorf("docs/reasons.md differs from the table at line %d; go test ./reason -rewrite writes it anew\n have: %s\n want: %s",
		at+1, line(old), line(now))
}

const intro = `# Reasons

<!-- Written by "go test ./reason -rewrite" from reason/table.go: change it there. -->

Everything that ends a connection, refuses an operation, drops a copy of a
message or makes work wait has one of these names. Logs and counters use it.

*NATS* is the text of -ERR; without one, NATS clients are told nothing. Texts
that end in "to", "of" or "for" are followed by the name in question. *MQTT 5*
is the reason code of CONNACK, DISCONNECT or an acknowledgement, where there is
an occasion to send it; older versions get their nearest return code, or
nothing. *Whose* says who can mend it: every ten seconds the log has one line
for each reason that applied, a warning if it is the operator's, information if
it is the client's or a copy was dropped, and otherwise a debug line.
`

var sections = []struct {
	kind Kind
	head string
}{
	{Close, "The connection ends"},
	{Refuse, "One operation is refused, the connection stays"},
	{Drop, "A copy of a message, or a part of one, is left out"},
	{Defer, "Work waits, nothing is lost"},
}

func render(rows []Reason) string {
	var b strings.Builder
	b.WriteString(intro)
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n| name | NATS | MQTT 5 | whose | what happened |\n|---|---|---|---|---|\n", s.head)
		for _, r := range rows {
			if r.ID != None && r.Kind == s.kind {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.Name, code(r.NATS), hex(r.MQTT5), whose(r.Fault), cell(r.Help))
			}
		}
	}
	return b.String()
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + cell(text) + "`"
}

func hex(code byte) string {
	if code == 0 {
		return ""
	}
	return fmt.Sprintf("0x%02X", code)
}

func whose(f Fault) string { return [...]string{"", "client", "operator"}[f] }

// cell keeps a text from ending its cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
