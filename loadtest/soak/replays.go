package soak

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// What a subscriber must see of retained topics (§3.3.1.3, §3.8.3.1):
//
//	replay-stale    RETAIN 1 only with what was retained when it subscribed or since
//	replay-twice    each topic at most once for each SUBSCRIBE, and not at all where
//	                Retain Handling says so
//	replay-missing  each topic that had a message all the time
//	replay-order    live ones in order, and no replay that is older than what came
//	                before, each QoS for itself; a live one may have been on its way
//	                between lanes while a newer one was replayed
//	replay-live     RETAIN 0 only with what was published after it had subscribed,
//	                and once; with Retain As Published RETAIN is 1
type replayReader struct {
	round  *Round
	trail  *Trail
	random *rand.Rand
	hello  mqttHello
	filter string
	topics []*retainedTopic

	client *probe

	mu      sync.Mutex
	asked   Tick // before the SUBSCRIBE at hand
	first   Tick // before the first one of this connection
	asks    int  // SUBSCRIBEs of this connection that replay
	options codec.SubscribeOptions
	replays bool              // the SUBSCRIBE at hand is to be answered with replays
	seen    map[replayKey]int // copies on this connection
	last    map[replayKey]int // 1 + the highest number, by topic, QoS and RETAIN
	now     map[int]bool      // topics replayed for the SUBSCRIBE at hand
	got     map[int]int       // 1 + the highest number that came since that
}

// replayKey is a topic and what is kept apart for it: a message, or a QoS.
type replayKey struct {
	topic, number int
	retain        bool
}

func (l *replayReader) begin() error  { return nil }
func (l *replayReader) fence() error  { return nil }
func (l *replayReader) again() error  { return nil }
func (l *replayReader) finish() error { return nil }

// run subscribes on one connection after the other.
func (l *replayReader) run() error {
	for l.round.wait(l.random) {
		if err := l.visit(); err != nil {
			return err
		}
	}
	return nil
}

// visit is one connection, which subscribes up to three times to one filter.
func (l *replayReader) visit() (err error) {
	l.first, l.asks = Never, 0
	l.seen, l.last = make(map[replayKey]int), make(map[replayKey]int)
	if l.client, err = l.round.probe(l.trail, l.hello, l.take); err != nil {
		return err
	}
	rap := l.hello.version == codec.V5 && l.random.IntN(3) == 0
	for n := range 1 + l.random.IntN(3) {
		handling := byte(0)
		if l.hello.version == codec.V5 {
			handling = byte(l.random.IntN(3))
		}
		o := codec.NewSubscribeOptions(byte(l.random.IntN(3)), false, rap, handling)
		l.ask(o, handling == 0 || handling == 1 && n == 0)
		if err := l.client.subscribe(l.filter, o, 0, nil); err != nil {
			return err
		}
		if err := l.complete(); err != nil {
			return err
		}
		l.round.rest(l.random)
	}
	return l.client.die(l.round.pickEnding(l.random))
}

// ask enters a SUBSCRIBE before it is sent.
func (l *replayReader) ask(o codec.SubscribeOptions, replays bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = l.round.Ledger.Clock.Next()
	l.first = min(l.first, l.asked)
	l.options, l.replays = o, replays
	if replays {
		l.asks++
	}
	l.now, l.got = make(map[int]bool), make(map[int]int)
}

// complete waits until the replay has certainly ended: its last acknowledgements
// are taken, and nothing has come since.
func (l *replayReader) complete() error {
	for begin := time.Now(); ; {
		before := l.count()
		for range 2 {
			if err := l.client.fence(nil, nil); err != nil {
				return err
			}
		}
		missing := l.missing()
		if missing == "" && l.count() == before {
			return nil
		}
		if missing != "" && time.Since(begin) > silence {
			l.round.fault("replay-missing", fmt.Sprintf("%s: %s", l.trail.Name, missing), nil, l.trail)
			return nil
		}
		if time.Since(begin) > patience {
			return nil // so busy that it never ends
		}
	}
}

func (l *replayReader) count() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, copies := range l.seen {
		n += copies
	}
	return n
}

// missing names a topic that was never without a message since it was asked for, and
// of which none has come.
func (l *replayReader) missing() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.replays {
		return ""
	}
	for i, t := range l.topics {
		last, ops := t.standing(l.asked)
		if !MQTTFilter(l.filter).Matches(subjectOf(t.name)) || last < 0 || l.got[i] > last {
			continue
		}
		if !slices.ContainsFunc(ops[last:], func(o retainedOp) bool { return o.deletes }) {
			return fmt.Sprintf("nothing of %s came for %s with options %#x since %d; #%d was set at %d, and it was not deleted", t.name, l.filter, byte(l.options), l.asked, last, ops[last].sent)
		}
	}
	return ""
}

// take judges a copy.
func (l *replayReader) take(p *codec.Packet) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	topic := slices.IndexFunc(l.topics, func(t *retainedTopic) bool { return t.name == string(p.Topic) })
	rap := l.options.RetainAsPublished()
	if len(p.Payload) == 0 && topic >= 0 && p.Retain == rap {
		l.trail.Note("deleted live "+string(p.Topic), 0)
		return nil
	}
	stamp, ok := ParsePayload(p.Payload)
	if !ok || topic < 0 || stamp.Publisher != topic {
		return fmt.Errorf("PUBLISH %q retain %v, %d bytes, that nobody sent: %.60q", p.Topic, p.Retain, len(p.Payload), p.Payload)
	}
	l.trail.Message(fmt.Sprintf("PUBLISH retain %v", p.Retain), stamp, int(p.QoS))
	bad := func(rule, format string, args ...any) {
		text := fmt.Sprintf("%s: %s #%d with QoS %d, retain %v, for %s with options %#x, asked at %d: %s",
			l.trail.Name, p.Topic, stamp.Number, p.QoS, p.Retain, l.filter, byte(l.options), l.asked, fmt.Sprintf(format, args...))
		l.round.fault(rule, text, &stamp, l.trail)
	}
	last, ops := l.topics[topic].standing(l.asked)
	possible := stamp.Number >= last // nothing that was done before has replaced it
	live := ops[stamp.Number].acked > l.first
	key := replayKey{topic, stamp.Number, p.Retain}
	l.seen[key]++
	switch {
	case rap && !p.Retain:
		bad("replay-live", "RETAIN 0 although it was published with 1")
	case rap:
		if !live && !(possible && l.replays) {
			bad("replay-stale", "#%d had been set before", last)
		}
		if l.seen[key] > l.asks+1 {
			bad("replay-twice", "for the %dth time, after %d SUBSCRIBEs", l.seen[key], l.asks)
		}
	case p.Retain:
		if !possible {
			bad("replay-stale", "#%d had been set before", last)
		}
		if !l.replays || l.now[topic] {
			bad("replay-twice", "no further message of the topic was to be replayed")
		}
		l.now[topic] = true
	default:
		if !live || l.seen[key] > 1 {
			bad("replay-live", "published by %d, subscribed at %d, for the %dth time", ops[stamp.Number].acked, l.first, l.seen[key])
		}
	}
	for _, replayed := range []bool{false, true} {
		before := l.last[replayKey{topic, int(p.QoS), replayed}]
		if stamp.Number+1 < before && (p.Retain || !replayed) && !rap {
			bad("replay-order", "#%d has come before", before-1)
		}
	}
	order := replayKey{topic, int(p.QoS), p.Retain}
	l.last[order] = max(l.last[order], stamp.Number+1)
	l.got[topic] = max(l.got[topic], stamp.Number+1)
	return nil
}
