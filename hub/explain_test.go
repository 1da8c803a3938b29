package hub_test

import (
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
)

// Explaining a name does not hold up its lane for longer than routing it would: the
// work grows with the number of subscribers, and not with its square, which for these
// would take half a minute.
func TestExplainingANameOfManySubscribersIsNoStall(t *testing.T) {
	const subscribers = 400_000
	w := newLanes(2, hub.Options{})
	for i := range subscribers {
		lane := i % 2
		w.turn(lane, func(l *hub.Lane) {
			r := natsSub(lane, l.NewOwner(), "a", "")
			l.Subscribe(r, r.what)
		})
	}
	var e *hub.Explanation
	begin := time.Now()
	w.turn(0, func(l *hub.Lane) { e = l.Explain(hub.Sender{}, &message.Message{Subject: []byte("a")}) })
	if took := time.Since(begin); took > 3*time.Second || len(e.Copies) != subscribers {
		t.Errorf("%d copies in %v", len(e.Copies), took)
	}
}
