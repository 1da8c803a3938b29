package hub_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/hub"
)

// What reaches a subscription is what the oracle of routing says.
func TestReachesIsALinearScan(t *testing.T) {
	h := hub.New(hub.Options{Lanes: 1})
	rapid.Check(t, func(t *rapid.T) {
		var s *receiver
		if rapid.Bool().Draw(t, "mqtt") {
			s = mqttSub(0, 1, mqttFilters.Draw(t, "filter"), false)
		} else {
			s = natsSub(0, 1, natsFilters.Draw(t, "subject"), "")
		}
		subject := subjects.Draw(t, "published")
		if got, want := h.Reaches([]byte(subject), &s.what), reaches(s.what.Filter, s.what.Opens, subject); got != want {
			t.Fatalf("%+v is reached by %q: %v, want %v", s.what, subject, got, want)
		}
	})
}

// What lanes have asked of the index is counted, and so is what they remember.
func TestTheIndexIsCounted(t *testing.T) {
	for _, lanes := range []int{1, 2} {
		w := newLanes(lanes, hub.Options{})
		far := lanes - 1
		mine := natsSub(0, w.owner(0), "a.*", "")
		w.subscribe(mine, natsSub(far, w.owner(far), "a.1", ""), natsSub(far, w.owner(far), "a.1", "q"))
		publisher := &hub.Publisher{Owner: w.owner(0)}
		for range 5 {
			for i := range 3 {
				w.publish(0, publisher, fmt.Sprint("a.", i), "x")
			}
		}
		w.unsubscribe(mine)
		w.settle()
		x := w.Index()
		if x.Subscriptions != 2 || x.Inserted != 3 || x.Removed != 1 || x.Routed != 15 || x.Looked < 3 || x.Looked > 9 {
			t.Errorf("%d lanes: %+v", lanes, x)
		}
		if got, want := publisher.Tally(), (hub.Tally{Messages: 15, Bytes: 15}); got != want {
			t.Errorf("%d lanes: the publisher has published %+v, want %+v", lanes, got, want)
		}
		var f hub.Fanout
		for at, first := 0, true; first || at != 0; first = false {
			at = w.Lane(0).Survey(at, &f)
		}
		if f.Routes != 3 || f.Most != 3 || f.Sum != 5 {
			t.Errorf("%d lanes: routes %+v", lanes, f)
		}
	}
}

// A survey of very many routes comes to its end in pieces, and counts none twice.
func TestSurveyInPieces(t *testing.T) {
	w := newLanes(1, hub.Options{})
	w.subscribe(natsSub(0, w.owner(0), ">", ""))
	publisher := &hub.Publisher{Owner: w.owner(0)}
	const n = 3000
	for range 3 {
		for i := range n {
			w.publish(0, publisher, fmt.Sprint("a.", i), "x")
		}
	}
	var f hub.Fanout
	pieces := 0
	for at, first := 0, true; first || at != 0; first = false {
		at = w.Lane(0).Survey(at, &f)
		pieces++
	}
	if pieces < 3 || f.Routes < n/2 || f.Routes > n || f.Sum != f.Routes {
		t.Errorf("%d pieces, %+v", pieces, f)
	}
}
