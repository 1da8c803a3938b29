package session_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/isthmus-mq/isthmus/session"
)

// named is a subscription that is nothing but its name.
type named struct{ name string }

func (n *named) Key() string { return n.name }

// Subscriptions are a map from names, in both of its forms.
func TestSubscriptionsAreAMap(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 2))
		var set session.Subscriptions[*named]
		want := make(map[string]*named)
		names := 1 + r.IntN(40)
		for step := range 500 {
			key := fmt.Sprint(r.IntN(names))
			got := set.Get([]byte(key))
			if got != want[key] {
				t.Fatalf("seed %d, step %d: Get(%s) is %v", seed, step, key, got)
			}
			switch {
			case got == nil:
				s := &named{key}
				set.Add(s)
				want[key] = s
			case r.IntN(3) > 0:
				set.Remove(got)
				delete(want, key)
			default:
				set.Remove(&named{key}) // another one of the same name
			}
			if set.Len() != len(want) {
				t.Fatalf("seed %d, step %d: Len is %d of %d", seed, step, set.Len(), len(want))
			}
		}
		set.Each(func(s *named) {
			if want[s.name] != s {
				t.Fatalf("seed %d: Each gave %v", seed, s)
			}
			delete(want, s.name)
		})
		if len(want) > 0 {
			t.Fatalf("seed %d: Each left out %d", seed, len(want))
		}
	}
}

func TestEmptySubscriptions(t *testing.T) {
	var set session.Subscriptions[*named]
	if set.Len() != 0 || set.Get([]byte("x")) != nil {
		t.Fatal("the zero value is not empty")
	}
	set.Remove(&named{"x"})
	set.Each(func(*named) { t.Fatal("Each on nothing") })
}
