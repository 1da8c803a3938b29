package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// Describe makes the session a session.Describer.
func (s *lineSession) Describe(to *session.Facts, list bool) {
	to.Protocol, to.Subscriptions = s.p.name, len(s.subs)
	if list {
		for _, sub := range s.subs {
			to.List = append(to.List, session.Subscribed{Subscription: sub.what})
		}
	}
}

// survey collects what is told, by connection, and how large the pieces were.
func (r *rig) surveyed(list func(uint64) bool, meanwhile func()) (told map[uint64]session.Facts, largest int) {
	r.t.Helper()
	told = make(map[uint64]session.Facts)
	err := r.Survey(r.t.Context(), list, func(facts []session.Facts) {
		largest = max(largest, len(facts))
		for _, f := range facts {
			if _, twice := told[f.ID]; twice {
				r.t.Errorf("connection %d came twice", f.ID)
			}
			told[f.ID] = f
		}
		if meanwhile != nil {
			meanwhile()
		}
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return told, largest
}

// Whoever is there all the time is told of once, whoever else leaves or comes, and
// no piece is large.
func TestASurveyMissesNobody(t *testing.T) {
	r := start(t, 3, Options{})
	r.serve(&lines{})
	const n = 1200
	var stay, leave []*client
	var wg sync.WaitGroup
	var lock sync.Mutex
	for i := range n {
		wg.Go(func() {
			c := r.dial("hello\n")
			c.want("hello")
			lock.Lock()
			defer lock.Unlock()
			if i%2 == 0 {
				stay = append(stay, c)
			} else {
				leave = append(leave, c)
			}
		})
	}
	wg.Wait()
	told, largest := r.surveyed(nil, func() {
		for range 100 {
			if len(leave) > 0 {
				leave[0].Close()
				leave = leave[1:]
			}
		}
		c := r.dial("hello\n")
		c.want("hello")
	})
	if largest > surveyAtOnce || len(told) < len(stay) || len(told) > n {
		t.Errorf("%d of %d connections were told of, %d at once", len(told), n, largest)
	}
	ports := make(map[string]bool)
	for _, f := range told {
		ports[f.Remote.String()] = true
		if f.Protocol != "lines" || f.Local == nil {
			t.Fatalf("%+v", f)
		}
	}
	for _, c := range stay {
		if !ports[c.LocalAddr().String()] {
			t.Fatalf("%v was there all the time and not told of", c.LocalAddr())
		}
	}
}

// Subscriptions are told of where they are asked for, few connections at a time
// when they have many.
func TestASurveyOfSubscriptions(t *testing.T) {
	r := start(t, 1, Options{})
	r.serve(&lines{})
	const each = surveyListAtOnce/2 + 1
	for i := range 5 {
		c := r.dial("")
		for j := range each {
			c.send(fmt.Sprintf("sub a.%d.%d\n", i, j))
			c.want("subscribed")
		}
	}
	told, largest := r.surveyed(func(id uint64) bool { return id != 2 }, nil)
	if largest > 3 {
		t.Errorf("%d connections at once", largest)
	}
	for id, f := range told {
		want := each
		if id == 2 {
			want = 0
		}
		if f.Subscriptions != each || len(f.List) != want {
			t.Errorf("connection %d: %d subscriptions, %d of them listed, want %d", id, f.Subscriptions, len(f.List), want)
		}
	}
}

// Whoever does not wait for a lane that is held up is not held up by it, and
// leaves it alone.
func TestASurveyIsGivenUp(t *testing.T) {
	r := start(t, 2, Options{})
	r.serve(&lines{})
	r.dial("hello\n").want("hello")
	release := r.stall(1)
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := r.Survey(ctx, nil, func([]session.Facts) {}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Survey: %v", err)
	}
	if _, err := r.Fanout(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Fanout: %v", err)
	}
	release()
	if told, _ := r.surveyed(nil, nil); len(told) != 1 {
		t.Errorf("%d connections", len(told))
	}
	if f, err := r.Fanout(t.Context()); err != nil || f != (hub.Fanout{}) {
		t.Errorf("%+v, %v", f, err)
	}
}

// Each connection's end is told of once, with what there is to tell, however it
// ends.
func TestEveryEndIsToldOfOnce(t *testing.T) {
	var lock sync.Mutex
	told := make(map[reason.ID]int)
	r := start(t, 2, Options{Closed: func(f *session.Facts, why reason.ID, now time.Duration) {
		lock.Lock()
		defer lock.Unlock()
		if f.ID == 0 || f.Remote == nil || f.Protocol != "lines" || f.Subscriptions != 1 || now <= 0 {
			t.Errorf("%v: %+v at %v", why, f, now)
		}
		told[why]++
	}})
	r.serve(&lines{})
	for _, last := range []string{"bye\n", "quit\n", "", "rst"} {
		c := r.dial("sub a\n")
		c.want("subscribed")
		switch last {
		case "":
			c.Close()
		case "rst":
			c.reset()
		default:
			c.send(last)
		}
	}
	r.eventually("all ends to be told of", func() bool {
		lock.Lock()
		defer lock.Unlock()
		return told[reason.ClientDisconnect] == 1 && told[reason.MalformedArguments] == 1 &&
			told[reason.ClientClosed]+told[reason.ReadError] == 2
	})
}
