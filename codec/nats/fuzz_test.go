package nats

import (
	"bufio"
	"bytes"
	"net/textproto"
	"slices"
	"strings"
	"testing"
)

// cutBy cuts data into chunks whose sizes are the bytes of sizes, in turn. Empty
// chunks are kept.
func cutBy(data, sizes []byte) [][]byte {
	if len(sizes) == 0 || bytes.Count(sizes, []byte{0}) == len(sizes) {
		sizes = []byte{1}
	}
	var chunks [][]byte
	for i := 0; len(data) > 0; i++ {
		n := min(int(sizes[i%len(sizes)]), len(data))
		chunks = append(chunks, data[:n])
		data = data[n:]
	}
	return chunks
}

// FuzzParserChunks: however a stream is cut, the frames and the final error are
// the same, and the parser holds no more than its limits allow (transcript
// checks that).
func FuzzParserChunks(f *testing.F) {
	f.Add([]byte("PUB a.b r 5\r\nhello\r\nPUB a.b r 5\r\nworld\r\nPING\r\n"), []byte{3, 0, 7}, false)
	f.Add([]byte("CONNECT {}\r\nSUB a\r q 1\nHPUB a 12 13\r\nNATS/1.0\r\n\r\nx\r\nUNSUB 1 2\r\n"), []byte{1}, false)
	f.Add([]byte("MSG a 1 2\r\nhi\r\nHMSG a 1 r 12 13\r\nNATS/1.0\r\n\r\nx\r\n-ERR 'x'\r\n"), []byte{5, 1}, true)
	f.Add([]byte("SUB  "+strings.Repeat("a", 62)+" 1\r\nSUB "+strings.Repeat("a", 63)+" 1\r\n"), []byte{64, 2}, false)
	lim := &Limits{ControlLine: 64, Payload: 2000}
	f.Fuzz(func(t *testing.T, data, sizes []byte, server bool) {
		role := FromClient
		if server {
			role = FromServer
		}
		whole := transcript(t, role, lim, [][]byte{data})
		if cut := transcript(t, role, lim, cutBy(data, sizes)); !slices.Equal(whole, cut) {
			t.Errorf("whole %q\ncut   %q", whole, cut)
		}
		if cut := transcript(t, role, lim, cutBy(data, nil)); !slices.Equal(whole, cut) {
			t.Errorf("whole    %q\nbytewise %q", whole, cut)
		}
	})
}

// FuzzRoundTrip: what the encoders write reads back as what was given to them.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("a.b"), []byte("r"), []byte("1"), []byte("NATS/1.0\r\n\r\n"), []byte("hello"), 5, "name")
	f.Add([]byte("\x00\xff/+"), []byte(""), []byte("abc"), []byte(""), []byte("\r\nPING\r\n"), 0, "<\u2028&>")
	f.Fuzz(func(t *testing.T, subject, reply, sid, headers, payload []byte, limit int, text string) {
		for _, s := range [][]byte{subject, reply, sid} {
			if bytes.ContainsAny(s, " \t\r\n") || len(s) > 1000 {
				t.Skip()
			}
		}
		if len(subject) == 0 || len(sid) == 0 || len(headers)+len(payload) > 1<<16 {
			t.Skip()
		}
		limit = max(0, min(limit, 999999999))
		check := func(role Role, in []byte, want Frame) {
			t.Helper()
			var p Parser
			var got Frame
			p.Init(role, nil)
			defer p.Release()
			n, err := p.Next(in, &got)
			if n != len(in) || err != nil || describe(&got) != describe(&want) {
				t.Errorf("%q: %d %v\ngot  %s\nwant %s", in, n, err, describe(&got), describe(&want))
			}
			if cut := transcript(t, role, nil, cutBy(in, []byte{1, 7, 50})); len(cut) != 1 || cut[0] != describe(&want) {
				t.Errorf("%q cut: %s", in, cut)
			}
		}
		check(FromClient, AppendPub(nil, subject, reply, payload),
			Frame{Op: OpPub, Subject: subject, Reply: reply, Payload: payload})
		check(FromClient, AppendHPub(nil, subject, reply, headers, payload),
			Frame{Op: OpHPub, Subject: subject, Reply: reply, Headers: headers, Payload: payload})
		check(FromClient, AppendSub(nil, subject, reply, sid), Frame{Op: OpSub, Subject: subject, Queue: reply, SID: sid})
		check(FromClient, AppendUnsub(nil, sid, limit), Frame{Op: OpUnsub, SID: sid, Max: limit})
		check(FromServer, AppendMsg(nil, subject, sid, reply, payload),
			Frame{Op: OpMsg, Subject: subject, SID: sid, Reply: reply, Payload: payload})
		check(FromServer, AppendHMsg(nil, subject, sid, reply, headers, payload),
			Frame{Op: OpHMsg, Subject: subject, SID: sid, Reply: reply, Headers: headers, Payload: payload})
		check(FromServer, AppendNoResponders(nil, subject, sid, sid),
			Frame{Op: OpHMsg, Subject: subject, SID: sid, Headers: []byte("NATS/1.0 503\r\nNats-Subject: " + string(sid) + "\r\n\r\n")})
		if !strings.ContainsAny(text, "\r\n") && len(text) < 1000 {
			check(FromServer, AppendErr(nil, text), Frame{Op: OpErr, Args: []byte(text)})
		}

		text = strings.ToValidUTF8(text, "?")
		want := Connect{Name: text, Pass: text, Protocol: limit, Echo: true}
		got := DefaultConnect()
		args := bytes.TrimPrefix(AppendConnect(nil, &want), []byte("CONNECT "))
		if err := got.Merge(args); err != nil || got != want {
			t.Errorf("%q: %+v %v", args, got, err)
		}
	})
}

