package nats

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Large payloads are cut at a few places only; everyCut does the small ones.
func TestSplitLargePayload(t *testing.T) {
	lim := &Limits{ControlLine: 4096, Payload: 8 << 20}
	for _, size := range []int{1000, 64 << 10, 1 << 20, 3 << 20} {
		payload := bytes.Repeat([]byte("0123456789"), size/10)
		in := AppendPub(nil, []byte("a.b"), []byte("r"), payload)
		in = append(in, Ping...)
		want := transcript(t, FromClient, lim, [][]byte{in})
		for _, chunk := range []int{999, 4096, 65536} {
			got := transcript(t, FromClient, lim, slices.Collect(slices.Chunk(in, chunk)))
			if !slices.Equal(got, want) {
				t.Errorf("%d bytes in chunks of %d differ", size, chunk)
			}
		}
	}
}

// A payload that is wholly in the input is not copied, even behind a control
// line that was split.
func TestWholePayloadIsNotCopied(t *testing.T) {
	for _, line := range [][2]string{
		{"", "PUB a 5000\r\n"}, {"P", "UB a 5000\r\n"}, {"PUB", " a 5000\r\n"}, {"PUB a 50", "00\r\n"}, {"PUB a 5000\r", "\n"},
	} {
		var p Parser
		p.Init(FromClient, nil)
		var f Frame
		in := []byte(line[1] + strings.Repeat("x", 5000) + "\r\n")
		if _, err := p.Next([]byte(line[0]), &f); err != nil {
			t.Fatal(err)
		}
		n, err := p.Next(in, &f)
		if err != nil || n != len(in) || f.Op != OpPub || len(f.Payload) != 5000 || string(f.Subject) != "a" {
			t.Fatal(line, n, err, f.Op)
		}
		if &f.Payload[0] != &in[len(line[1])] {
			t.Errorf("%q: payload was copied", line)
		}
		if p.scratch != nil && cap(p.scratch.buf) > classSize(0) {
			t.Errorf("%q: %d bytes of scratch", line, cap(p.scratch.buf))
		}
		p.Release()
	}
}

// A declared size is not believed: the scratch of a large payload follows what
// has come in, and a small one is large enough from the start.
func TestScratchFollowsWhatComes(t *testing.T) {
	var p Parser
	p.Init(FromClient, nil)
	defer p.Release()
	var f Frame
	in := AppendPub(nil, []byte("a"), nil, make([]byte, 1<<20))
	if _, err := p.Next(in[:20], &f); err != nil {
		t.Fatal(err)
	}
	changes, last := 0, p.scratch
	for at := 20; at < len(in); {
		n := min(len(in)-at, 1000)
		if _, err := p.Next(in[at:at+n], &f); err != nil {
			t.Fatal(err)
		}
		at += n
		if p.scratch != last {
			changes, last = changes+1, p.scratch
		}
		if have := cap(p.scratch.buf); have > max(2*trusted, 4*at) {
			t.Fatalf("%d bytes of scratch for %d that have come", have, at)
		}
	}
	if changes > 5 {
		t.Errorf("the scratch was replaced %d times", changes)
	}
	if f.Op != OpPub || len(f.Payload) != 1<<20 {
		t.Error(f.Op, len(f.Payload))
	}
}

func TestScratchClasses(t *testing.T) {
	for _, need := range []int{0, 1, 1024, 1025, 4098, 1<<20 + 512, 1<<20 + 513, 5 << 20} {
		s := getScratch(need)
		if len(s.buf) != 0 || cap(s.buf) < need || cap(s.buf) > 2*need+classSize(0) {
			t.Errorf("need %d: len %d cap %d", need, len(s.buf), cap(s.buf))
		}
		s.buf = append(s.buf, "rest of another frame"...)
		putScratch(s)
	}
	if s := getScratch(1); len(s.buf) != 0 {
		t.Error("not empty")
	}
}

// An unfinished line is read once however many pieces it comes in: the blanks
// and ignored bytes that have no limit take no memory.
func TestUnlimitedBytesAreNotStored(t *testing.T) {
	for _, verb := range []string{"PING", "SUB ", "CONNECT", "PUB \t"} {
		var p Parser
		p.Init(FromClient, nil)
		var f Frame
		for i := range 1000 {
			part := bytes.Repeat([]byte(" "), 1000)
			if i == 0 {
				part = []byte(verb)
			}
			if n, err := p.Next(part, &f); n != len(part) || err != nil || f.Op != OpNone {
				t.Fatal(verb, i, n, err, f.Op)
			}
		}
		if p.scratch != nil {
			t.Errorf("%s: %d bytes of scratch", verb, len(p.scratch.buf))
		}
		p.Release()
	}
}

func TestCorpusAtEveryCut(t *testing.T) {
	var client, server []byte
	for i := range 3 {
		subject, sid := fmt.Appendf(nil, "a.%d", i), fmt.Append(nil, i)
		headers := AppendHeaderEnd(AppendHeaderLine(AppendHeaderStart(nil), []byte("K"), sid))
		client = AppendConnect(client, &Connect{Name: "n"})
		client = AppendSub(client, subject, nil, sid)
		client = AppendSub(client, subject, []byte("q"), sid)
		client = AppendPub(client, subject, nil, []byte("hello"))
		client = AppendPub(client, subject, nil, []byte("world"))
		client = AppendPub(client, subject, []byte("r"), nil)
		client = AppendHPub(client, subject, []byte("r"), headers, []byte("x"))
		client = append(client, "Ping xx\npub \t z\t2 \nab\r\n"...)
		client = AppendUnsub(client, sid, i)
		client = append(client, Pong+OK...)

		server = AppendInfo(server, &Info{ServerID: "N"})
		server = append(server, Ping+Pong+OK...)
		server = AppendMsg(server, subject, sid, nil, []byte("hello"))
		server = AppendMsg(server, subject, sid, []byte("r"), []byte("a\r\nb"))
		server = AppendHMsg(server, subject, sid, nil, headers, []byte("x"))
		server = AppendNoResponders(server, []byte("r"), sid, subject)
		server = AppendErr(server, "Invalid Subject")
	}
	if got := everyCut(t, FromClient, nil, client); len(got) != 3*12 {
		t.Errorf("%d frames: %q", len(got), got)
	}
	if got := everyCut(t, FromServer, nil, server); len(got) != 3*9 {
		t.Errorf("%d frames: %q", len(got), got)
	}
}
