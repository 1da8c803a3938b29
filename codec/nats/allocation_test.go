//go:build !race

package nats

import (
	"strings"
	"testing"
)

func TestParseAllocatesNothing(t *testing.T) {
	var p Parser
	p.Init(FromClient, nil)
	defer p.Release()
	var f Frame
	check := func(name string, parts ...string) {
		t.Helper()
		chunks := make([][]byte, len(parts))
		for i, part := range parts {
			chunks[i] = []byte(part)
		}
		read := func() {
			for _, in := range chunks {
				for {
					n, err := p.Next(in, &f)
					if err != nil {
						t.Fatal(name, err)
					}
					if f.Op == OpNone {
						break
					}
					in = in[n:]
				}
			}
		}
		if n := testing.AllocsPerRun(100, read); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	check("same", "PUB a 2\r\nhi\r\n")
	check("two lines", "PUB a 2\r\nhi\r\nPUB b r 2\r\nhi\r\n")
	check("general", "pub a 2\nhi\r\nHPUB a r 0 2\r\nhi\r\nSUB a q 1\r\nUNSUB 1 2\r\nPING\r\nCONNECT {}\r\n")
	check("split line", "PUB a", ".b 2\r\nhi\r\nSUB a", " 1\r\n")
	check("split payload", "PUB a 2\r\nh", "i\r\n")
	check("split large payload", "PUB a 100000\r\n"+strings.Repeat("x", 50000), strings.Repeat("x", 50000)+"\r\n")
	check("idle between", "PUB a 2\r\nhi\r\n")

	frame := []byte("PUB a 2\r\nhi\r\n")
	again := func() {
		p.Release()
		p.Init(FromClient, nil)
		if _, err := p.Next(frame, &f); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(100, again); n != 0 {
		t.Errorf("another connection: %v allocations", n)
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	subject, sid, reply, payload := []byte("a.b"), []byte("12345"), []byte("r"), make([]byte, 1234)
	block := []byte("NATS/1.0 503 text\r\nA: 1\r\nB: 2\r\n\r\n")
	dst := make([]byte, 0, 64<<10)
	pairs := 0
	if n := testing.AllocsPerRun(100, func() {
		out := AppendMsg(dst, subject, sid, reply, payload)
		out = AppendHMsg(out, subject, sid, nil, block, payload)
		out = AppendPub(out, subject, reply, payload)
		out = AppendHPub(out, subject, reply, block, payload)
		out = AppendSub(out, subject, nil, sid)
		out = AppendUnsub(out, sid, 12345)
		out = AppendErr(out, "Invalid Subject")
		out = AppendNoResponders(out, reply, sid, subject)
		out = AppendHeaderStart(out)
		out = AppendHeaderLine(out, subject, reply)
		_ = AppendHeaderEnd(out)
		it := IterHeaders(block)
		for _, _, ok := it.Next(); ok; _, _, ok = it.Next() {
			pairs++
		}
		if code, _ := HeaderStatus(block); code != 503 || !ValidSubject(subject) || ReservedPublish(subject) {
			pairs = 0
		}
	}); n != 0 || pairs == 0 {
		t.Errorf("%v allocations, %d pairs", n, pairs)
	}
}
