package translate

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/codec/nats"
)

func TestAppendHeaders(t *testing.T) {
	f := func(want string, build func(dst []byte) []byte) {
		t.Helper()
		if want != "" {
			want = "NATS/1.0\r\n" + want + "\r\n"
		}
		got := Crossing{}.AppendHeaders([]byte("kept"), build(nil))
		if string(got) != "kept"+want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	users := func(pairs ...string) func([]byte) []byte {
		return func(dst []byte) []byte {
			for i := 0; i < len(pairs); i += 2 {
				dst = mqtt.AppendUserProperty(dst, pairs[i], pairs[i+1])
			}
			return dst
		}
	}
	f("", users())
	f("", func(dst []byte) []byte {
		dst = mqtt.AppendStringProperty(dst, mqtt.PropResponseTopic, "r")
		return mqtt.AppendVarIntProperty(dst, mqtt.PropSubscriptionID, 1)
	})
	f("", func(dst []byte) []byte { return append(dst, 0xEE) })
	f("B: 1\r\na: 2\r\nB: 3\r\n", users("B", "1", "a", "2", "B", "3"))
	f("%~: \r\n", users("", ""))
	f("k: %~a%0D%0AInjected%3A%201\r\n", users("k", "a\r\nInjected: 1"))
	f("%~k%3A%20v%0D%0AInjected: 1\r\n", users("k: v\r\nInjected", "1"))
	f("%~Content-Type: 1\r\n%~mqtt-qos: 2\r\n", users("Content-Type", "1", "mqtt-qos", "2"))
	f("k: 100% of a%20b\r\n", users("k", "100% of a%20b"))
	f("Status: 503\r\n", users("Status", "503"))
	f("Content-Type: text/plain\r\nMqtt-Payload-Format: 1\r\nMqtt-Expiry: 4294967295\r\nMqtt-Correlation-Data: %00a%20%FF\r\nk: v\r\n",
		func(dst []byte) []byte {
			dst = mqtt.AppendUserProperty(dst, "k", "v")
			dst = mqtt.AppendBinaryProperty(dst, mqtt.PropCorrelationData, "\x00a \xff")
			dst = mqtt.AppendUint32Property(dst, mqtt.PropMessageExpiry, 1<<32-1)
			dst = mqtt.AppendByteProperty(dst, mqtt.PropPayloadFormat, 1)
			return mqtt.AppendStringProperty(dst, mqtt.PropContentType, "text/plain")
		})
}

// goNATSPairs reads a block as nats.go does: strictly, line by line.
func goNATSPairs(t *testing.T, block []byte) (pairs []string) {
	t.Helper()
	text, ok := strings.CutSuffix(string(block), "\r\n\r\n")
	if !ok {
		t.Fatalf("block %q does not end", block)
	}
	lines := strings.Split(text, "\r\n")
	if lines[0] != "NATS/1.0" {
		t.Fatalf("block %q does not begin", block)
	}
	for _, line := range lines[1:] {
		key, value, ok := strings.Cut(line, ":")
		if !ok || key == "" || strings.ContainsAny(line, "\r\n\x00") || !strings.HasPrefix(value, " ") {
			t.Fatalf("line %q of block %q", line, block)
		}
		if trimmed := strings.Trim(value[1:], " \t"); trimmed != value[1:] {
			t.Fatalf("value %q has blanks that a client may trim", value)
		}
		pairs = append(pairs, fmt.Sprintf("%q:%q", key, value[1:]))
	}
	return pairs
}

// wantPairs is what the block of a section must say, from the section.
func wantPairs(p *mqtt.Properties, text charset) (pairs []string) {
	if p.Has(mqtt.PropContentType) {
		pairs = append(pairs, fmt.Sprintf("%q:%q", "Content-Type", cross(nil, text, headerValue, p.ContentType)))
	}
	if p.Has(mqtt.PropPayloadFormat) {
		pairs = append(pairs, fmt.Sprintf("%q:\"%d\"", "Mqtt-Payload-Format", p.PayloadFormat))
	}
	if p.Has(mqtt.PropMessageExpiry) {
		pairs = append(pairs, fmt.Sprintf("%q:\"%d\"", "Mqtt-Expiry", p.MessageExpiry))
	}
	if p.Has(mqtt.PropCorrelationData) {
		pairs = append(pairs, fmt.Sprintf("%q:%q", "Mqtt-Correlation-Data", appendEncoded(nil, p.CorrelationData)))
	}
	users := p.UserProperties()
	for key, value, ok := users.Next(); ok; key, value, ok = users.Next() {
		pairs = append(pairs, fmt.Sprintf("%q:%q", cross(nil, text, headerKey, key), cross(nil, text, headerValue, value)))
	}
	return pairs
}

// allStrings tells whether every string of a section belongs to the charset.
func allStrings(p *mqtt.Properties, text charset) bool {
	if !text.holds(p.ContentType) {
		return false
	}
	users := p.UserProperties()
	for key, value, ok := users.Next(); ok; key, value, ok = users.Next() {
		if !text.holds(key) || !text.holds(value) {
			return false
		}
	}
	return true
}

func checkPropertiesLaw(t *testing.T, section []byte) {
	t.Helper()
	var p mqtt.Properties
	if mqtt.DecodeProperties(section, mqtt.TypePublish, &p) != nil {
		if got := (Crossing{}).AppendHeaders(nil, section); len(got) != 0 {
			t.Fatalf("section %q, which is malformed, gives %q", section, got)
		}
		return
	}
	for _, strict := range []bool{false, true} {
		c := Crossing{StrictUTF8: strict}
		block := c.AppendHeaders([]byte("kept"), section)
		if !bytes.HasPrefix(block, []byte("kept")) {
			t.Fatalf("dst damaged: %q", block)
		}
		block = block[len("kept"):]
		want := wantPairs(&p, mqttText(strict))
		if len(block) > 0 || len(want) > 0 {
			if got := goNATSPairs(t, block); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("section %q\n got %v\nwant %v", section, got, want)
			}
		}
		var iterated []string
		headers := nats.IterHeaders(block)
		for key, value, ok := headers.Next(); ok; key, value, ok = headers.Next() {
			iterated = append(iterated, fmt.Sprintf("%q:%q", key, value))
		}
		if fmt.Sprint(iterated) != fmt.Sprint(want) || len(block) > 0 && headers.Malformed() {
			t.Fatalf("block %q iterates as %v, want %v", block, iterated, want)
		}
		if !allStrings(&p, mqttText(strict)) {
			continue
		}
		checkRetainLaw(t, c, section, &p)
		back, skipped := c.AppendProperties(nil, block, p.ResponseTopic)
		if got, want := describe(t, back, strict), describe(t, section, strict); got != want || skipped != 0 {
			t.Fatalf("strict=%v: section %q\ncomes back as %q, skipped %d", strict, want, got, skipped)
		}
	}
}

