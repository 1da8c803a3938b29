package translate

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/codec/nats"
)

// describe renders a section, or fails when the codec refuses it.
func describe(t *testing.T, section []byte, strict bool) string {
	t.Helper()
	var p mqtt.Properties
	if err := mqtt.DecodeProperties(section, mqtt.TypePublish, &p); err != nil {
		t.Fatalf("section %q: %v", section, err)
	}
	text := mqttText(strict)
	var out []string
	say := func(id mqtt.PropertyID, name string, value any) {
		if p.Has(id) {
			out = append(out, fmt.Sprintf("%s=%v", name, value))
		}
	}
	say(mqtt.PropResponseTopic, "response", string(p.ResponseTopic))
	say(mqtt.PropContentType, "type", fmt.Sprintf("%q", p.ContentType))
	say(mqtt.PropPayloadFormat, "format", p.PayloadFormat)
	say(mqtt.PropMessageExpiry, "expiry", p.MessageExpiry)
	say(mqtt.PropCorrelationData, "correlation", fmt.Sprintf("%q", p.CorrelationData))
	held := text.holds(p.ContentType)
	users := p.UserProperties()
	for key, value, ok := users.Next(); ok; key, value, ok = users.Next() {
		held = held && text.holds(key) && text.holds(value)
		out = append(out, fmt.Sprintf("%q:%q", key, value))
	}
	if !held {
		t.Fatalf("strict=%v: a string of %q is not legal", strict, section)
	}
	return strings.Join(out, " ")
}

func TestAppendProperties(t *testing.T) {
	f := func(block, response, want string, wantSkipped int) {
		t.Helper()
		got, skipped := Crossing{StrictUTF8: true}.AppendProperties(nil, []byte(block), []byte(response))
		if text := describe(t, got, true); text != want || skipped != wantSkipped {
			t.Errorf("%q\n got %s, skipped %d\nwant %s, skipped %d", block, text, skipped, want, wantSkipped)
		}
	}
	f("", "", "", 0)
	f("", "a/b", "response=a/b", 0)
	f("NATS/1.0\r\n\r\n", "", "", 0)
	f("NATS/1.0\r\nA: 1\r\nb: 2\r\nA: 3\r\n\r\n", "r", `response=r "A":"1" "b":"2" "A":"3"`, 0)
	f("NATS/1.0\r\nURL: http://x/a%20b?c=%0A\r\nRate: 100%\r\n\r\n", "", `"URL":"http://x/a%20b?c=%0A" "Rate":"100%"`, 0)
	f("NATS/1.0 503\r\n\r\n", "", `"Status":"503"`, 0)
	f("NATS/1.0 503 No Responders\r\nA: 1\r\n\r\n", "", `"Status":"503" "Description":"No Responders" "A":"1"`, 0)
	f("NATS/1.0 99\r\n\r\n", "", "", 0)
	f("NATS/1.0\r\nContent-Type: text/plain\r\nMqtt-Payload-Format: 1\r\nMqtt-Expiry: 60\r\nMqtt-Correlation-Data: %00a%FF\r\n\r\n",
		"", `type="text/plain" format=1 expiry=60 correlation="\x00a\xff"`, 0)
	f("NATS/1.0\r\ncontent-type: a\r\nMQTT-EXPIRY: 0\r\n\r\n", "", `type="a" expiry=0`, 0)
	f("NATS/1.0\r\nContent-Type: a\r\nContent-Type: b\r\n\r\n", "", `type="a" "Content-Type":"b"`, 0)
	f("NATS/1.0\r\nMqtt-Expiry: soon\r\nMqtt-Expiry: 4294967296\r\nMqtt-Expiry: 4294967295\r\nMqtt-Payload-Format: 2\r\n\r\n",
		"", `expiry=4294967295 "Mqtt-Expiry":"soon" "Mqtt-Expiry":"4294967296" "Mqtt-Payload-Format":"2"`, 0)
	f("NATS/1.0\r\nMqtt-Other: 1\r\n\r\n", "", `"Mqtt-Other":"1"`, 0)
	f("NATS/1.0\r\nMqtt-Correlation-Data:\r\n\r\n", "", `correlation=""`, 0)
	f("NATS/1.0\r\n%~a%20b: %~x%0Ay\r\n\r\n", "", `"a b":"%~x%0Ay"`, 0)
	f("NATS/1.0\r\nK: a\x01\xff\r\n\r\n", "", `"K":"%~a%01%FF"`, 0)
	f("NATS/1.0\r\nno colon\r\n: no key\r\nA: 1\r\n\r\n", "", `"A":"1"`, 1)
	f("garbage", "", "", 1)
	f("\r\n\r\n", "a", "response=a", 1)
	f("NATS/1.0\r\nA: 1", "", `"A":"1"`, 0)
	long := strings.Repeat("x", mqtt.MaxString)
	f("NATS/1.0\r\nA: "+long+"y\r\n"+long+"y: 1\r\nContent-Type: "+long+"y\r\nMqtt-Correlation-Data: "+long+"y\r\nB: 2\r\n\r\n",
		"", `"B":"2"`, 4)
	f("NATS/1.0\r\nA: "+long[1:]+"\x01\r\n"+"B: 2\r\n\r\n", "", `"B":"2"`, 1)
	f("NATS/1.0\r\nA: "+long+"\r\n\r\n", "", `"A":"`+long+`"`, 0)
}