// FuzzConnect: no argument of CONNECT panics, and one that is refused leaves no
// trace.
func FuzzConnect(f *testing.F) {
	f.Add([]byte(`{"verbose":false,"name":"n"}`))
	f.Add([]byte(`{"name":"n","protocol":"1"}`))
	f.Fuzz(func(t *testing.T, args []byte) {
		before := Connect{Name: "before", Echo: true}
		after := before
		if err := after.Merge(args); err != nil && after != before {
			t.Errorf("%q: %+v", args, after)
		}
		again := Connect{}
		if err := again.Merge(AppendConnect(nil, &after)[len("CONNECT "):]); err != nil || again != after {
			t.Errorf("%q: %+v became %+v, %v", args, after, again, err)
		}
	})
}

type pair struct{ key, value string }

// readLines reads a block as nats.go does, on net/textproto. ok is false for a
// block that it would refuse.
func readLines(block []byte) (pairs []pair, ok bool) {
	// The buffer holds the block whole: bufio fails on an unfinished line that
	// fills its buffer exactly.
	r := textproto.NewReader(bufio.NewReaderSize(bytes.NewReader(block), len(block)+16))
	first, err := r.ReadLine()
	if err != nil || !strings.HasPrefix(first, "NATS/1.0") {
		return nil, false
	}
	for {
		line, err := r.ReadLine()
		if err != nil || line == "" {
			return pairs, true
		}
		key, value, found := strings.Cut(line, ":")
		if !found {
			return pairs, false
		}
		if key != "" {
			pairs = append(pairs, pair{key, strings.TrimLeft(value, " \t")})
		}
	}
}

// FuzzHeaders: the iterator agrees with the line reader of the standard library,
// and what it reads survives being built again.
func FuzzHeaders(f *testing.F) {
	f.Add([]byte("NATS/1.0 503 No Responders\r\nKey: value\r\n: x\r\nK:\r\n\r\n"))
	f.Add([]byte("NATS/1.0\nno colon\na:1\n"))
	f.Add([]byte("NATS/1.0\r\na: b\rc\r\n\r"))
	read := func(block []byte) (pairs []pair, ok bool) {
		it := IterHeaders(block)
		for {
			key, value, more := it.Next()
			if !more {
				return pairs, !it.Malformed()
			}
			pairs = append(pairs, pair{string(key), string(value)})
		}
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		got, ok := read(block)
		want, wantOK := readLines(block)
		if ok != wantOK || ok && !slices.Equal(got, want) {
			t.Errorf("%q: got %q %v, want %q %v", block, got, ok, want, wantOK)
		}
		if code, text := HeaderStatus(block); code < 0 || code > 999 {
			t.Errorf("%q: status %d %q", block, code, text)
		}

		built := AppendHeaderStart(nil)
		for i, p := range got {
			built = AppendHeaderLine(built, []byte(p.key), []byte(p.value))
			got[i].key = strings.ReplaceAll(p.key, "\r", " ")
			got[i].value = strings.TrimLeft(strings.ReplaceAll(p.value, "\r", " "), " \t")
		}
		built = AppendHeaderEnd(built)
		if again, ok := read(built); !ok || !slices.Equal(again, got) {
			t.Errorf("%q: got %q, want %q", built, again, got)
		}
	})
}
