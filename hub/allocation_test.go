//go:build !race

package hub_test

import (
	"fmt"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
)

// acrossLanes is how many allocations a message may cost on its way to another
// lane: the Message that Receive makes of it.
const acrossLanes = 1

// A publish costs no allocation on one lane: to one subscriber or many, to
// groups, merged or skipped, with the publisher's memo or from the lane's
// cache. Mails to other lanes are recycled.
func TestPublishDoesNotAllocate(t *testing.T) {
	for _, lanes := range []int{1, 2} {
		w := newLanes(lanes, hub.Options{})
		far := lanes - 1
		list := []*receiver{
			natsSub(0, w.owner(0), "plain", ""), natsSub(far, w.owner(far), "plain", ""), natsSub(0, w.owner(0), "plain.>", ""),
			natsSub(far, w.owner(far), "group", "q"), natsSub(0, w.owner(0), "group", "q"),
			mqttSub(far, 77, "merged", true), mqttSub(far, 77, "merged/#", false),
		}
		for _, s := range list {
			s.silent = true
		}
		w.subscribe(list...)
		from := &hub.Publisher{Owner: w.owner(0)}
		try := func(name string, f func(l *hub.Lane)) {
			t.Helper()
			run := func() {
				l := w.Lane(0)
				l.BeginTurn()
				f(l)
				l.EndTurn()
				for i := range w.waiting {
					if len(w.waiting[i]) > 0 {
						m := w.waiting[i][0].mail
						w.Lane(i).BeginTurn()
						w.Lane(i).Receive(m, 1<<20)
						w.Lane(i).EndTurn()
						m.Done()
						w.waiting[i] = w.waiting[i][:0]
					}
				}
			}
			for range 10 {
				run()
			}
			if n := testing.AllocsPerRun(200, run); n > float64((lanes-1)*acrossLanes) {
				t.Errorf("%d lanes, %s: %v allocations", lanes, name, n)
			}
		}
		payload := []byte("sixteen bytes ..")
		for _, subject := range []string{"plain", "group", "merged", "nobody"} {
			m := message.Message{Subject: []byte(subject), Payload: payload}
			try(subject, func(l *hub.Lane) { l.Publish(from, &m, 0) })
		}
		names := make([][]byte, 10)
		for i := range names {
			names[i] = fmt.Appendf(nil, "plain.%d", i)
		}
		var m message.Message
		try("changing subjects", func(l *hub.Lane) {
			for _, name := range names {
				m = message.Message{Subject: name, Payload: payload}
				l.Publish(from, &m, 0)
			}
		})
	}
}