func TestLenientKeepsControlBytes(t *testing.T) {
	got, _ := Crossing{}.AppendProperties(nil, []byte("NATS/1.0\r\nA: b\tc\r\nB: %~x%0Ay\r\nC: \x00\r\n\r\n"), nil)
	if text, want := describe(t, got, false), `"A":"b\tc" "B":"x\ny" "C":"%~%00"`; text != want {
		t.Errorf("got %s, want %s", text, want)
	}
}

var blockSeeds = []string{
	"", "NATS/1.0\r\n\r\n", "NATS/1.0 503 No Responders\r\n\r\n", "NATS/1.0\r\nA: 1\r\nB:2\r\nA: \r\n\r\n", "garbage\r\n\r\n",
	"NATS/1.0\nContent-Type: a/b\nMqtt-Expiry: 7\nMqtt-Correlation-Data: %FF\nMqtt-Payload-Format: 1\n\n",
	"NATS/1.0\r\n%~a%20b: %~x%0Ay\r\n%%~: %%~%FF\r\n\r\n", "NATS/1.0\r\nA: \xff\x00\x01 \r\nno colon\r\n: x\r\n",
}

// Whatever a publisher sends, an MQTT client gets a section that it must
// accept, and what it says in ordinary words comes back unchanged.
func FuzzPropertiesOfAnyBlock(f *testing.F) {
	for _, s := range blockSeeds {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, block []byte, strict bool) {
		c := Crossing{StrictUTF8: strict}
		section, _ := c.AppendProperties([]byte("kept"), block, []byte("r"))
		if !bytes.HasPrefix(section, []byte("kept")) {
			t.Fatalf("dst damaged: %q", section)
		}
		section = section[len("kept"):]
		want := describe(t, section, strict)
		again, skipped := c.AppendProperties(nil, c.AppendHeaders(nil, section), []byte("r"))
		if got := describe(t, again, strict); got != want || skipped != 0 {
			t.Fatalf("block %q\n gives %s\n  then %s, skipped %d", block, want, got, skipped)
		}
	})
}

// Ordinary headers survive the way to MQTT and back byte for byte.
func FuzzHeadersLaw(f *testing.F) {
	f.Add("Key", "value", "X-Trace", "100%")
	f.Add("a", "", "A", "a\tb")
	f.Add("URL", "https://x/?q=%C3%A9%0A", "%", "%~x")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string) {
		c := Crossing{StrictUTF8: true}
		block := nats.AppendHeaderStart(nil)
		for _, pair := range [][2]string{{k1, v1}, {k2, v2}} {
			key, value := []byte(pair[0]), []byte(pair[1])
			if !headerKey.holds(key) || !headerValue.holds(value) {
				return
			}
			if len(key) > 20000 || len(value) > 20000 {
				return
			}
			block = nats.AppendHeaderLine(block, key, value)
		}
		block = nats.AppendHeaderEnd(block)
		section, skipped := c.AppendProperties(nil, block, nil)
		describe(t, section, true)
		if back := c.AppendHeaders(nil, section); !bytes.Equal(back, block) || skipped != 0 {
			t.Fatalf("%q\ncomes back as\n%q, skipped %d", block, back, skipped)
		}
	})
}
