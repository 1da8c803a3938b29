package soak

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// What becomes of wills (§3.1.2.5, §3.1.3.2.2):
//
//	will-missing  published when the connection ends without a DISCONNECT, or with
//	              one that asks for it, or is taken over; a delayed one when its delay
//	              is over, or the session, unless the client has come back
//	will-never    not after any other DISCONNECT, nor when the client came back in
//	              time, nor before the delay is over
//	will-twice    once at most
type will struct {
	name    string
	fate    fate
	from    time.Time // not published before
	came    int
	topic   string
	payload string
}

// fate is what must become of a will.
type fate byte

const (
	unknown   fate = iota // the connection lives, or came back too late or too early
	published             // it must come
	withdrawn             // it must not
)

// willWatcher sees the wills of a round; it stays throughout.
type willWatcher struct {
	round  *Round
	trail  *Trail
	hello  mqttHello
	filter string
	qos    byte
	client *probe

	mu    sync.Mutex
	wills map[string]*will // by payload
}

func (w *willWatcher) begin() (err error) {
	if w.client, err = w.round.probe(w.trail, w.hello, w.take); err != nil {
		return err
	}
	return w.client.subscribe(w.filter, codec.SubscribeOptions(w.qos), 0, nil)
}

func (w *willWatcher) run() error   { return nil }
func (w *willWatcher) again() error { return nil }
func (w *willWatcher) fence() error { return w.client.fence(nil, nil) }

// expect enters a will before its CONNECT.
func (w *willWatcher) expect(x *will) {
	w.mu.Lock()
	w.wills[x.payload] = x
	w.mu.Unlock()
}

// decide says what must become of a will, from when on.
func (w *willWatcher) decide(x *will, f fate, from time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	x.fate, x.from = f, from
	w.judge(x)
}

func (w *willWatcher) take(p *codec.Packet) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	x := w.wills[string(p.Payload)]
	if x == nil || x.topic != string(p.Topic) || p.Retain {
		return fmt.Errorf("PUBLISH %q retain %v %.60q, that is nobody's will", p.Topic, p.Retain, p.Payload)
	}
	x.came++
	w.trail.Note("will of "+x.name, x.came)
	if x.came > 1 {
		w.fault("will-twice", x)
	}
	if time.Now().Before(x.from) {
		w.fault("will-never", x)
	}
	w.judge(x)
	return nil
}

func (w *willWatcher) judge(x *will) {
	if x.fate == withdrawn && x.came > 0 {
		w.fault("will-never", x)
	}
}

func (w *willWatcher) fault(rule string, x *will) {
	w.round.fault(rule, fmt.Sprintf("%s, %s: came %d times, the last one %v after it might", x.name, x.payload, x.came, time.Since(x.from)), nil, w.trail)
}

// finish waits for what must come.
func (w *willWatcher) finish() error {
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		var late *will
		w.mu.Lock()
		for _, x := range w.wills {
			if x.fate == published && x.came == 0 {
				late = x
			}
		}
		w.mu.Unlock()
		switch {
		case late == nil:
			return w.client.die(Farewell)
		case time.Since(begin) > silence:
			w.fault("will-missing", late)
			return w.client.die(Reset)
		}
	}
}

// testator is a client with a will, which is another one on each connection.
type testator struct {
	round    *Round
	trail    *Trail
	random   *rand.Rand
	watchers []*willWatcher
	id       string
	version  codec.Version
	// delay of the will and expiry of the session, in seconds; 0: clean sessions
	// and wills at once. The will is due at the sooner of both.
	delay, expiry uint32

	client *probe
	wills  []*will // that of the connection, one for each watcher
	serial int
}

func (l *testator) begin() error {
	if l.delay == 0 {
		return l.connect(true)
	}
	return l.connect(false)
}

func (l *testator) connect(clean bool) (err error) {
	l.serial++
	x := will{name: l.trail.Name, topic: l.watchers[0].topic(l.id), payload: fmt.Sprintf("%s %d", l.id, l.serial)}
	l.wills = nil
	for _, w := range l.watchers {
		own := x
		w.expect(&own)
		l.wills = append(l.wills, &own)
	}
	o := mqttHello{id: l.id, version: l.version, clean: clean, keep: l.delay > 0, expiry: l.expiry}
	o.will = &codec.Will{Topic: []byte(x.topic), Payload: []byte(x.payload), QoS: byte(l.random.IntN(3))}
	if l.delay > 0 {
		o.will.Properties.Raw = codec.AppendUint32Property(nil, codec.PropWillDelay, l.delay)
	}
	l.client, err = l.round.probe(l.trail, o, func(p *codec.Packet) error {
		return fmt.Errorf("PUBLISH %q to a client without subscriptions", p.Topic)
	})
	return err
}

