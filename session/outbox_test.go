package session_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/isthmus-mq/isthmus/session"
)

// notes is a Flusher that only counts.
type notes struct{ dirty, full int }

func (n *notes) Dirty() { n.dirty++ }
func (n *notes) Full()  { n.full++ }

func newOutbox(pool *session.Buffers) (*session.Outbox, *notes) {
	n := new(notes)
	o := new(session.Outbox)
	o.Init(n, pool)
	return o, n
}

// waiting is what the outbox would send.
func waiting(o *session.Outbox) []byte {
	return bytes.Join(o.Segments(nil, 1<<20), nil)
}

// mixture fills an outbox with own and shared bytes in turn, and returns them.
func mixture(o *session.Outbox, pool *session.Buffers) []byte {
	r := pool.NewRun(100)
	at := r.Append([]byte("shared run of bytes"))
	o.WriteString("own ")
	o.Share(r, at, at+6)
	o.Share(r, at+6, at+10)
	o.Write([]byte(" own again "))
	o.WriteString("and again ")
	o.Share(r, at+11, at+19)
	o.Share(r, at, at)
	b := o.Reserve(5)
	o.Commit(append(b, " last"...))
	r.Release()
	return []byte("own shared run own again and again of bytes last")
}

func TestOwnAndSharedBytesKeepTheirOrder(t *testing.T) {
	var pool session.Buffers
	o, n := newOutbox(&pool)
	want := mixture(o, &pool)
	if got := waiting(o); !bytes.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	if o.Len() != len(want) || n.dirty != 1 || n.full != 0 {
		t.Fatalf("Len %d, dirty %d, full %d", o.Len(), n.dirty, n.full)
	}
	o.Sent(o.Len())
	if pool.Lent() != 0 || o.Len() != 0 || len(waiting(o)) != 0 {
		t.Fatalf("after all was sent: %d lent, %d waiting", pool.Lent(), o.Len())
	}
}

func TestSentAtEveryByte(t *testing.T) {
	var pool session.Buffers
	size := len("own shared run own again and again of bytes last")
	for cut := range size + 1 {
		for step := 1; step <= 3; step++ {
			o, _ := newOutbox(&pool)
			want := mixture(o, &pool)
			o.Sent(cut)
			if got := waiting(o); !bytes.Equal(got, want[cut:]) {
				t.Fatalf("after %d bytes %q waits, want %q", cut, got, want[cut:])
			}
			o.WriteString("!")
			want = append(want[cut:], '!')
			for len(want) > 0 {
				k := min(step, len(want))
				o.Sent(k)
				want = want[k:]
				if got := waiting(o); !bytes.Equal(got, want) || o.Len() != len(want) {
					t.Fatalf("cut %d, step %d: %q waits, want %q", cut, step, got, want)
				}
			}
			if pool.Lent() != 0 {
				t.Fatalf("cut %d: %d lent", cut, pool.Lent())
			}
		}
	}
}

func TestSegmentsGivesAtMostSoMany(t *testing.T) {
	var pool session.Buffers
	o, _ := newOutbox(&pool)
	want := mixture(o, &pool)
	all := o.Segments(nil, 100)
	for n := range len(all) + 2 {
		got := o.Segments(nil, n)
		if len(got) != min(n, len(all)) {
			t.Fatalf("%d segments of at most %d", len(got), n)
		}
		if !bytes.HasPrefix(want, bytes.Join(got, nil)) {
			t.Fatalf("%d segments are no beginning", n)
		}
	}
	o.Discard()
	if pool.Lent() != 0 || o.Len() != 0 {
		t.Fatalf("after Discard %d lent, %d waiting", pool.Lent(), o.Len())
	}
}

