package hub

import (
	"fmt"
	"hash/maphash"

	"github.com/isthmus-mq/isthmus/trie"
)

// Strategy says which member of a group is tried first. The next ones follow
// when it cannot take the message.
type Strategy uint8

const (
	Random        Strategy = iota // any
	RoundRobin                    // one after the other, over all lanes
	Sticky                        // the same one until it leaves
	Local                         // one of the publisher's lane, if there is any
	HashTopic                     // the same one for the same name
	HashPublisher                 // the same one for the same publisher
)

var strategies = [...]string{"random", "round-robin", "sticky", "local", "hash-topic", "hash-publisher"}

// ParseStrategy reads the value of the configuration option.
func ParseStrategy(text string) (Strategy, error) {
	if text == "" {
		return Random, nil
	}
	for i, name := range strategies {
		if name == text {
			return Strategy(i), nil
		}
	}
	return 0, fmt.Errorf("group strategy %q: want one of %q", text, strategies)
}

// String returns the spelling that ParseStrategy reads.
func (s Strategy) String() string { return strategies[s] }

// first returns the place of the member of g to try first; g has members.
func (l *Lane) first(g *group, from Sender) int {
	n, strategy := len(g.online), l.hub.strategy
	switch {
	case strategy == Sticky:
		return l.sticky(g) // also of one, who must stay when others come
	case n == 1:
		return 0
	}
	switch strategy {
	case RoundRobin:
		return int((g.turn.Add(1) - 1) % uint64(n))
	case Local:
		start := l.rand.IntN(n)
		for i := range n {
			if at := (start + i) % n; int(g.online[at].ref.Lane) == l.index {
				return at
			}
		}
		return start
	case HashTopic:
		return g.byTopic
	case HashPublisher:
		return g.rendezvous(mix(uint64(from.Lane)<<32 | uint64(from.Owner)))
	}
	return l.rand.IntN(n)
}

// sticky returns the member that the group agreed on, or agrees on one.
func (l *Lane) sticky(g *group) int {
	for {
		chosen := g.turn.Load()
		for i := range g.online {
			if stickyMark(&g.online[i].ref) == chosen {
				return i
			}
		}
		at := l.rand.IntN(len(g.online))
		if g.turn.CompareAndSwap(chosen, stickyMark(&g.online[at].ref)) {
			return at
		}
	}
}

// stickyMark tells members apart in one word, which is never 0: generations in
// use are odd.
func stickyMark(ref *trie.Ref) uint64 {
	return uint64(ref.Lane)<<56 | uint64(ref.Gen&(1<<24-1))<<32 | uint64(ref.Slot)
}

// rendezvous returns the member with the highest weight for key, so that a
// member that comes or goes moves only what is its own.
func (g *group) rendezvous(key uint64) (at int) {
	var most uint64
	for i := range g.online {
		ref := &g.online[i].ref
		if w := mix(key ^ mix(uint64(ref.Lane)<<32|uint64(ref.Slot))); w >= most {
			at, most = i, w
		}
	}
	return at
}

// mix spreads a number over all bits; the constants are those of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// hashSeed is the process's: lanes agree, and clients cannot choose names that
// all meet one member.
var hashSeed = maphash.MakeSeed()

func hashOf(subject []byte) uint64 { return maphash.Bytes(hashSeed, subject) }
