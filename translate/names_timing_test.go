package translate

import "testing"

var (
	shortTopic   = []byte("sensors/eu/42/temp")
	longTopic    = []byte("enterprise/site-7/area-12/line-3/cell-44/device-000123/telemetry/temperature/celsius")
	escapedTopic = []byte("zigbee2mqtt/Living Room Lamp/v1.0/state")
)

func benchmarkName(b *testing.B, convert func(dst, name []byte) ([]byte, bool), name []byte) {
	dst := make([]byte, 0, 256)
	b.SetBytes(int64(len(name)))
	b.ReportAllocs()
	for b.Loop() {
		convert(dst, name)
	}
}

func BenchmarkAppendSubject(b *testing.B) {
	n := NewNames(ModeIsthmus)
	b.Run("short", func(b *testing.B) { benchmarkName(b, n.AppendSubject, shortTopic) })
	b.Run("long", func(b *testing.B) { benchmarkName(b, n.AppendSubject, longTopic) })
	b.Run("escaped", func(b *testing.B) { benchmarkName(b, n.AppendSubject, escapedTopic) })
}

func BenchmarkAppendTopic(b *testing.B) {
	n := NewNames(ModeIsthmus)
	for _, bench := range []struct {
		name  string
		topic []byte
	}{{"short", shortTopic}, {"long", longTopic}, {"escaped", escapedTopic}} {
		subject, _ := n.AppendSubject(nil, bench.topic)
		b.Run(bench.name, func(b *testing.B) { benchmarkName(b, n.AppendTopic, subject) })
	}
}

func BenchmarkGuardedLevels(b *testing.B) {
	subject := []byte("dev.eu.42.temp")
	mount, _ := ParseMountpoint(Names{}, "dev/eu/")
	var sink uint32
	b.Run("none", func(b *testing.B) {
		for b.Loop() {
			sink += GuardedLevels(subject, Mountpoint{})
		}
	})
	b.Run("mounted", func(b *testing.B) {
		for b.Loop() {
			sink += GuardedLevels(subject, mount)
		}
	})
	_ = sink
}