// The owner hears once of output, and again after the outbox was empty.
func TestDirtyComesWithTheFirstByte(t *testing.T) {
	var pool session.Buffers
	o, n := newOutbox(&pool)
	r := pool.NewRun(10)
	r.Append([]byte("0123456789"))
	for round := 1; round <= 4; round++ {
		if round%2 == 0 {
			o.Share(r, 0, 10)
			o.WriteString("x")
		} else {
			o.WriteString("x")
			o.Share(r, 0, 10)
		}
		o.Sent(3)
		o.WriteString("y")
		if n.dirty != round {
			t.Fatalf("round %d: dirty %d times", round, n.dirty)
		}
		o.Sent(o.Len())
	}
	r.Release()
	if pool.Lent() != 0 {
		t.Fatalf("%d lent", pool.Lent())
	}
}

// A caller that reserves and commits nothing must not cost the next one its
// flush, nor hold memory: nothing waits.
func TestNothingCommittedIsNothing(t *testing.T) {
	var pool session.Buffers
	o, n := newOutbox(&pool)
	o.Commit(o.Reserve(8))
	if o.Len() > 0 { // what a flush does
		o.Sent(o.Len())
	}
	if pool.Lent() != 0 {
		t.Errorf("nothing waits, %d lent", pool.Lent())
	}
	before := n.dirty
	o.WriteString("x")
	if n.dirty == before {
		t.Error("output waits and the owner has not heard of it")
	}
	o.Discard()
}

func TestFullComesAtFlushAt(t *testing.T) {
	var pool session.Buffers
	o, n := newOutbox(&pool)
	o.Write(make([]byte, session.FlushAt-1))
	if n.full != 0 {
		t.Fatal("full too early")
	}
	o.WriteString("x")
	if n.full != 1 {
		t.Fatal("not full at FlushAt")
	}
	r := pool.NewRun(1)
	r.Append([]byte("y"))
	o.Share(r, 0, 1)
	r.Release()
	if n.full != 2 {
		t.Fatal("not full with shared bytes")
	}
	o.Discard()
	if pool.Lent() != 0 {
		t.Fatalf("%d lent", pool.Lent())
	}
}

// With output for very many, less is gathered for each; when they have sent it,
// as much as before.
func TestFullComesEarlierInACrowd(t *testing.T) {
	var pool session.Buffers
	var crowd []*session.Outbox
	fill := func() (size int) {
		o, n := newOutbox(&pool)
		for n.full == 0 {
			o.Write(make([]byte, 1<<10))
		}
		size = o.Len()
		o.Discard()
		return size
	}
	last := fill()
	for range 1000 {
		o, _ := newOutbox(&pool)
		o.Write([]byte("x"))
		crowd = append(crowd, o)
		size := fill()
		if size > last || size < 7<<10 {
			t.Fatalf("with %d others: full at %d, before at %d", len(crowd), size, last)
		}
		last = size
	}
	if last != 7<<10 {
		t.Errorf("with %d others: full at %d", len(crowd), last)
	}
	for _, o := range crowd {
		o.Discard()
	}
	if size := fill(); size != session.FlushAt {
		t.Errorf("alone again: full at %d", size)
	}
}

// flushingOwner flushes in the call, as the engine does.
type flushingOwner struct {
	o    *session.Outbox
	sent []byte
}

func (f *flushingOwner) Dirty() {}
func (f *flushingOwner) Full() {
	f.sent = append(f.sent, waiting(f.o)...)
	f.o.Sent(f.o.Len())
}

func TestFlushInsideOfFull(t *testing.T) {
	var pool session.Buffers
	o := new(session.Outbox)
	f := &flushingOwner{o: o}
	o.Init(f, &pool)
	r := pool.NewRun(1 << 17)
	r.Append(bytes.Repeat([]byte("r"), 1<<17))
	var want []byte
	for i := range 100 {
		line := fmt.Appendf(nil, "%d:", i)
		o.Write(line)
		o.Share(r, 0, i*1000)
		o.WriteString("\r\n")
		want = append(append(append(want, line...), r.Bytes(0, i*1000)...), "\r\n"...)
	}
	f.Full()
	r.Release()
	if !bytes.Equal(f.sent, want) {
		t.Fatal("other bytes came out")
	}
	if pool.Lent() != 0 {
		t.Fatalf("%d lent", pool.Lent())
	}
}

