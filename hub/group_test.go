package hub_test

import (
	"math/rand/v2"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

const onTheWay = 50 // messages that wait while members leave

// Messages for a member that left while they were on their way go to another
// member, on whichever lane it is.
func TestRedispatch(t *testing.T) {
	for _, rest := range []int{0, 1, 2} {
		w := newLanes(3, hub.Options{})
		gone := natsSub(1, w.owner(1), "a", "q")
		w.subscribe(gone)
		from := &hub.Publisher{Owner: w.owner(0)}
		for range onTheWay {
			if w.publish(0, from, "a", "x") != 1 {
				t.Fatal("not matched")
			}
		}
		stays := natsSub(rest, w.owner(rest), "a", "q")
		w.subscribe(stays)
		w.unsubscribe(gone)
		w.settle()
		if gone.count != 0 || stays.count != onTheWay || w.Count(reason.GroupMembersGone) != 0 {
			t.Errorf("rest on lane %d: %d and %d of %d, %d lost", rest, gone.count, stays.count, onTheWay, w.Count(reason.GroupMembersGone))
		}
	}
}

// A member that refuses counts as one that left.
func TestRedispatchFromOneThatRefuses(t *testing.T) {
	w := newLanes(2, hub.Options{})
	a, b := natsSub(1, w.owner(1), "a", "q"), natsSub(1, w.owner(1), "a", "q")
	w.subscribe(a, b)
	from := &hub.Publisher{Owner: w.owner(0)}
	for range onTheWay {
		w.publish(0, from, "a", "x")
	}
	a.refuses = reason.ReceiverClosing
	w.settle()
	if b.count != onTheWay {
		t.Fatalf("%d of %d came", b.count, onTheWay)
	}
}

// With all members gone the messages are counted, not passed on for ever.
func TestRedispatchEnds(t *testing.T) {
	w := newLanes(4, hub.Options{})
	var list []*receiver
	for lane := 1; lane < 4; lane++ {
		list = append(list, natsSub(lane, w.owner(lane), "a", "q"))
	}
	w.subscribe(list...)
	from := &hub.Publisher{Owner: w.owner(0)}
	for range onTheWay {
		w.publish(0, from, "a", "x")
	}
	for _, s := range list {
		s.refuses = reason.ReceiverClosing // they stay in the trie
	}
	w.settle()
	if got := w.Count(reason.GroupMembersGone); got != onTheWay {
		t.Fatalf("%d of %d counted", got, onTheWay)
	}
	for _, s := range list {
		s.refuses = reason.None
		w.unsubscribe(s)
	}
	w.publish(0, from, "a", "x")
	w.settle()
	if got := w.Count(reason.GroupMembersGone); got != onTheWay {
		t.Fatal("a publish without a group was counted")
	}
}

// The group may have other patterns by then: its name counts.
func TestRedispatchByName(t *testing.T) {
	w := newLanes(2, hub.Options{})
	gone := natsSub(1, w.owner(1), "a.b", "q")
	other := natsSub(1, w.owner(1), "a.b", "r")
	w.subscribe(gone)
	from := &hub.Publisher{Owner: w.owner(0)}
	w.publish(0, from, "a.b", "x")
	stays := natsSub(0, w.owner(0), "a.*", "q")
	w.subscribe(other, stays)
	w.unsubscribe(gone)
	w.settle()
	if stays.count != 1 || other.count != 0 {
		t.Fatalf("%d for the group, %d for another one", stays.count, other.count)
	}
}

// echo:false holds on this way too: a publisher never gets its own message.
func TestRedispatchSparesAPublisherWithoutEcho(t *testing.T) {
	w := newLanes(2, hub.Options{})
	from := &hub.Publisher{Owner: w.owner(0), NoEcho: true}
	own := natsSub(0, from.Owner, "a", "q")
	gone := natsSub(1, w.owner(1), "a", "q")
	w.subscribe(own, gone)
	for range onTheWay {
		if w.publish(0, from, "a", "x") != 1 {
			t.Fatal("not matched")
		}
	}
	w.unsubscribe(gone)
	w.settle()
	if own.count != 0 {
		t.Errorf("the publisher got %d of its own messages", own.count)
	}
	if got := w.Count(reason.GroupMembersGone); got != onTheWay {
		t.Errorf("%d of %d counted as lost", got, onTheWay)
	}
}

// Members come and go on all lanes while messages are on their way: each
// message comes at most once, and none is lost without being counted.
func TestGroupExactlyOnceWhileMembersChange(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 5))
		const n = 4
		w := newLanes(n, hub.Options{})
		var all, in []*receiver
		join := func() {
			lane := r.IntN(n)
			s := natsSub(lane, w.owner(lane), "a", "q")
			s.keep = true
			w.subscribe(s)
			all, in = append(all, s), append(in, s)
		}
		join()
		from := &hub.Publisher{Owner: w.owner(0)}
		published := 0
		for range 1000 {
			switch k := r.IntN(10); {
			case k < 6:
				payload := string(rune('A' + published))
				if w.publish(0, from, "a", payload) == 1 {
					published++
				} else if len(in) > 0 {
					t.Fatal("not matched")
				}
			case k < 7:
				join()
			case k < 8 && len(in) > 0:
				i := r.IntN(len(in))
				w.unsubscribe(in[i])
				in = append(in[:i], in[i+1:]...)
			default:
				w.deliver(r.IntN(n), 200)
			}
		}
		w.settle()
		seen := make(map[string]bool)
		for _, s := range all {
			for _, payload := range s.got {
				if seen[payload] {
					t.Fatalf("seed %d: %q came twice", seed, payload)
				}
				seen[payload] = true
			}
		}
		if lost := int(w.Count(reason.GroupMembersGone)); len(seen)+lost != published {
			t.Fatalf("seed %d: %d came, %d were counted as lost, of %d", seed, len(seen), lost, published)
		}
	}
}
