package hub_test

import (
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
)

// A question about a message to very many, some of which are left out, does not hold
// its lane up for longer than the message would.
func TestExplainOfVeryManyIsNotQuadratic(t *testing.T) {
	const many, patience = 120_000, 2 * time.Second
	w := newLanes(1, hub.Options{})
	for range many {
		w.subscribe(natsSub(0, w.owner(0), "$a.b", ""))
	}
	w.subscribe(mqttSub(0, w.owner(0), "#", false))
	begin := time.Now()
	var e *hub.Explanation
	w.turn(0, func(l *hub.Lane) { e = l.Explain(hub.Sender{}, &message.Message{Subject: []byte("$a.b")}) })
	if took := time.Since(begin); took > patience {
		t.Errorf("it takes %v", took)
	}
	if n, last := len(e.Copies), e.Copies[len(e.Copies)-1]; n != many+1 || last.Fate != hub.FateGuarded {
		t.Errorf("%d copies, the last one %v", n, last.Fate)
	}
}
