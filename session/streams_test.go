package session

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/message"
)

// reader is the owner of an outbox that takes what waits when it is full, or later.
type reader struct {
	out  Outbox
	slow bool // does not take anything before the end
	got  []byte
	iov  [64][]byte
}

func (r *reader) Dirty() {}

func (r *reader) Full() {
	if !r.slow {
		r.take()
	}
}

func (r *reader) take() {
	for r.out.Len() > 0 {
		n := 0
		for _, b := range r.out.Segments(r.iov[:0], len(r.iov)) {
			r.got = append(r.got, b...)
			n += len(b)
		}
		r.out.Sent(n)
	}
}

// streamOf makes a message of n payloads of a size.
func streamOf(n, size int, with byte) *message.Message {
	stride := size + 3
	all := make([]byte, n*stride)
	for i := range all {
		all[i] = with + byte(i%50)
	}
	m := &message.Message{Payload: all[:size]}
	m.Repeat(n, stride, all)
	return m
}

// Whoever shares with whom, whenever it reads: each gets the stream under its own
// head, whole, behind what it was sent before. In the end nothing is lent.
func TestEachReceiverGetsItsStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pool Buffers
		var streams Streams
		readers := make([]*reader, rapid.IntRange(1, 8).Draw(t, "readers"))
		want := make([][]byte, len(readers))
		for i := range readers {
			readers[i] = &reader{slow: rapid.Bool().Draw(t, "slow")}
			readers[i].out.Init(readers[i], &pool)
		}
		for serial := range uint64(rapid.IntRange(1, 4).Draw(t, "streams")) {
			n := rapid.SampledFrom([]int{2, 30, 200, 3000}).Draw(t, "messages")
			m := streamOf(n, rapid.SampledFrom([]int{0, 1, 16, 300}).Draw(t, "size"), 'a'+byte(serial))
			for i, r := range readers {
				head := []byte(rapid.SampledFrom([]string{"MSG a 1 ", "MSG a 1 ", "MSG a 22 ", string(bytes.Repeat([]byte("x"), 500))}).Draw(t, "head"))
				first := 0
				if rapid.IntRange(0, 9).Draw(t, "has had the first") == 0 {
					first = 1
				}
				some := n - first
				if rapid.IntRange(0, 9).Draw(t, "has enough soon") == 0 {
					some = 1
				}
				streams.Write(&r.out, serial+1, m, first, some, head, "\r\n")
				for k := first; k < first+some; k++ {
					want[i] = fmt.Appendf(want[i], "%s%s\r\n", head, m.At(k))
				}
				clear(head) // it dies with the call
			}
		}
		for i, r := range readers {
			r.take()
			if !bytes.Equal(r.got, want[i]) {
				t.Fatalf("reader %d got %d bytes, want %d, or others", i, len(r.got), len(want[i]))
			}
		}
		if n := pool.Lent(); n != 0 {
			t.Fatalf("%d buffers are lent to nobody", n)
		}
		streams.Write(&readers[0].out, 0, streamOf(1000, 10, 'a'), 0, 1000, nil, "")
		if n := streams.pool.Lent(); n != 0 {
			t.Fatalf("%d runs are kept of a stream that is over", n)
		}
	})
}

// The second receiver and those behind it are sent the same memory.
func TestReceiversWithOneRenderingShareIt(t *testing.T) {
	var pool Buffers
	var streams Streams
	m := streamOf(100, 100, 'a')
	var first [3]*byte
	for i := range first {
		r := &reader{slow: true}
		r.out.Init(r, &pool)
		streams.Write(&r.out, 1, m, 0, m.Count, []byte("head "), "\r\n")
		first[i] = &r.out.Segments(nil, 1)[0][0]
	}
	if first[0] == first[1] || first[1] != first[2] {
		t.Errorf("the first bytes stand at %p", first)
	}
}

// Nothing is allocated for streams once there are buffers, whoever shares.
func TestStreamAllocations(t *testing.T) {
	var pool Buffers
	var streams Streams
	m := streamOf(1000, 128, 'a')
	readers := make([]*reader, 10)
	for i := range readers {
		readers[i] = &reader{}
		readers[i].out.Init(readers[i], &pool)
	}
	heads := [][]byte{[]byte("MSG subject 1 128\r\n"), []byte("MSG subject 2 128\r\n")}
	serial := uint64(0)
	room := make([]byte, 0, 1<<20)
	allocs := testing.AllocsPerRun(100, func() {
		serial++
		for i, r := range readers {
			r.got = room[:0]
			streams.Write(&r.out, serial, m, 0, m.Count, heads[i/7], "\r\n")
			r.out.Discard()
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