func (w *willWatcher) topic(id string) string { return w.filter[:len(w.filter)-1] + id }

// decide is for the will of the connection before.
func (l *testator) decide(wills []*will, f fate, from time.Time) {
	for i, w := range l.watchers {
		w.decide(wills[i], f, from)
	}
}

func (l *testator) run() error {
	for l.round.wait(l.random) {
		end := l.atOnce
		if l.delay > 0 {
			end = l.delayed
		}
		if err := end(); err != nil {
			return err
		}
	}
	return nil
}

// atOnce ends a connection whose will has no delay.
func (l *testator) atOnce() error {
	old, before := l.wills, time.Now()
	if l.random.IntN(5) == 0 { // taken over
		l.client.ending.Store(true)
		if err := l.connect(true); err != nil {
			return err
		}
		l.decide(old, published, before)
		return nil
	}
	how := Ending(l.random.IntN(int(endings)))
	switch {
	case how == Farewell && l.version == codec.V5 && l.random.IntN(3) == 0:
		l.trail.Note("DISCONNECT with the will", 0)
		if err := l.client.end(Farewell, codec.AppendDisconnect(nil, l.version, codec.CodeDisconnectWithWill, nil)); err != nil {
			return err
		}
		l.decide(old, published, before)
	case how == Farewell:
		if err := l.client.die(how); err != nil {
			return err
		}
		l.decide(old, withdrawn, before)
	default:
		if err := l.client.die(how); err != nil {
			return err
		}
		l.decide(old, published, before)
	}
	l.round.rest(l.random)
	return l.connect(true)
}

// delayed ends a connection whose will waits, and comes back in time, or not.
func (l *testator) delayed() error {
	due := time.Duration(min(l.delay, l.expiry)) * time.Second
	old, before := l.wills, time.Now()
	if l.random.IntN(5) == 0 { // taken over, by the same session or another one
		fate, clean := withdrawn, l.random.IntN(2) == 0
		if clean {
			fate = published
		}
		l.client.ending.Store(true)
		if err := l.connect(clean); err != nil {
			return err
		}
		l.decide(old, fate, before)
		return nil
	}
	how := Ending(l.random.IntN(int(endings)))
	if err := l.client.die(how); err != nil {
		return err
	}
	if how == Farewell {
		l.decide(old, withdrawn, before)
		return l.connect(false)
	}
	// The server's time is that of its turns, so the end of the delay may seem to
	// come a little early.
	l.decide(old, unknown, before.Add(due-50*time.Millisecond))
	if l.random.IntN(4) == 0 {
		l.decide(old, published, before.Add(due-50*time.Millisecond))
		l.await(old)
		return l.connect(false)
	}
	l.round.rest(l.random)
	clean := l.random.IntN(4) == 0
	if clean { // ends the session, and with it the delay
		l.decide(old, published, before)
		return l.connect(true)
	}
	if err := l.connect(false); err != nil {
		return err
	}
	if time.Since(before) < due-50*time.Millisecond {
		l.decide(old, withdrawn, before)
	}
	return nil
}

// await waits until the will has come to all watchers; that it never does is for
// them to find.
func (l *testator) await(wills []*will) {
	for begin := time.Now(); time.Since(begin) < silence; time.Sleep(time.Millisecond) {
		n := 0
		for i, w := range l.watchers {
			w.mu.Lock()
			n += min(wills[i].came, 1)
			w.mu.Unlock()
		}
		if n == len(wills) {
			return
		}
	}
}

func (l *testator) fence() error { return l.client.fence(nil, nil) }
func (l *testator) again() error { return nil }

// finish ends the session.
func (l *testator) finish() error {
	l.decide(l.wills, withdrawn, time.Now())
	if err := l.client.die(Farewell); err != nil || l.delay == 0 {
		return err
	}
	l.delay = 0
	if err := l.connect(true); err != nil {
		return err
	}
	l.decide(l.wills, withdrawn, time.Now())
	return l.client.die(Farewell)
}
