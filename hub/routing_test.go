package hub_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// member is a session of the oracle: a NATS or an MQTT client on some lane.
type member struct {
	lane int
	pub  hub.Publisher
	mqtt bool
	subs []*receiver
}

// oracle says by looking at every subscription who is to get a message.
type oracle struct {
	plain  map[*receiver]bool            // one copy each
	merged map[*member][]*receiver       // one copy for all of them
	groups map[string]map[*receiver]bool // one copy for one of them
	drop   reason.ID
}

func ask(members []*member, from *member, subject string) (o oracle) {
	o.plain = make(map[*receiver]bool)
	o.merged = make(map[*member][]*receiver)
	o.groups = make(map[string]map[*receiver]bool)
	_, isTopic := translate.Names{}.AppendTopic(nil, []byte(subject))
	for _, m := range members {
		for _, s := range m.subs {
			if !reaches(s.what.Filter, s.what.Opens, subject) {
				continue
			}
			own := m == from
			switch group := s.what.Group; {
			case m.mqtt && !isTopic:
				o.drop = reason.SubjectNotATopic
			case m.mqtt && own && s.what.Flags&hub.FlagNoLocal != 0:
			case m.mqtt:
				o.merged[m] = append(o.merged[m], s)
			case own && from.pub.NoEcho:
			case group.Kind == trie.GroupQueue:
				if o.groups[group.Name] == nil {
					o.groups[group.Name] = make(map[*receiver]bool)
				}
				o.groups[group.Name][s] = true
			default:
				o.plain[s] = true
			}
		}
	}
	return o
}

// reaches compares level by level.
func reaches(f trie.Filter, opens uint32, subject string) bool {
	have := strings.Split(subject, ".")
	if slices.Contains(have, "") {
		return false
	}
	guarded := have[0][0] == '$' || have[0] == "_INBOX"
	if guarded && opens&1 != 0 {
		return false
	}
	var want []string
	if f.Pattern != "" {
		want = strings.Split(f.Pattern, ".")
	}
	switch extra := len(have) - len(want); {
	case extra < 0,
		extra == 0 && f.Tail == trie.TailOneOrMore,
		extra > 0 && f.Tail == trie.TailNone:
		return false
	}
	for i, level := range want {
		if level != "*" && level != have[i] {
			return false
		}
	}
	return true
}

// check compares what came with what the oracle says.
func (o *oracle) check(t *rapid.T, members []*member, subject string, matched int) {
	want := len(o.plain) + len(o.merged) + len(o.groups)
	if matched != want {
		t.Fatalf("%q: %d matched, want %d", subject, matched, want)
	}
	byGroup := make(map[string]int)
	for _, m := range members {
		copies := 0
		for _, s := range m.subs {
			if s.count == 0 {
				continue
			}
			if s.subject != subject {
				t.Fatalf("%q came as %q", subject, s.subject)
			}
			name := s.what.Group.Name
			switch {
			case m.mqtt:
				if !slices.Contains(o.merged[m], s) {
					t.Fatalf("%q came to a subscription of MQTT that must not get it: %+v", subject, s.what)
				}
				if topic := strings.ReplaceAll(subject, ".", "/"); s.topic != topic {
					t.Fatalf("%q has topic %q", subject, s.topic)
				}
				copies += s.count
			case o.groups[name][s]:
				byGroup[name] += s.count
			case o.plain[s]:
				if s.count != 1 {
					t.Fatalf("%q came %d times to %+v", subject, s.count, s.what)
				}
				delete(o.plain, s)
			default:
				t.Fatalf("%q came to %+v", subject, s.what)
			}
			s.count = 0
		}
		if want := min(1, len(o.merged[m])); copies != want {
			t.Fatalf("%q: %d copies for an MQTT client, want %d", subject, copies, want)
		}
	}
	if len(o.plain) > 0 {
		t.Fatalf("%q did not come to %d subscriptions", subject, len(o.plain))
	}
	for name := range o.groups {
		if byGroup[name] != 1 {
			t.Fatalf("%q: %d copies for group %q", subject, byGroup[name], name)
		}
	}
}

