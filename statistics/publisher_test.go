package statistics_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/statistics"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// handClock is time that is moved by hand.
type handClock struct{ now, wake time.Duration }

func (c *handClock) Now() time.Duration    { return c.now }
func (c *handClock) Wake(at time.Duration) { c.wake = at }

// collector writes down what is published since the last look.
type collector map[string]string

func (c collector) Deliver(m *message.Message, r *hub.Route, _ *hub.Copy) reason.ID {
	c[string(r.Topic)] = string(m.Payload)
	return reason.None
}

type rig struct {
	lane  *hub.Lane
	clock handClock
	got   collector
}

func newRig(mode translate.Mode) *rig {
	names := translate.NewNames(mode)
	r := &rig{lane: hub.New(hub.Options{Lanes: 1, Names: names}).Lane(0), got: collector{}}
	r.clock.now = time.Hour
	r.lane.SetClock(&r.clock)
	pattern, tail, opens, _ := names.AppendFilter(nil, []byte("$SYS/broker/#"))
	r.lane.Subscribe(r.got, hub.Subscription{
		Filter: trie.Filter{Pattern: string(pattern), Tail: trie.Tail(tail)},
		Owner:  r.lane.NewOwner(), Flags: hub.FlagMQTT, Opens: opens,
	})
	return r
}

func (r *rig) turn(f func()) {
	clear(r.got)
	r.lane.BeginTurn()
	f()
	r.lane.EndTurn()
}

// pass lets the interval pass that was asked for.
func (r *rig) pass() {
	r.clock.now = r.clock.wake
	r.turn(r.lane.Ring)
}

// At first everything, later what has changed; both is retained.
func TestOnlyWhatHasChanged(t *testing.T) {
	r := newRig(translate.ModeIsthmus)
	var now statistics.Sample
	sample := func(s *statistics.Sample) { up := s.Uptime; *s = now; s.Uptime = up }
	now.Clients = hub.ClientCounts{Connected: 2, Absent: 3, Maximum: 4, Accepted: 60, Expired: 5}
	now.Stored, now.Retained, now.StoredBytes, now.RetainedBytes = 1, 2, 10, 20
	r.turn(func() { statistics.Begin(r.lane, "v1", 10*time.Second, true, sample) })
	for topic, want := range map[string]string{
		"version": "isthmus version v1", "uptime": "0 seconds",
		"clients/connected": "2", "clients/disconnected": "3", "clients/total": "5", "clients/maximum": "4", "clients/expired": "5",
		"store/messages/count": "3", "store/messages/bytes": "30", "messages/stored": "3", "retained messages/count": "2",
		"reasons/queue_full": "0", "load/connections/1min": "0.00",
	} {
		if got, ok := r.got["$SYS/broker/"+topic]; !ok || got != want {
			t.Errorf("%s: %q, want %q", topic, got, want)
		}
	}
	all := len(r.got)
	if n, _ := r.lane.Hub().Retained().Used(); n != all {
		t.Errorf("%d topics, %d retained", all, n)
	}

	now.Reasons[reason.QueueFull], now.Reasons[reason.StoredFull] = 2, 1
	r.pass()
	changed := []string{}
	for topic := range r.got {
		changed = append(changed, strings.TrimPrefix(topic, "$SYS/broker/"))
	}
	slices.Sort(changed)
	want := "load/connections/15min load/connections/1min load/connections/5min load/publish/dropped/15min load/publish/dropped/1min load/publish/dropped/5min publish/messages/dropped reasons/queue_full reasons/stored_full uptime"
	if got := strings.Join(changed, " "); got != want {
		t.Errorf("changed: %s\nwant %s", got, want)
	}
	if got := r.got["$SYS/broker/publish/messages/dropped"]; got != "3" {
		t.Errorf("%s dropped", got)
	}
	if n := r.lane.Hub().Traffic().In; n != 0 {
		t.Errorf("%d statistics count as received", n)
	}
}

// Without retained messages there is no other way to learn of the rest.
func TestEverythingWithoutRetained(t *testing.T) {
	r := newRig(translate.ModeIsthmus)
	r.turn(func() { statistics.Begin(r.lane, "v1", time.Second, false, func(*statistics.Sample) {}) })
	all := len(r.got)
	r.pass()
	if retained, _ := r.lane.Hub().Retained().Used(); len(r.got) != all || retained != 0 {
		t.Errorf("%d topics, then %d; %d retained", all, len(r.got), retained)
	}
}

// Naming mode emqx has no subject for a name with a blank.
func TestNamingModeEMQX(t *testing.T) {
	r := newRig(translate.ModeEMQX)
	r.turn(func() { statistics.Begin(r.lane, "v1", time.Second, true, func(*statistics.Sample) {}) })
	if _, ok := r.got["$SYS/broker/retained messages/count"]; ok || r.got["$SYS/broker/version"] == "" {
		t.Errorf("%v", r.got)
	}
}

// The table of docs/statistics.md has all topics and no other.
func TestThePageListsTheTopics(t *testing.T) {
	page, err := os.ReadFile("../docs/statistics.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		listed[m[1]] = true
	}
	for _, v := range statistics.NewReport("").Values(nil, &statistics.Sample{}) {
		topic := v.Topic
		if strings.HasPrefix(topic, "reasons/") {
			topic = "reasons/NAME"
		} else if strings.HasPrefix(topic, "load/") {
			topic = topic[:strings.LastIndexByte(topic, '/')] + "/PERIOD"
		}
		if _, ok := listed[topic]; !ok {
			t.Errorf("%s is not listed", v.Topic)
		}
		listed[topic] = false
	}
	for topic, missing := range listed {
		if missing {
			t.Errorf("%s is listed and not published", topic)
		}
	}
}
