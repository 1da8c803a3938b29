package translate

import (
	"testing"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

func BenchmarkAppendProperties(b *testing.B) {
	block := []byte("NATS/1.0\r\nTrace-Id: 4bf92f3577b34da6a3ce929d0e0e4736\r\nContent-Type: application/json\r\nTenant: acme\r\n\r\n")
	dst := make([]byte, 0, 512)
	b.SetBytes(int64(len(block)))
	b.ReportAllocs()
	for b.Loop() {
		Crossing{StrictUTF8: true}.AppendProperties(dst, block, []byte("_INBOX/abc/1"))
	}
}

func BenchmarkAppendHeaders(b *testing.B) {
	section := mqtt.AppendStringProperty(nil, mqtt.PropContentType, "application/json")
	section = mqtt.AppendUserProperty(section, "Trace-Id", "4bf92f3577b34da6a3ce929d0e0e4736")
	section = mqtt.AppendUserProperty(section, "Tenant", "acme")
	section = mqtt.AppendBinaryProperty(section, mqtt.PropCorrelationData, "\x00\x01\x02\x03")
	dst := make([]byte, 0, 512)
	b.SetBytes(int64(len(section)))
	b.ReportAllocs()
	for b.Loop() {
		Crossing{StrictUTF8: true}.AppendHeaders(dst, section)
	}
}
