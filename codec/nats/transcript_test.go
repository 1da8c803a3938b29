package nats

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// describe writes down all that a frame says, without Same, which depends on
// how the stream was cut.
func describe(f *Frame) string {
	switch f.Op {
	case OpPub, OpHPub:
		return fmt.Sprintf("%s %q reply=%q headers=%q %q", f.Op, f.Subject, f.Reply, f.Headers, f.Payload)
	case OpMsg, OpHMsg:
		return fmt.Sprintf("%s %q sid=%q reply=%q headers=%q %q", f.Op, f.Subject, f.SID, f.Reply, f.Headers, f.Payload)
	case OpSub:
		return fmt.Sprintf("SUB %q queue=%q sid=%q", f.Subject, f.Queue, f.SID)
	case OpUnsub:
		return fmt.Sprintf("UNSUB sid=%q max=%d", f.SID, f.Max)
	case OpConnect, OpInfo, OpErr:
		return fmt.Sprintf("%s %q", f.Op, f.Args)
	default:
		return f.Op.String()
	}
}

// transcript reads a stream that comes in chunks and describes every frame, and
// the error if there is one. Each chunk is overwritten once it has been read, so
// a frame that aliases an older one shows.
func transcript(t testing.TB, role Role, lim *Limits, chunks [][]byte) []string {
	t.Helper()
	var p Parser
	p.Init(role, lim)
	defer p.Release()
	bound := 2*(p.lim.ControlLine+p.lim.Payload+8) + classSize(0)
	var out []string
	var f Frame
	for _, chunk := range chunks {
		buf := bytes.Clone(chunk)
		for in := buf; ; {
			n, err := p.Next(in, &f)
			if err != nil {
				if f.Op != OpNone {
					t.Fatalf("frame %s beside error %v", f.Op, err)
				}
				if _, again := p.Next(in, &f); again != err {
					t.Fatalf("%v became %v", err, again)
				}
				return append(out, err.Error())
			}
			if p.scratch != nil && cap(p.scratch.buf) > bound {
				t.Fatalf("%d bytes of scratch", cap(p.scratch.buf))
			}
			if f.Op == OpNone {
				if n != len(in) {
					t.Fatalf("took %d of %d bytes without a frame", n, len(in))
				}
				break
			}
			out = append(out, describe(&f))
			in = in[n:]
		}
		if p.state == stateStart && p.scratch != nil {
			t.Fatal("scratch held between frames")
		}
		for i := range buf {
			buf[i] = 0xfe
		}
	}
	return out
}

// everyCut reads in as a whole, byte by byte and cut in two at every place,
// checks that all give the same and returns it.
func everyCut(t testing.TB, role Role, lim *Limits, in []byte) []string {
	t.Helper()
	whole := transcript(t, role, lim, [][]byte{in})
	same := func(how string, got []string) {
		t.Helper()
		if !slices.Equal(whole, got) {
			t.Fatalf("%q\nwhole: %q\n%s: %q", in, whole, how, got)
		}
	}
	bytewise := make([][]byte, 0, 2*len(in))
	for i := range in {
		bytewise = append(bytewise, in[i:i+1], nil)
	}
	same("byte by byte", transcript(t, role, lim, bytewise))
	const edge = 100 // in the middle of long inputs every 50th cut must do
	for i := range in {
		if i > edge && i < len(in)-edge && len(in) > 2000 && i%50 != 0 {
			continue
		}
		same(fmt.Sprint("cut at ", i), transcript(t, role, lim, [][]byte{in[:i], in[i:]}))
	}
	return whole
}