// Few names, so that they meet.
var (
	tokens   = rapid.SampledFrom([]string{"a", "a", "b", "b", "c", "$x", "_INBOX", "+", "*"})
	subjects = rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 30).Draw(t, "broken") == 0 {
			return rapid.SampledFrom([]string{"a..b", ".a", "a.", "."}).Draw(t, "empty token")
		}
		return strings.Join(rapid.SliceOfN(tokens, 1, 4).Draw(t, "subject"), ".")
	})
	natsFilters = rapid.Custom(func(t *rapid.T) string {
		list := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "*", "*", "$x", "_INBOX", "+"}), 1, 3).Draw(t, "filter")
		if rapid.Bool().Draw(t, "tail") {
			list = append(list[:len(list)-1], ">")
		}
		return strings.Join(list, ".")
	})
	mqttFilters = rapid.Custom(func(t *rapid.T) string {
		list := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "+", "+", "$x", "_INBOX"}), 1, 3).Draw(t, "filter")
		if rapid.Bool().Draw(t, "tail") {
			list = append(list, "#")
		}
		return strings.Join(list, "/")
	})
	queues = rapid.SampledFrom([]string{"", "", "q", "r"})
)

// TestRoutingIsALinearScan publishes from and to clients of both protocols on
// one, two and four lanes, while they subscribe, unsubscribe and change their
// minds: everybody gets exactly what is theirs, and the count is right.
func TestRoutingIsALinearScan(t *testing.T) {
	for _, n := range []int{1, 2, 4} {
		t.Run(fmt.Sprint(n, " lanes"), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { routingRun(t, n) })
		})
	}
}

func routingRun(t *rapid.T, n int) {
	w := newLanes(n, hub.Options{CachedRoutes: rapid.SampledFrom([]int{0, 3}).Draw(t, "cache")})
	var members []*member
	join := func(t *rapid.T) *member {
		lane := rapid.IntRange(0, n-1).Draw(t, "lane")
		m := &member{lane: lane, mqtt: rapid.Bool().Draw(t, "mqtt")}
		m.pub.Owner = w.owner(lane)
		m.pub.NoEcho = !m.mqtt && rapid.Bool().Draw(t, "no echo")
		members = append(members, m)
		return m
	}
	join(t)
	some := func(t *rapid.T) *member { return rapid.SampledFrom(members).Draw(t, "who") }
	dropped := uint64(0)
	t.Repeat(map[string]func(*rapid.T){
		"join": func(t *rapid.T) {
			if len(members) < 8 {
				join(t)
			}
		},
		"subscribe": func(t *rapid.T) {
			m := some(t)
			var s *receiver
			if m.mqtt {
				filter := mqttFilters.Draw(t, "mqtt")
				s = mqttSub(m.lane, m.pub.Owner, filter, rapid.Bool().Draw(t, "no local"))
			} else {
				s = natsSub(m.lane, m.pub.Owner, natsFilters.Draw(t, "nats"), queues.Draw(t, "queue"))
			}
			w.subscribe(s)
			m.subs = append(m.subs, s)
		},
		"unsubscribe": func(t *rapid.T) {
			m := some(t)
			if len(m.subs) == 0 {
				return
			}
			i := rapid.IntRange(0, len(m.subs)-1).Draw(t, "which")
			w.unsubscribe(m.subs[i])
			m.subs = slices.Delete(m.subs, i, i+1)
		},
		"resubscribe": func(t *rapid.T) {
			m := some(t)
			if !m.mqtt || len(m.subs) == 0 {
				return
			}
			s := rapid.SampledFrom(m.subs).Draw(t, "which")
			w.turn(m.lane, func(l *hub.Lane) {
				s.ref = l.Resubscribe(s.what, s.ref, s.what.Flags^hub.FlagNoLocal)
			})
			s.what.Flags ^= hub.FlagNoLocal
		},
		"publish": func(t *rapid.T) {
			from := some(t)
			for range rapid.IntRange(1, 3).Draw(t, "times") {
				subject := subjects.Draw(t, "subject")
				o := ask(members, from, subject)
				matched := w.publish(from.lane, &from.pub, subject, "x")
				w.settle()
				o.check(t, members, subject, matched)
				if o.drop != reason.None {
					dropped++
				}
			}
		},
		"": func(t *rapid.T) {
			subs := 0
			for _, m := range members {
				subs += len(m.subs)
			}
			if w.Subscriptions() != subs {
				t.Fatalf("%d subscriptions, want %d", w.Subscriptions(), subs)
			}
			if got := w.Count(reason.SubjectNotATopic); got != dropped {
				t.Fatalf("subject_not_a_topic counted %d times, want %d", got, dropped)
			}
		},
	})
	for _, m := range members {
		for _, s := range m.subs {
			w.unsubscribe(s)
		}
	}
	if w.Subscriptions() != 0 {
		t.Fatalf("%d subscriptions left", w.Subscriptions())
	}
}
