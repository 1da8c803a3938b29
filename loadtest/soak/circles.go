package soak

import (
	"fmt"
	"math/rand/v2"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// Circles are clients that keep accounts of their own, on topics that nobody else
// uses, outside of the round's root.

// retain makes writers of retained topics and those who subscribe to them.
func (r *Round) retain(random *rand.Rand, own func() *rand.Rand, trail func(string, ...any) *Trail) {
	const each = 4
	root := "ret" + r.plan.root
	var all []*retainedTopic
	for i := range 3 {
		w := &retainedWriter{round: r, trail: trail("retained writer %d", i), random: own(), first: len(all)}
		if i > 0 {
			w.hello = mqttHello{id: fmt.Sprintf("%s-w%d", root, i), version: version(random), clean: true}
		}
		for k := range each {
			w.topics = append(w.topics, &retainedTopic{name: fmt.Sprintf("%s/%d/%d", root, i, k)})
		}
		all = append(all, w.topics...)
		r.lives = append(r.lives, w)
	}
	for i, filter := range []string{"/#", "/+/1", "/2/+", "/0/3", "/1/#"} {
		r.lives = append(r.lives, &replayReader{
			round: r, trail: trail("replay reader %d", i), random: own(), filter: root + filter, topics: all,
			hello: mqttHello{id: fmt.Sprintf("%s-r%d", root, i), version: version(random), clean: true},
		})
	}
}

// bequeath makes clients with wills, and those who see them.
func (r *Round) bequeath(random *rand.Rand, own func() *rand.Rand, trail func(string, ...any) *Trail) {
	root := "will" + r.plan.root
	var watchers []*willWatcher
	for i := range 2 {
		w := &willWatcher{round: r, trail: trail("will watcher %d", i), filter: root + "/#", qos: byte(random.IntN(3)), wills: make(map[string]*will)}
		w.hello = mqttHello{id: fmt.Sprintf("%s-watch%d", root, i), version: version(random), clean: true}
		watchers = append(watchers, w)
		r.lives = append(r.lives, w)
	}
	for i := range 6 {
		l := &testator{round: r, trail: trail("testator %d", i), random: own(), watchers: watchers, id: fmt.Sprintf("%s-%d", root, i), version: version(random)}
		if i%2 == 1 {
			l.version, l.delay, l.expiry = codec.V5, 1, 60
		}
		if i == 3 {
			l.delay, l.expiry = 60, 1
		}
		r.lives = append(r.lives, l)
	}
}

// identify makes clients with subscription identifiers and No Local.
func (r *Round) identify(own func() *rand.Rand, trail func(string, ...any) *Trail) {
	for i := range 3 {
		root := fmt.Sprintf("ids%d%s", i, r.plan.root)
		r.lives = append(r.lives, &identified{
			round: r, trail: trail("identified %d", i), random: own(), root: root,
			hello: mqttHello{id: root, version: codec.V5, keep: true},
			subs:  make(map[string]identifiedSub), wants: make(map[Stamp]*identifiedCopy),
		})
	}
}