// checkRetainLaw: with the RETAIN flag, and whichever headers tell the lifetime, a
// section comes back as it was, and the flag with it.
func checkRetainLaw(t *testing.T, c Crossing, section []byte, p *mqtt.Properties) {
	t.Helper()
	for c.Expiry = range ExpiryBoth + 1 {
		if p.Has(mqtt.PropMessageExpiry) && p.MessageExpiry == 0 && c.Expiry == ExpiryNats {
			continue // a TTL of 0 is none
		}
		block := c.AppendPublishHeaders(nil, section, true)
		back, skipped := c.AppendProperties(nil, block, p.ResponseTopic)
		got, want := describe(t, back, c.StrictUTF8), describe(t, section, c.StrictUTF8)
		if got != want || skipped != 0 || !PublishRetain(block) {
			t.Fatalf("%d: section %q\ncomes back as %q, skipped %d, in %q", c.Expiry, want, got, skipped, block)
		}
	}
}

func TestPropertiesLawOnPairs(t *testing.T) {
	for _, key := range valueSeeds {
		for _, value := range valueSeeds {
			section := mqtt.AppendUserProperty(nil, key, value)
			section = mqtt.AppendUserProperty(section, value, key)
			section = mqtt.AppendStringProperty(section, mqtt.PropContentType, value)
			section = mqtt.AppendBinaryProperty(section, mqtt.PropCorrelationData, value)
			checkPropertiesLaw(t, section)
		}
	}
}

// FuzzPropertiesLaw takes any section the codec accepts.
func FuzzPropertiesLaw(f *testing.F) {
	for _, s := range valueSeeds {
		section := mqtt.AppendUserProperty(nil, s, s)
		section = mqtt.AppendBinaryProperty(section, mqtt.PropCorrelationData, s)
		section = mqtt.AppendUint32Property(section, mqtt.PropMessageExpiry, uint32(len(s)))
		f.Add(mqtt.AppendStringProperty(section, mqtt.PropContentType, s))
	}
	f.Fuzz(func(t *testing.T, section []byte) { checkPropertiesLaw(t, section) })
}

// FuzzPairsLaw spends no time on sections that the codec refuses.
func FuzzPairsLaw(f *testing.F) {
	f.Add("k", "v", "Content-Type", "a\nb", []byte{0, 255})
	f.Add("", "%~%0A", "%~Mqtt-X", " ", []byte("%41"))
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string, correlation []byte) {
		if len(k1)|len(v1)|len(k2)|len(v2)|len(correlation) > mqtt.MaxString {
			return
		}
		section := mqtt.AppendUserProperty(nil, k1, v1)
		section = mqtt.AppendBinaryProperty(section, mqtt.PropCorrelationData, correlation)
		section = mqtt.AppendUserProperty(section, k2, v2)
		checkPropertiesLaw(t, section)
	})
}
