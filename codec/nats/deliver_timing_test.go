package nats

import "testing"

func BenchmarkAppendMsg(b *testing.B) {
	subject, sid, payload := []byte("bench.subject.one"), []byte("12"), []byte(payload16)
	dst := AppendMsg(nil, subject, sid, nil, payload)
	b.SetBytes(int64(len(dst)))
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendMsg(dst[:0], subject, sid, nil, payload)
	}
}

func BenchmarkAppendHMsg(b *testing.B) {
	subject, sid, payload := []byte("bench.subject.one"), []byte("12"), []byte(payload16)
	headers := []byte("NATS/1.0\r\nKey: val\r\n\r\n")
	dst := AppendHMsg(nil, subject, sid, nil, headers, payload)
	b.SetBytes(int64(len(dst)))
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendHMsg(dst[:0], subject, sid, nil, headers, payload)
	}
}
