package translate

import (
	"bytes"
	"fmt"
	"math/bits"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/codec/nats"
)

// readTable returns the rows of a table of docs/mapping.md, without its head.
// A cell is the text between back quotes, or the words of the cell.
func readTable(t *testing.T, name string) (rows [][]cell) {
	t.Helper()
	page, err := os.ReadFile("../docs/mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "<!-- table: "+name+" -->\n")
	table, _, ended := strings.Cut(rest, "<!-- end -->")
	if !found || !ended {
		t.Fatalf("no table %q", name)
	}
	lines := strings.Split(strings.TrimSpace(table), "\n")
	for _, line := range lines[2:] {
		var row []cell
		for text := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			row = append(row, parseCell(t, strings.TrimSpace(text)))
		}
		rows = append(rows, row)
	}
	return rows
}

// cell is a wire text, or words about one.
type cell struct {
	text   string
	quoted bool
}

func parseCell(t *testing.T, text string) cell {
	t.Helper()
	inner := strings.TrimSuffix(strings.TrimPrefix(text, "`"), "`")
	if len(inner) != len(text)-2 || strings.Contains(inner, "`") {
		return cell{text: text}
	}
	wire, err := strconv.Unquote(`"` + inner + `"`)
	if err != nil {
		t.Fatalf("cell %s: %v", text, err)
	}
	return cell{wire, true}
}

// is tells whether a function gave what the cell says.
func (c cell) is(got []byte, ok bool) bool { return ok == c.quoted && (!ok || string(got) == c.text) }

func TestTableTopics(t *testing.T) {
	for _, row := range readTable(t, "topics") {
		for i, n := range bothModes {
			if got, ok := n.AppendSubject(nil, []byte(row[0].text)); !row[1+i].is(got, ok) {
				t.Errorf("%v: topic %q: subject %q, %v; the table says %q", n.mode, row[0].text, got, ok, row[1+i].text)
			}
		}
	}
}

func TestTableEscapes(t *testing.T) {
	f := func(level, token string) {
		t.Helper()
		if got := appendLevel(nil, []byte(level)); string(got) != token {
			t.Errorf("level %q is %q, the table says %q", level, got, token)
		}
	}
	rows := readTable(t, "escapes")
	f("", rows[0][1].text)
	for _, row := range rows[1:] {
		if row[0].quoted {
			f(row[0].text, row[1].text)
		}
	}
	for c := range 0x80 {
		got := appendLevel(nil, []byte{'a', byte(c)})
		want := []byte{'a', byte(c)}
		switch {
		case c == '.':
			want = []byte("a//")
		case c == ' ':
			want = []byte("a/_")
		case c < ' ' || c == 0x7F:
			want = fmt.Appendf(nil, "a/x%02X", c)
		}
		if c != '/' && !bytes.Equal(got, want) {
			t.Errorf("byte %#x is %q, want %q", c, got, want)
		}
	}
}

func TestTableSubjects(t *testing.T) {
	for _, row := range readTable(t, "subjects") {
		for i, n := range bothModes {
			if got, ok := n.AppendTopic(nil, []byte(row[0].text)); !row[1+i].is(got, ok) {
				t.Errorf("%v: subject %q: topic %q, %v; the table says %q", n.mode, row[0].text, got, ok, row[1+i].text)
			}
		}
	}
}

var tailWords = map[string]Tail{"none": TailNone, "one or more": TailOneOrMore, "zero or more": TailZeroOrMore}

// levelMask reads "none", "0, 2" and "0, 2 and up".
func levelMask(t *testing.T, words string) (mask uint32) {
	t.Helper()
	if words == "none" {
		return 0
	}
	words, open := strings.CutSuffix(words, " and up")
	for word := range strings.SplitSeq(words, ", ") {
		k, err := strconv.Atoi(word)
		if err != nil {
			t.Fatalf("levels %q: %v", words, err)
		}
		mask |= 1 << k
	}
	if open {
		mask |= ^uint32(0) << bits.Len32(mask)
	}
	return mask
}

func TestTableFilters(t *testing.T) {
	for _, row := range readTable(t, "filters") {
		pattern, tail, opens, ok := Names{}.AppendFilter(nil, []byte(row[0].text))
		if !row[1].is(pattern, ok) || ok && (tail != tailWords[row[2].text] || opens != levelMask(t, row[3].text)) {
			t.Errorf("filter %q: %q, %d, %b, %v", row[0].text, pattern, tail, opens, ok)
		}
	}
}

func TestTableSubscriptions(t *testing.T) {
	for _, row := range readTable(t, "subscriptions") {
		pattern, tail := SubscriptionPattern([]byte(row[0].text))
		shown, ok := Names{}.AppendTopicFilter(nil, pattern, tail)
		if string(pattern) != row[1].text || tail != tailWords[row[2].text] || !row[3].is(shown, ok) {
			t.Errorf("subscription %q: %q, %d, shown %q, %v", row[0].text, pattern, tail, shown, ok)
		}
	}
}

