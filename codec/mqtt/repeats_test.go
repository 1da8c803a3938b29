package mqtt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// Whoever skips what Repeats tells finds the packets that Next would have given.
func TestRepeats(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 9))
		v := []Version{V311, V5}[r.IntN(2)]
		in := AppendConnect(nil, &Connect{Version: v, CleanStart: true, ClientID: []byte("c")}, nil)
		start := len(in)
		for range 100 {
			topic := []string{"a", "b/c"}[r.IntN(5)/4]
			in = AppendPublish(in, v, 0, []byte(topic), 0, nil, []byte("xyz")[:r.IntN(3)])
		}
		in = append(in, []string{"", "\x30\x05\x00\x01ax", "\x30\x02\x00\x05", "\xC0\x00"}[r.IntN(4)]...)
		cut := start + r.IntN(len(in)-start)
		want, got := collect(in, cut, false), collect(in, cut, true)
		if want != got {
			t.Fatalf("seed %d: %q\nwant %s\n got %s", seed, in, want, got)
		}
	}
}

// collect decodes two inputs and describes what is in them.
func collect(in []byte, cut int, skip bool) string {
	var d Decoder
	d.Init(FromClient, nil)
	defer d.Release()
	var p Packet
	var out bytes.Buffer
	for _, in := range [][]byte{bytes.Clone(in[:cut]), bytes.Clone(in[cut:])} {
		for {
			n, err := d.Next(in, &p)
			if err != nil {
				fmt.Fprint(&out, err)
				return out.String()
			}
			whole := in[:n]
			in = in[n:]
			if p.Type == 0 {
				break
			}
			fmt.Fprintf(&out, "%v %s %s;", p.Type, p.Topic, p.Payload)
			if skip && p.Same {
				count := d.Repeats(whole, &p, in)
				for i := range count {
					payload := in[(i+1)*n-len(p.Payload) : (i+1)*n]
					fmt.Fprintf(&out, "%v %s %s;", p.Type, p.Topic, payload)
				}
				in = in[count*n:]
			}
		}
	}
	return out.String()
}
