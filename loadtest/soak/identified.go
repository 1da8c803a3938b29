package soak

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// identified is an MQTT 5 client with subscriptions that overlap, with identifiers
// and No Local, and two who publish to it: itself and another. Between two changes of
// its subscriptions all copies have come, so each is known beforehand (§3.3.4,
// §3.8.3.1):
//
//	merged        one copy with the identifiers of all subscriptions that match, and
//	              the highest QoS of them
//	no-local      none, and no identifier, for a subscription with No Local of what
//	              the client has published itself
type identified struct {
	round  *Round
	trail  *Trail
	random *rand.Rand
	hello  mqttHello
	root   string

	me, other *probe
	subs      map[string]identifiedSub // by filter

	mu     sync.Mutex
	wants  map[Stamp]*identifiedCopy
	counts [2]int // published by me and the other
	about  string // the subscriptions, for faults
}

type identifiedSub struct {
	options codec.SubscribeOptions
	number  uint32 // 0: none
}

// identifiedCopy is what must come of a message, and what has.
type identifiedCopy struct {
	topic   string
	any     bool
	qos     byte
	numbers []uint32
	came    int
}

var (
	identifiedFilters = []string{"a/1", "a/+", "+/1", "a/#", "#", "+/+"}
	identifiedTopics  = []string{"a/1", "a/2", "b/1", "a", "b/2"}
)

func (l *identified) begin() (err error) {
	nothing := func(p *codec.Packet) error {
		return fmt.Errorf("PUBLISH %q to a client without subscriptions", p.Topic)
	}
	hello := mqttHello{id: l.hello.id + "-other", version: version(l.random), clean: true}
	if l.other, err = l.round.probe(l.trail, hello, nothing); err != nil {
		return err
	}
	return l.connect(true)
}

func (l *identified) connect(clean bool) (err error) {
	l.hello.clean = clean
	if l.me, err = l.round.probe(l.trail, l.hello, l.take); err == nil && l.me.present == clean {
		err = fmt.Errorf("%s: session present %v", l.trail.Name, l.me.present)
	}
	return err
}

func (l *identified) run() error {
	for l.round.wait(l.random) {
		for range 1 + l.random.IntN(2) {
			if err := l.change(); err != nil {
				return err
			}
		}
		for range 1 + l.random.IntN(20) {
			if err := l.tell(); err != nil {
				return err
			}
		}
		if err := l.arrival(); err != nil {
			return err
		}
		if l.random.IntN(4) == 0 {
			if err := l.me.die(l.round.pickEnding(l.random)); err != nil {
				return err
			}
			if err := l.connect(false); err != nil {
				return err
			}
		}
	}
	return nil
}

// change makes, replaces or ends a subscription.
func (l *identified) change() error {
	filter := identifiedFilters[l.random.IntN(len(identifiedFilters))]
	if _, is := l.subs[filter]; is && l.random.IntN(3) == 0 {
		delete(l.subs, filter)
		return l.me.unsubscribe(l.root + "/" + filter)
	}
	s := identifiedSub{options: codec.NewSubscribeOptions(byte(l.random.IntN(3)), l.random.IntN(3) == 0, false, 0)}
	if l.random.IntN(4) > 0 {
		s.number = []uint32{1, 127, 128, 16384, codec.MaxSubscriptionID, 1 + l.random.Uint32N(1000)}[l.random.IntN(6)]
	}
	l.subs[filter] = s
	return l.me.subscribe(l.root+"/"+filter, s.options, s.number, nil)
}

// tell publishes to one topic from one of the two.
func (l *identified) tell() error {
	who, p := l.random.IntN(2), l.me
	if who == 1 {
		p = l.other
	}
	topic, qos := identifiedTopics[l.random.IntN(len(identifiedTopics))], byte(l.random.IntN(3))
	want := &identifiedCopy{topic: l.root + "/" + topic}
	for filter, s := range l.subs {
		if !MQTTFilter(filter).Matches(subjectOf(topic)) || who == 0 && s.options.NoLocal() {
			continue
		}
		want.any, want.qos = true, max(want.qos, min(qos, s.options.QoS()))
		if s.number > 0 {
			want.numbers = append(want.numbers, s.number)
		}
	}
	slices.Sort(want.numbers)
	l.mu.Lock()
	l.about = fmt.Sprint(l.subs)
	stamp := Stamp{who, l.counts[who]}
	l.counts[who]++
	l.wants[stamp] = want
	l.mu.Unlock()
	l.trail.Message("PUBLISH "+topic, stamp, int(qos))
	return p.tell(want.topic, qos, false, stamp.AppendPayload(nil, l.random.IntN(200)))
}

// arrival waits until what must come has come, and its acknowledgements are taken;
// what must not come had the time to.
func (l *identified) arrival() error {
	for begin := time.Now(); ; {
		l.round.fenceLanes()
		for range 2 {
			if err := l.me.fence(nil, nil); err != nil {
				return err
			}
		}
		l.mu.Lock()
		var missing *Stamp
		for stamp, want := range l.wants {
			if want.any && want.came == 0 {
				missing = &stamp
			}
		}
		if missing == nil {
			clear(l.wants)
		}
		l.mu.Unlock()
		switch {
		case missing == nil:
			return nil
		case time.Since(begin) > silence:
			l.fault("merged", *missing, "has not come")
			return nil
		}
	}
}

func (l *identified) take(p *codec.Packet) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	stamp, ok := ParsePayload(p.Payload)
	want := l.wants[stamp]
	if !ok || want == nil || want.topic != string(p.Topic) || p.Retain {
		return fmt.Errorf("PUBLISH %q retain %v %.60q, that nobody sent or that has come before", p.Topic, p.Retain, p.Payload)
	}
	var numbers []uint32
	for ids := p.Properties.SubscriptionIDs(); ; {
		number, more := ids.Next()
		if !more {
			break
		}
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	l.trail.Message(fmt.Sprint("got with ", numbers), stamp, int(p.QoS))
	want.came++
	switch {
	case !want.any && stamp.Publisher == 0:
		l.fault("no-local", stamp, "came")
	case !want.any:
		l.fault("merged", stamp, "came, and no subscription matches")
	case want.came > 1:
		l.fault("merged", stamp, "came %d times", want.came)
	case p.QoS != want.qos:
		l.fault("merged", stamp, "came with QoS %d, want %d", p.QoS, want.qos)
	case !slices.Equal(numbers, want.numbers):
		l.fault("merged", stamp, "came with the identifiers %v, want %v", numbers, want.numbers)
	}
	return nil
}

func (l *identified) fault(rule string, stamp Stamp, format string, args ...any) {
	text := fmt.Sprintf("%s: %v %s; 0 is by the client itself; subscriptions %s", l.trail.Name, stamp, fmt.Sprintf(format, args...), l.about)
	l.round.fault(rule, text, &stamp, l.trail)
}

func (l *identified) fence() error { return l.me.fence(nil, nil) }
func (l *identified) again() error { return nil }

// finish ends the session.
func (l *identified) finish() error {
	for filter := range l.subs {
		if err := l.me.unsubscribe(l.root + "/" + filter); err != nil {
			return err
		}
	}
	if err := l.me.die(Farewell); err != nil {
		return err
	}
	l.hello.keep = false
	l.hello.clean = true
	me, err := l.round.probe(l.trail, l.hello, l.take)
	if err != nil {
		return err
	}
	if err := me.die(Farewell); err != nil {
		return err
	}
	return l.other.die(Farewell)
}
