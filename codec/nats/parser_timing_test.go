package nats

import (
	"fmt"
	"strings"
	"testing"
)

// benchmarkParse reads stream, made of count frames, again and again.
func benchmarkParse(b *testing.B, role Role, stream []byte, count int) {
	b.Helper()
	var p Parser
	p.Init(role, nil)
	defer p.Release()
	var f Frame
	b.SetBytes(int64(len(stream) / count))
	b.ReportAllocs()
	b.ResetTimer()
	in := stream
	for b.Loop() {
		n, err := p.Next(in, &f)
		if err != nil || f.Op == OpNone {
			b.Fatal(f.Op, err)
		}
		if in = in[n:]; len(in) == 0 {
			in = stream
		}
	}
}

func repeat(count int, frame func(i int) string) []byte {
	var s strings.Builder
	for i := range count {
		s.WriteString(frame(i))
	}
	return []byte(s.String())
}

const payload16 = "0123456789abcdef"

func BenchmarkParsePubSame(b *testing.B) {
	benchmarkParse(b, FromClient, repeat(1000, func(int) string {
		return "PUB bench.subject.one 16\r\n" + payload16 + "\r\n"
	}), 1000)
}

func BenchmarkParsePubThousandSubjects(b *testing.B) {
	benchmarkParse(b, FromClient, repeat(1000, func(i int) string {
		return fmt.Sprintf("PUB bench.subject.%d 16\r\n%s\r\n", i, payload16)
	}), 1000)
}

func BenchmarkParsePubReply(b *testing.B) {
	benchmarkParse(b, FromClient, repeat(1000, func(i int) string {
		return fmt.Sprintf("PUB bench.service _INBOX.abcdefghijklmnopqrstuv.%d 16\r\n%s\r\n", i, payload16)
	}), 1000)
}

func BenchmarkParseHPub(b *testing.B) {
	benchmarkParse(b, FromClient, repeat(1000, func(i int) string {
		return fmt.Sprintf("HPUB bench.subject.%d 22 38\r\nNATS/1.0\r\nKey: val\r\n\r\n%s\r\n", i, payload16)
	}), 1000)
}

func BenchmarkParseSub(b *testing.B) {
	benchmarkParse(b, FromClient, repeat(1000, func(i int) string {
		return fmt.Sprintf("SUB bench.subject.%d workers %d\r\n", i, i)
	}), 1000)
}

func BenchmarkParsePing(b *testing.B) {
	benchmarkParse(b, FromClient, repeat(1000, func(int) string { return Ping }), 1000)
}

func BenchmarkParseMsgSame(b *testing.B) {
	benchmarkParse(b, FromServer, repeat(1000, func(int) string {
		return "MSG bench.subject.one 1 16\r\n" + payload16 + "\r\n"
	}), 1000)
}

// BenchmarkParseSplit cuts every frame once, in its payload.
func BenchmarkParseSplit(b *testing.B) {
	frame := []byte("PUB bench.subject.one 4096\r\n" + strings.Repeat("x", 4096) + "\r\n")
	var p Parser
	p.Init(FromClient, nil)
	defer p.Release()
	var f Frame
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		p.Next(frame[:1000], &f)
		p.Next(frame[1000:], &f)
		if f.Op != OpPub {
			b.Fatal(f.Op)
		}
	}
}
