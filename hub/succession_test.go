package hub_test

import (
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// The last member of one protocol hands on to the first of the other, what is
// on its way and what it has not acknowledged.
func TestAGroupChangesOverBetweenProtocols(t *testing.T) {
	share := func(w *lanes, lane int) *receiver {
		r := mqttSub(lane, w.owner(lane), "a/+", false)
		r.what.Group = trie.Group{Kind: trie.GroupShare, Name: "q"}
		r.what.Flags = hub.FlagMQTT
		return r
	}
	for name, toNATS := range map[string]bool{"MQTT to NATS": true, "NATS to MQTT": false} {
		w := newLanes(2, hub.Options{})
		old, heir := share(w, 1), natsSub(0, w.owner(0), "a.b", "q")
		if !toNATS {
			old, heir = natsSub(1, w.owner(1), "a.b", "q"), share(w, 0)
		}
		w.subscribe(old)
		from := &hub.Publisher{Owner: w.owner(0)}
		for range onTheWay {
			if w.publish(0, from, "a.b", "x") != 1 {
				t.Fatal(name, ": not matched")
			}
		}
		w.subscribe(heir)
		w.unsubscribe(old)
		w.settle()
		if old.count != 0 || heir.count != onTheWay || w.Count(reason.GroupMembersGone) != 0 {
			t.Errorf("%s: %d and %d of %d, %d lost", name, old.count, heir.count, onTheWay, w.Count(reason.GroupMembersGone))
		}
	}
}
