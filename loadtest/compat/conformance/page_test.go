package conformance

import (
	"fmt"
	"os"
	"strings"
)

const page = root + "/docs/conformance.md"

// keepPage compares docs/conformance.md with what the run found, or writes it.
func keepPage() error {
	want := render()
	if *rewrite {
		return os.WriteFile(page, []byte(want), 0o644)
	}
	have, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	old, now := strings.Split(string(have), "\n"), strings.Split(want, "\n")
	for i := range max(len(old), len(now)) {
		if i >= len(old) || i >= len(now) || old[i] != now[i] {
			return fmt.Errorf("docs/conformance.md differs from what the run found at line %d; make conformance writes it anew", i+1)
		}
	}
	return nil
}

const intro = `# Conformance

<!-- Written by "make conformance" from loadtest/compat/conformance: change it there. -->

The standards number what they demand of servers and clients. This page lists all
of it, 141 statements of MQTT 3.1.1 and 251 of MQTT 5.0, in our own words: the
[3.1.1](https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html) and
[5.0](https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html) standards
have the wording. The same number can mean different things in the two.

What a NATS client sees is on a [page of its own](conformance-nats.md).

| verdict | meaning |
|---|---|
| pass | the named checks, which talk to the started server, pass |
| different | the server does something else, on purpose, for the reason given |
| does not arise | the statement has a condition that never holds here |
| not yet | a gap: the named checks do not all pass, or there are none |
| client's | binds the client alone; with checks: the server holds clients to it |

A check is named after its file in
[loadtest/compat/conformance](../loadtest/compat/conformance/doc.go) and what it
looks at. ` + "`make conformance`" + ` runs all of them and writes this page.

Others have published tests of MQTT servers, too. ` + "`make yardsticks`" + ` runs them against the
binary; on 2026-11-27, with paho.mqtt.testing 9d7bb80 and Mosquitto fb9b115, it found:

| yardstick | tests | pass | differ, with reason |
|---|---|---|---|
| Eclipse's interoperability suite, 3.1.1 | 10 | 9 | 1 |
| Eclipse's interoperability suite, 5.0 | 27 | 26 | 1 |
| Mosquitto's byte sequences | 1483 | 1293 | 190 |

The two of Eclipse's need a server that refuses a topic to everybody, for which there are
no access rules yet. Nearly all of Mosquitto's are about which reason is given for a
packet that both refuse; [deviations.md](../loadtest/compat/yardsticks/deviations.md)
has them with the sections of the standard.
`

// chapters are the headings, by the first numbers of the statements below them.
var chapters = [...][][2]string{
	v311: {{"1.5", "Data representation"}, {"2.", "Packet format"}, {"3.1", "CONNECT"}, {"3.2", "CONNACK"}, {"3.3", "PUBLISH"},
		{"3.6", "PUBREL"}, {"3.8", "SUBSCRIBE"}, {"3.9", "SUBACK"}, {"3.10", "UNSUBSCRIBE"}, {"3.12", "PINGREQ"}, {"3.14", "DISCONNECT"},
		{"4.1", "Session state"}, {"4.3", "Quality of service"}, {"4.4", "Sending again"}, {"4.5", "Receiving"}, {"4.6", "Order"},
		{"4.7", "Topics"}, {"4.8", "Errors"}, {"6.", "WebSocket"}, {"7.", "Conformance"}},
	v5: {{"1.5", "Data representation"}, {"2.", "Packet format"}, {"3.1", "CONNECT"}, {"3.2", "CONNACK"}, {"3.3", "PUBLISH"},
		{"3.4", "PUBACK"}, {"3.5", "PUBREC"}, {"3.6", "PUBREL"}, {"3.7", "PUBCOMP"}, {"3.8", "SUBSCRIBE"}, {"3.9", "SUBACK"},
		{"3.10", "UNSUBSCRIBE"}, {"3.11", "UNSUBACK"}, {"3.12", "PINGREQ"}, {"3.14", "DISCONNECT"}, {"3.15", "AUTH"},
		{"4.1", "Session state"}, {"4.2", "Connections"}, {"4.3", "Quality of service"}, {"4.4", "Sending again"}, {"4.5", "Receiving"},
		{"4.6", "Order"}, {"4.7", "Topics"}, {"4.8", "Shared subscriptions"}, {"4.9", "Flow control"},
		{"4.12", "Enhanced authentication"}, {"4.13", "Errors"}, {"6.", "WebSocket"}},
}

func render() string {
	var b strings.Builder
	b.WriteString(intro)
	b.WriteString("\n| | 3.1.1 | 5.0 |\n|---|---|---|\n")
	for _, word := range []string{"pass", different, noCase, notYet, "client's"} {
		fmt.Fprintf(&b, "| %s | %d | %d |\n", word, countOf(v311, word), countOf(v5, word))
	}
	for _, v := range versions {
		fmt.Fprintf(&b, "\n## MQTT %v\n", v)
		proofs := proofsOf(v)
		at := ""
		for _, s := range statements[v] {
			if head := heading(v, s.id); head != at {
				at = head
				fmt.Fprintf(&b, "\n### %s\n\n| statement | binds | in short | verdict | checks |\n|---|---|---|---|---|\n", head)
			}
			word := wordFor(v, s)
			if given := verdicts[v][s.id]; given != (verdict{}) {
				word = "**" + word + "**: " + given.reason
			}
			fmt.Fprintf(&b, "| MQTT-%s | %s | %s | %s | %s |\n", s.id, s.binds, cell(s.text), cell(word), links(proofs[s.id]))
		}
	}
	return b.String()
}

func wordFor(v version, s statement) string {
	switch given, has := verdicts[v][s.id]; {
	case has:
		return given.word
	case s.binds == client:
		return "client's"
	}
	for _, p := range proofsOf(v)[s.id] {
		if outcomes.of[v][p] != "" {
			return "fails"
		}
	}
	return "pass"
}

func countOf(v version, word string) (n int) {
	for _, s := range statements[v] {
		if wordFor(v, s) == word {
			n++
		}
	}
	return n
}

func heading(v version, id string) string {
	section, _, _ := strings.Cut(id, "-")
	for _, c := range chapters[v] {
		if below := strings.TrimSuffix(c[0], ".") + "."; strings.HasPrefix(section, below) {
			return strings.TrimSuffix(c[0], ".") + " " + c[1]
		}
	}
	panic("no heading for " + id)
}

func links(proofs []proof) string {
	var all []string
	for _, p := range proofs {
		all = append(all, fmt.Sprintf("[%s](../loadtest/compat/conformance/%s_test.go): %s", p.group, p.group, cell(p.name)))
	}
	return strings.Join(all, "<br>")
}

// cell keeps a text from ending its cell, and wildcards from being markup.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