func TestTableGuard(t *testing.T) {
	for _, row := range readTable(t, "guard") {
		m, err := ParseMountpoint(Names{}, row[1].text)
		if err != nil {
			t.Fatal(err)
		}
		if got := GuardedLevels([]byte(row[0].text), m); got != levelMask(t, row[2].text) {
			t.Errorf("subject %q behind %q: %b", row[0].text, row[1].text, got)
		}
	}
}

func TestTableMountpoints(t *testing.T) {
	for _, row := range readTable(t, "mountpoints") {
		template, err := ParseMountTemplate(Names{}, row[0].text)
		m := template.Mountpoint()
		if !row[1].quoted {
			want, _ := strings.CutPrefix(row[1].text, "refused: ")
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("mountpoint %q: %v", row[0].text, err)
			}
			continue
		}
		if err != nil || string(m.Prefix()) != row[1].text || strconv.Itoa(m.Depth()) != row[2].text {
			t.Errorf("mountpoint %q: %q, %d, %v", row[0].text, m.Prefix(), m.Depth(), err)
		}
	}
}

func TestTableMountTemplates(t *testing.T) {
	for _, row := range readTable(t, "mount templates") {
		for i, n := range bothModes {
			template, err := ParseMountTemplate(n, row[0].text)
			if err != nil || !template.Varies() {
				t.Errorf("%v: template %q: %v", n.mode, row[0].text, err)
				continue
			}
			m, ok := template.Fill(&MountValues{ClientID: row[1].text, Username: row[2].text, PeerHost: row[3].text})
			if !row[4+i].is(m.Prefix(), ok) {
				t.Errorf("%v: template %q: %q, %v; the table says %q", n.mode, row[0].text, m.Prefix(), ok, row[4+i].text)
			}
		}
	}
}

// oneProperty appends the property that a row describes.
func oneProperty(t *testing.T, kind, name, value string) []byte {
	t.Helper()
	switch kind {
	case "User Property":
		return mqtt.AppendUserProperty(nil, name, value)
	case "Content Type":
		return mqtt.AppendStringProperty(nil, mqtt.PropContentType, value)
	case "Response Topic":
		return mqtt.AppendStringProperty(nil, mqtt.PropResponseTopic, value)
	case "Correlation Data":
		return mqtt.AppendBinaryProperty(nil, mqtt.PropCorrelationData, value)
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	switch kind {
	case "Payload Format Indicator":
		return mqtt.AppendByteProperty(nil, mqtt.PropPayloadFormat, byte(n))
	case "Message Expiry Interval":
		return mqtt.AppendUint32Property(nil, mqtt.PropMessageExpiry, uint32(n))
	case "Subscription Identifier":
		return mqtt.AppendVarIntProperty(nil, mqtt.PropSubscriptionID, uint32(n))
	}
	t.Fatalf("what is %q?", kind)
	return nil
}

func TestTableToMQTT(t *testing.T) {
	for _, row := range readTable(t, "to MQTT") {
		block := "NATS/1.0\r\n" + row[0].text + "\r\n\r\n"
		got, skipped := Crossing{StrictUTF8: true}.AppendProperties(nil, []byte(block), nil)
		kind, counted := strings.CutSuffix(row[1].text, ", counted")
		var want []byte
		if kind != "nothing" {
			want = oneProperty(t, kind, row[2].text, row[3].text)
		}
		if !bytes.Equal(got, want) || counted != (skipped == 1) {
			t.Errorf("header %q: section %q, skipped %d; the table says %q", row[0].text, got, skipped, want)
		}
	}
}

func TestTableLifetime(t *testing.T) {
	for _, row := range readTable(t, "lifetime") {
		block := "NATS/1.0\r\n" + row[0].text + "\r\n\r\n"
		section, _ := Crossing{}.AppendProperties(nil, []byte(block), nil)
		seconds, _, ok := Expiry(section)
		if !row[1].is(strconv.AppendUint(nil, uint64(seconds), 10), ok) {
			t.Errorf("headers %q: %d seconds, %v; the table says %q", row[0].text, seconds, ok, row[1].text)
		}
	}
}

func TestTableToNATS(t *testing.T) {
	for _, row := range readTable(t, "to NATS") {
		var section []byte
		retain := row[0].text == "RETAIN flag"
		if !retain {
			section = oneProperty(t, row[0].text, row[1].text, row[2].text)
		}
		got := Crossing{}.AppendPublishHeaders(nil, section, retain)
		var want []byte
		if row[3].quoted {
			want = append(nats.AppendHeaderStart(nil), row[3].text+"\r\n"...)
			want = nats.AppendHeaderEnd(want)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s %q %q: %q; the table says %q", row[0].text, row[1].text, row[2].text, got, want)
		}
	}
}
