package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// mixedGroup is a group of four members in all versions and both protocols;
// they are subscribed to one level below the name.
func (g *gathering) mixedGroup(name string) {
	g.mqtt("m3", 3, "$share/q/"+name+"/+", "here/m3")
	g.mqtt("m5", 5, "$share/q/"+name+"/+", "here/m5")
	g.nats("n1", "q", name+".*")
	g.nats("n2", "q", name+".*")
}

// members are those who got something.
func members(counts map[string]int) []string { return slices.Sorted(maps.Keys(counts)) }

func TestGroupStrategyRandom(t *testing.T) {
	for _, flags := range [][]string{nil, {"--group-strategy", "random"}} {
		t.Run(fmt.Sprint(flags), func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) {
				const n = 800
				g := s.gathering(t)
				g.mixedGroup("random")
				for name, count := range g.counts(n, "random.x") {
					if count < n/8 || count > n/2 {
						t.Errorf("%s got %d of %d messages", name, count, n)
					}
				}
			}, flags...)
		})
	}
}

// In turn: whoever publishes, the members differ by no message.
func TestGroupStrategyRoundRobin(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const n = 400
		g := s.gathering(t)
		g.mixedGroup("robin")
		even := func(counts map[string]int) {
			t.Helper()
			for _, name := range []string{"m3", "m5", "n1", "n2"} {
				if counts[name] != n/4 {
					t.Errorf("%s got %d messages, want %d: %v", name, counts[name], n/4, counts)
				}
			}
		}
		even(g.counts(n, "robin.x"))
		g.publish = fromMQTT(t, s.mqtt5(t))
		even(g.counts(n, "robin.x"))
		g.leaves("m5", "here.m5")
		counts := g.counts(n*3/4, "robin.x")
		for _, name := range []string{"m3", "n1", "n2"} {
			if counts[name] != n/4 {
				t.Errorf("after one has left, %s got %d messages, want %d: %v", name, counts[name], n/4, counts)
			}
		}
	}, "--group-strategy", "round-robin")
}

// All to one, whoever publishes, until it leaves.
func TestGroupStrategySticky(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const n = 100
		g := s.gathering(t)
		for _, name := range []string{"a", "b", "c", "d"} {
			g.mqtt(name, 5, "$share/q/sticky/+", "here/"+name)
		}
		publishers := []func(subject, payload string){g.publish, fromMQTT(t, s.mqtt5(t)), fromNATS(t, s.natsClient(t)), fromMQTT(t, s.mqtt5(t))}
		var before string
		for left := 4; left > 0; left-- {
			all := map[string]int{}
			for _, g.publish = range publishers {
				for name, count := range g.counts(n, "sticky.x") {
					all[name] += count
				}
			}
			if len(all) != 1 {
				t.Fatalf("the messages went to %v, want all to one", all)
			}
			chosen := members(all)[0]
			if chosen == before || all[chosen] != n*len(publishers) {
				t.Errorf("after %q left, %v got the messages", before, all)
			}
			late := fmt.Sprint("late", left) // one more, which changes nothing
			g.mqtt(late, 4, "$share/q/sticky/+", "here/"+late)
			if counts := g.counts(n, "sticky.x"); counts[chosen] != n {
				t.Errorf("after one more has come, %v got the messages, before %s", counts, chosen)
			}
			g.leaves(chosen, "here."+chosen)
			before = chosen
		}
	}, "--group-strategy", "sticky")
}

// A member on the publisher's lane, if there is one: so two publishers reach
// the same members or different ones, never some of the other's.
func TestGroupStrategyLocal(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const n, publishers = 300, 12
		g := s.gathering(t)
		for i := range 6 {
			g.mqtt(fmt.Sprint("m", i), 5, "$share/q/local")
			g.nats(fmt.Sprint("n", i), "q", "local")
		}
		owner := map[string]string{} // of each member, the set in which it was first
		sets := map[string]bool{}
		for i := range publishers {
			g.publish = fromNATS(t, s.natsClient(t))
			if i%2 == 0 {
				g.publish = fromMQTT(t, s.mqtt5(t))
			}
			counts := g.counts(n, "local")
			set := fmt.Sprint(members(counts))
			sets[set] = true
			for name := range counts {
				if owner[name] == "" {
					owner[name] = set
				}
				if owner[name] != set {
					t.Fatalf("%s is reached by two sets of publishers: one reaches %s, one %s", name, owner[name], set)
				}
			}
			sum := 0
			for _, count := range counts {
				sum += count
			}
			if sum != n {
				t.Errorf("%d messages came, want %d", sum, n)
			}
		}
		if lanes := strings.HasSuffix(t.Name(), "4"); lanes == (len(sets) == 1) {
			t.Errorf("the publishers reach these sets of members: %v", slices.Sorted(maps.Keys(sets)))
		}

		// Where there is none, one elsewhere does.
		g.mqtt("alone", 5, "$share/q/local/alone")
		for range 6 {
			g.publish = fromNATS(t, s.natsClient(t))
			if counts := g.counts(n, "local.alone"); counts["alone"] != n {
				t.Errorf("the only member got %d messages, want %d", counts["alone"], n)
			}
		}
	}, "--group-strategy", "local")
}

// The same subject goes to the same member, whoever publishes; subjects are
// spread over the members.
func TestGroupStrategyHashTopic(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const n, subjects = 5, 40
		g := s.gathering(t)
		g.mixedGroup("hash")
		chosen, used := map[string]string{}, map[string]bool{}
		publishers := []func(subject, payload string){g.publish, fromMQTT(t, s.mqtt5(t)), fromNATS(t, s.natsClient(t))}
		for _, g.publish = range publishers {
			for i := range subjects {
				subject := fmt.Sprint("hash.", i)
				counts := g.counts(n, subject)
				if len(counts) != 1 {
					t.Fatalf("%s went to %v, want all to one", subject, counts)
				}
				name := members(counts)[0]
				if used[name] = true; chosen[subject] == "" {
					chosen[subject] = name
				}
				if chosen[subject] != name || counts[name] != n {
					t.Fatalf("%s went to %v, before to %s", subject, counts, chosen[subject])
				}
			}
		}
		if len(used) != 4 {
			t.Errorf("%d subjects went to %v only", subjects, used)
		}
	}, "--group-strategy", "hash-topic")
}

// The same publisher's messages go to the same member, whatever their subject;
// publishers are spread over the members.
func TestGroupStrategyHashPublisher(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const n, publishers = 5, 40
		g := s.gathering(t)
		g.mixedGroup("hash")
		used := map[string]bool{}
		for i := range publishers {
			g.publish = fromNATS(t, s.natsClient(t))
			if i%2 == 0 {
				g.publish = fromMQTT(t, s.mqtt5(t))
			}
			all := map[string]int{}
			for k := range 4 {
				for name, count := range g.counts(n, fmt.Sprint("hash.", k)) {
					all[name] += count
				}
			}
			if len(all) != 1 || all[members(all)[0]] != 4*n {
				t.Fatalf("a publisher's messages went to %v, want all to one", all)
			}
			used[members(all)[0]] = true
		}
		if len(used) != 4 {
			t.Errorf("%d publishers went to %v only", publishers, used)
		}
	}, "--group-strategy", "hash-publisher")
}

func TestGroupStrategyMustExist(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"fair", "Random"} {
		if out, err := isthmusOnce(t, "--group-strategy", bad); err == nil {
			t.Errorf("--group-strategy %q is taken:\n%s", bad, out)
		}
	}
}
