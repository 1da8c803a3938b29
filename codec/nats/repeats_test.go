package nats

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// Whoever skips what Repeats tells finds the frames that Next would have given.
func TestRepeats(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 9))
		var in []byte
		for range 100 {
			size := r.IntN(3)
			fmt.Fprintf(&appender{&in}, "PUB %s %d\r\n%s\r\n", []string{"a", "b"}[r.IntN(5)/4], size, "xyz"[:size])
		}
		in = append(in, []string{"", "PUB a 1\r\nx", "PUB a 1\r\nxx\r\n", "PUB a", "PING\r\n"}[r.IntN(5)]...)
		cut := r.IntN(len(in)) // a frame that is split is none to repeat
		want, got := collect(in, cut, false), collect(in, cut, true)
		if want != got {
			t.Fatalf("seed %d: %q\nwant %s\n got %s", seed, in, want, got)
		}
	}
}

type appender struct{ b *[]byte }

func (a *appender) Write(p []byte) (int, error) {
	*a.b = append(*a.b, p...)
	return len(p), nil
}

// collect parses two inputs and describes what is in them.
func collect(in []byte, cut int, skip bool) string {
	var p Parser
	p.Init(FromClient, nil)
	defer p.Release()
	var f Frame
	var out bytes.Buffer
	for _, in := range [][]byte{bytes.Clone(in[:cut]), bytes.Clone(in[cut:])} {
		for {
			n, err := p.Next(in, &f)
			if err != nil {
				fmt.Fprint(&out, err)
				return out.String()
			}
			whole := in
			in = in[n:]
			if f.Op == OpNone {
				break
			}
			fmt.Fprintf(&out, "%v %s %s;", f.Op, f.Subject, f.Payload)
			if skip && f.Op == OpPub {
				count, stride := p.Repeats(in)
				for i := range count {
					at := (i+2)*stride - 2 - len(f.Payload)
					fmt.Fprintf(&out, "%v %s %s;", f.Op, f.Subject, whole[at:at+len(f.Payload)])
				}
				in = in[count*stride:]
			}
		}
	}
	return out.String()
}