// Outboxes behave like byte slices, whatever is done to them, and give all
// memory back.
func TestOutboxIsAByteSlice(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			var pool session.Buffers
			boxes := make([]*session.Outbox, 3)
			owners := make([]*notes, 3)
			want := make([][]byte, 3)
			for i := range boxes {
				boxes[i], owners[i] = newOutbox(&pool)
			}
			var payloads session.Payloads
			var run *session.Run
			for step := range 400 {
				i := r.IntN(len(boxes))
				o := boxes[i]
				empty, dirty := len(want[i]) == 0, owners[i].dirty
				b := bytes.Repeat([]byte{byte(step)}, 1+r.IntN(1<<r.IntN(18)))
				switch r.IntN(8) {
				case 0, 1:
					o.Write(b)
					want[i] = append(want[i], b...)
				case 2:
					o.Commit(append(append(o.Reserve(len(b)+10), b...), "tail"...))
					want[i] = append(append(want[i], b...), "tail"...)
				case 3:
					if run != nil {
						run.Release()
					}
					run = pool.NewRun(len(b))
					run.Append(b)
					fallthrough
				case 4:
					if run == nil {
						continue
					}
					size := len(run.Bytes(0, 1))
					o.Share(run, 0, size)
					want[i] = append(want[i], run.Bytes(0, size)...)
				case 5: // one message for several receivers, some of which flush
					serial := uint64(step)
					for k, other := range boxes {
						payloads.Share(other, serial, b)
						want[k] = append(want[k], b...)
						if r.IntN(3) == 0 {
							other.Sent(other.Len())
							want[k] = nil
						}
					}
					continue
				case 6:
					n := r.IntN(len(want[i]) + 1)
					o.Sent(n)
					want[i] = want[i][n:]
				case 7:
					if r.IntN(10) == 0 {
						o.Discard()
						want[i] = nil
					}
				}
				if empty && len(want[i]) > 0 && owners[i].dirty != dirty+1 {
					t.Fatalf("step %d: output began and the owner heard %d times", step, owners[i].dirty-dirty)
				}
				if o.Len() != len(want[i]) || step%10 == 0 && !bytes.Equal(waiting(o), want[i]) {
					t.Fatalf("step %d: %d bytes wait, want %d", step, o.Len(), len(want[i]))
				}
			}
			if run != nil {
				run.Release()
			}
			for i, o := range boxes {
				if !bytes.Equal(waiting(o), want[i]) {
					t.Fatal("other bytes wait")
				}
				o.Sent(o.Len())
			}
			if pool.Lent() != 0 {
				t.Fatalf("%d lent", pool.Lent())
			}
		})
	}
}

// Receivers of one message share one copy; a later message never gets the
// bytes of an earlier one, also when the memory was used again.
func TestPayloadsAreSharedPerMessage(t *testing.T) {
	var pool session.Buffers
	var payloads session.Payloads
	a, _ := newOutbox(&pool)
	b, _ := newOutbox(&pool)
	one, two := bytes.Repeat([]byte("1"), 5000), bytes.Repeat([]byte("2"), 5000)
	payloads.Share(a, 1, one)
	payloads.Share(b, 1, one)
	if &a.Segments(nil, 1)[0][0] != &b.Segments(nil, 1)[0][0] {
		t.Fatal("two copies of one message")
	}
	if pool.Lent() != 1 {
		t.Fatalf("%d lent", pool.Lent())
	}
	a.Sent(a.Len())
	b.Sent(b.Len())
	payloads.Share(a, 1, one) // a receiver after all others have sent
	payloads.Share(b, 2, two)
	payloads.Share(a, 2, two)
	if got := waiting(a); !bytes.Equal(got, slices.Concat(one, two)) {
		t.Fatal("other bytes")
	}
	if got := waiting(b); !bytes.Equal(got, two) {
		t.Fatal("other bytes")
	}
	a.Discard()
	b.Discard()
	if pool.Lent() != 0 {
		t.Fatalf("%d lent", pool.Lent())
	}
}
