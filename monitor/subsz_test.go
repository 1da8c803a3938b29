package monitor

import (
	"context"
	"runtime"
	"strconv"
	"testing"
)

// crowd is a Source of very many connections with a subscription each.
type crowd struct {
	fake
	n    int
	heap uint64 // in use at the end
}

func (c *crowd) Connections(_ context.Context, _ func(uint64) bool, piece func([]Connection)) error {
	list := make([]Connection, 1)
	for i := range c.n {
		list[0] = Connection{CID: uint64(i * 7919 % c.n), List: []Subscription{{Filter: subject("a"), SID: strconv.Itoa(i)}}}
		piece(list)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	c.heap = m.HeapAlloc
	return nil
}

// A page of very many subscriptions is chosen in the memory of a few.
func TestAPageOfVeryManySubscriptions(t *testing.T) {
	const n, most = 200_000, 4 << 20
	c := &crowd{n: n}
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m := New(Options{}, NewClosed(0), c)
	z, err := m.subsz(context.Background(), SubszOptions{Subscriptions: true, Offset: 10, Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	if c.heap > before.HeapAlloc+most {
		t.Errorf("%d bytes are held", c.heap-before.HeapAlloc)
	}
	if z.Total != n || len(z.Subs) != 5 {
		t.Fatalf("%d of %d", len(z.Subs), z.Total)
	}
	for i, s := range z.Subs {
		if s.CID != uint64(10+i) {
			t.Errorf("place %d is %d", 10+i, s.CID)
		}
	}
}
