package trie

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// TestStableSubscriptionsAreAlwaysFound: whoever is subscribed throughout is found
// by every match, and nobody twice, while others come and go around them in the
// same nodes.
func TestStableSubscriptionsAreAlwaysFound(t *testing.T) {
	tr := New(2)
	stable := []Filter{
		{"a.b.c.d", TailNone}, {"a.b.*.d", TailNone}, {"a.b", TailOneOrMore}, {"a.b.c", TailZeroOrMore},
		{"a.*.c.d", TailNone}, {"a", TailOneOrMore}, {"*.b", TailZeroOrMore}, {"", TailOneOrMore},
	}
	for i, f := range stable {
		tr.Add(f, Group{}, ref(i))
		tr.Add(f, Group{GroupQueue, "q"}, ref(i))
	}
	churn := []Filter{
		{"a.b.c.d", TailNone}, {"a.b.*.e", TailNone}, {"a.b.c.*", TailZeroOrMore}, {"a.b.*.*", TailNone},
		{"a.b", TailZeroOrMore}, {"a.*", TailOneOrMore}, {"*.*.c", TailOneOrMore}, {"", TailZeroOrMore},
	}
	for i := range 12 {
		churn = append(churn, Filter{fmt.Sprintf("a.b.x%d.*", i), TailNone})
	}

	var done atomic.Bool
	var writers, readers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(w), 1))
			g := []Group{{}, {GroupQueue, "q"}, {GroupShare, fmt.Sprint(w)}}
			for range 300 {
				f, g := churn[rnd.IntN(len(churn))], g[rnd.IntN(len(g))]
				n := 1 + rnd.IntN(50)
				for i := range n {
					tr.Add(f, g, ref(1000*(w+1)+i))
				}
				tr.Replace(f, g, ref(1000*(w+1)), ref(1000*(w+1)+999))
				tr.Remove(f, g, ref(1000*(w+1)+999))
				for i := 1; i < n; i++ {
					if !tr.Remove(f, g, ref(1000*(w+1)+i)) {
						t.Errorf("writer %d lost %+v %+v %d", w, f, g, i)
						return
					}
				}
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			var m Matches
			subject := []byte("a.b.c.d")
			for !done.Load() {
				tr.Match(subject, 0, &m)
				var plain, grouped []int
				for _, r := range m.Plain {
					if r.Slot < 1000 {
						plain = append(plain, int(r.Slot))
					}
				}
				for _, g := range m.Groups {
					for _, r := range g.Members {
						if r.Slot < 1000 {
							grouped = append(grouped, int(r.Slot))
						}
					}
				}
				slices.Sort(plain)
				slices.Sort(grouped)
				want := []int{0, 1, 2, 3, 4, 5, 6, 7}
				if !slices.Equal(plain, want) || !slices.Equal(grouped, want) {
					t.Errorf("found %v and in groups %v", plain, grouped)
					return
				}
			}
		})
	}
	writers.Wait()
	done.Store(true)
	readers.Wait()
	checkShape(t, tr)
	if tr.Len() != 2*len(stable) {
		t.Fatalf("Len is %d", tr.Len())
	}
}

// TestNoChangeIsMissed: a cached result whose generation is still the present one
// contains every subscription whose Add has returned, and none whose Remove has.
func TestNoChangeIsMissed(t *testing.T) {
	tr := New(2)
	filters := []Filter{{"a.b.c", TailNone}, {"a.b.*", TailNone}, {"a", TailOneOrMore}, {"", TailOneOrMore}}
	subject := []byte("a.b.c")
	var mu sync.RWMutex // held by the writer between changes
	present := map[Ref]bool{}

	var done atomic.Bool
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			var m Matches
			w := tr.Watch(subject)
			for !done.Load() {
				changes := tr.Changes()
				generation := tr.Match(subject, 0, &m)
				mu.RLock()
				fresh, still := w.Generation() == generation, tr.Changes() == changes
				same := len(m.Plain) == len(present)
				for _, r := range m.Plain {
					same = same && present[r]
				}
				mu.RUnlock()
				if (fresh || still) && !same {
					t.Errorf("stale, but generation %v, changes %v", fresh, still)
					return
				}
			}
		})
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		i := rnd.IntN(len(filters))
		r := ref(i)
		mu.Lock()
		if present[r] {
			tr.Remove(filters[i], Group{}, r)
			delete(present, r)
		} else {
			tr.Add(filters[i], Group{}, r)
			present[r] = true
		}
		mu.Unlock()
	}
	done.Store(true)
	readers.Wait()
}
