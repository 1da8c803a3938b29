//go:build !race

package translate

import (
	"testing"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

func TestNoAllocations(t *testing.T) {
	dst := make([]byte, 0, 4096)
	f := func(name string, run func()) {
		t.Helper()
		if n := testing.AllocsPerRun(200, run); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	mount, _ := ParseMountpoint(Names{}, "dev/eu/")
	for _, n := range bothModes {
		for _, topic := range [][]byte{[]byte("sensors/eu/42/temp"), []byte("a.b//c d/*/é")} {
			f("AppendSubject", func() { n.AppendSubject(dst, topic) })
			f("AppendFilter", func() { n.AppendFilter(dst, topic) })
		}
		for _, subject := range [][]byte{[]byte("sensors.eu.42.temp"), []byte("a//b./.c/_d./*.é"), []byte("a/b")} {
			f("AppendTopic", func() { n.AppendTopic(dst, subject) })
			f("AppendTopicFilter", func() { n.AppendTopicFilter(dst, subject, TailOneOrMore) })
			f("GuardedLevels", func() { GuardedLevels(subject, mount) })
			f("Add, Strip", func() { mount.Strip(mount.Add(dst, subject)) })
		}
	}

	block := []byte("NATS/1.0 503 None\r\nA: 1\r\n%~b%20: %~c%0A\r\nContent-Type: d\r\nMqtt-Expiry: 7\r\nMqtt-Correlation-Data: %00\r\nE: \xff\r\n\r\n")
	section := mqtt.AppendUserProperty(nil, "Content-Type", "a\nb")
	section = mqtt.AppendUserProperty(section, "k", "%~a%0Ab")
	section = mqtt.AppendBinaryProperty(section, mqtt.PropCorrelationData, "\x00")
	section = mqtt.AppendUint32Property(section, mqtt.PropMessageExpiry, 7)
	for _, c := range []Crossing{{}, {StrictUTF8: true}} {
		f("AppendProperties", func() { c.AppendProperties(dst, block, []byte("a/b")) })
		f("AppendHeaders", func() { c.AppendHeaders(dst, section) })
	}
}
