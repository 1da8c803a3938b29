package hub_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
)

var (
	retainedTopics = rapid.Custom(func(t *rapid.T) string {
		level := rapid.SampledFrom([]string{"a", "b", "a", "b", "", "$x", "$", "_INBOX", "_INBOXES", "app", "1.5"})
		return joinLevels(rapid.SliceOfN(level, 1, 4).Draw(t, "levels"), "/")
	})
	retainedSubjects = rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 3).Draw(t, "kind") == 0 { // of NATS only, no topic
			return rapid.SampledFrom([]string{"a.b*", "a.+", "b.#.a", "app.a", "/x", "$x.a"}).Draw(t, "subject")
		}
		return subjectOf(retainedTopics.Draw(t, "topic"))
	})
	retainedFilters = rapid.Custom(func(t *rapid.T) dialectFilter {
		f := dialectFilter{mqtt: rapid.Bool().Draw(t, "mqtt")}
		one, tail, between := "*", ">", "."
		if f.mqtt {
			one, tail, between = "+", "#", "/"
		}
		level := rapid.SampledFrom([]string{one, one, "a", "b", "$x", "_INBOX", "app"})
		levels := rapid.SliceOfN(level, 0, 4).Draw(t, "levels")
		if len(levels) == 0 || rapid.Bool().Draw(t, "tail") {
			levels = append(levels, tail)
		}
		f.text = joinLevels(levels, between)
		return f
	})
)

func joinLevels(levels []string, between string) string {
	text := levels[0]
	for _, level := range levels[1:] {
		text += between + level
	}
	if text == "" {
		return between
	}
	return text
}

func subjectOf(topic string) string {
	subject, ok := translate.Names{}.AppendSubject(nil, []byte(topic))
	if !ok {
		panic("topic " + topic)
	}
	return string(subject)
}

// retainedRig is a store with two lanes whose clock stands, and its oracle.
type retainedRig struct {
	w      *lanes
	store  *hub.Retained
	clock  *handClock
	oracle retainedOracle
	orders int
	bytes  []byte // what messages are made of, overwritten after each
	said   map[uint64]reason.ID
	tokens uint64
	read   map[string]retainedVersion
	gone   map[string]bool // deleted during a scan
	// soonest is after what time a message expires at least.
	soonest int
}

// retainedVersion is the version with which a Set was read.
type retainedVersion struct {
	order   int
	version uint64
}

// Retained is hub.RetainedDone's.
func (r *retainedRig) Retained(token uint64, why reason.ID) {
	if _, twice := r.said[token]; twice {
		panic(fmt.Sprintf("token %d was answered twice", token))
	}
	r.said[token] = why
}

func newRetainedRig(t *rapid.T) *retainedRig {
	var mount translate.Mountpoint
	r := &retainedRig{clock: &handClock{now: time.Hour}}
	r.said, r.read, r.gone = make(map[uint64]reason.ID), make(map[string]retainedVersion), make(map[string]bool)
	if rapid.Bool().Draw(t, "mounted") {
		var err error
		if mount, err = translate.ParseMountpoint(translate.Names{}, "app/a/"); err != nil {
			t.Fatal(err)
		}
		r.oracle.mount = []string{"app", "a"}
	}
	limits := hub.RetainedLimits{
		Messages:     rapid.SampledFrom([]int{0, 0, 10, 300}).Draw(t, "messages"),
		Bytes:        rapid.SampledFrom([]int64{0, 0, 3000, 60_000}).Draw(t, "bytes"),
		MessageBytes: rapid.SampledFrom([]int{0, 250}).Draw(t, "bytes of one"),
	}
	r.oracle.limits = limits
	r.oracle.kept, r.oracle.refused = make(map[string]*retainedEntry), make(map[reason.ID]uint64)
	r.w, r.store = newLanes(2, hub.Options{}), hub.NewRetained(limits, mount)
	for i := range 2 {
		r.w.Lane(i).SetClock(r.clock)
	}
	return r
}

func (r *retainedRig) lane(t *rapid.T) *hub.Lane {
	return r.w.Lane(rapid.IntRange(0, 1).Draw(t, "lane"))
}

// message makes one whose slices are all different.
func (r *retainedRig) message(t *rapid.T, subject string) (m message.Message) {
	r.bytes = r.bytes[:0]
	some := func(what string, most int) []byte {
		at := len(r.bytes)
		for i := range rapid.IntRange(0, most).Draw(t, what) {
			r.bytes = append(r.bytes, byte(i*31+len(what)+r.orders))
		}
		return r.bytes[at:len(r.bytes):len(r.bytes)]
	}
	r.bytes = slices.Grow(r.bytes, 1000)
	m.Begin(message.Origin(rapid.IntRange(0, 1).Draw(t, "origin")), []byte(subject), some("reply", 20), some("payload", 200))
	m.Headers, m.Properties, m.Correlation = some("headers", 30), some("properties", 40), some("correlation", 5)
	m.QoS = uint8(rapid.IntRange(0, 2).Draw(t, "qos"))
	m.Retain = true
	return m
}

func (r *retainedRig) set(t *rapid.T, subject string) {
	m := r.message(t, subject)
	r.keep(t, &m)
	clear(r.bytes)
	clear(m.Subject)
}

func (r *retainedRig) keep(t *rapid.T, m *message.Message) {
	deadline := time.Duration(0)
	if rapid.Bool().Draw(t, "expires") {
		deadline = r.clock.now + time.Duration(rapid.IntRange(r.soonest, 40).Draw(t, "after"))
	}
	r.orders++
	want := r.oracle.set(m, deadline, r.orders)
	if want != reason.None {
		r.oracle.refused[want]++
	}
	r.tokens++
	if rapid.IntRange(0, 4).Draw(t, "silent") == 0 {
		r.store.Set(r.lane(t), m, deadline, nil, r.tokens)
		return
	}
	r.store.Set(r.lane(t), m, deadline, r, r.tokens)
	if why, ok := r.said[r.tokens]; !ok || why != want {
		t.Fatalf("Set(%q) was answered %v %v, want %v", m.Subject, ok, why, want)
	}
}

func (r *retainedRig) remove(t *rapid.T, subject string) {
	delete(r.oracle.kept, subject)
	r.tokens++
	r.store.Delete(r.lane(t), []byte(subject), r, r.tokens)
	if why, ok := r.said[r.tokens]; !ok || why != reason.None {
		t.Fatalf("Delete(%q) was answered %v %v", subject, ok, why)
	}
}

func (r *retainedRig) get(t *rapid.T, subject string) {
	r.oracle.bury(r.clock.now, subject)
	var m hub.RetainedMessage
	if found := r.store.Get(r.lane(t), []byte(subject), &m); found != (r.oracle.kept[subject] != nil) {
		t.Fatalf("Get(%q) is %v", subject, found)
	} else if found {
		r.compare(t, &m)
	}
}

// compare holds a message that was read against the oracle's.
func (r *retainedRig) compare(t *rapid.T, m *hub.RetainedMessage) {
	subject := string(m.Subject)
	e := r.oracle.kept[subject]
	if e == nil || e.dead(r.clock.now) || !e.same(m) {
		t.Fatalf("at %v: read %+v, want %+v", r.clock.now, m, e)
	}
	last := r.read[subject]
	if (last.order == e.order) != (last.version == m.Version) || last.version > m.Version {
		t.Fatalf("%q had version %d and has %d", subject, last.version, m.Version)
	}
	r.read[subject] = retainedVersion{e.order, m.Version}
}

// scan looks for a filter in pieces. Between two of them, change may change the
// store.
func (r *retainedRig) scan(t *rapid.T, f dialectFilter, change func()) {
	l := r.lane(t)
	filter, opens := f.parsed()
	stays := r.alive(f)
	seen := make(map[string]bool)
	scan := r.store.Scan(l, filter, opens)
	for done := false; !done; {
		var n int
		n, done = scan.Find(l, rapid.SampledFrom([]int{1, 3, 64}).Draw(t, "most"))
		var m hub.RetainedMessage
		for range n + 1 {
			change()
			if !scan.Read(l, &m) {
				break
			}
			name := string(m.Subject)
			if seen[name] || !f.reaches(name, r.oracle.mount) {
				t.Fatalf("%+v found %q; for the second time: %v", f, name, seen[name])
			}
			seen[name] = true
			r.compare(t, &m)
			n--
		}
		if n < 0 {
			t.Fatalf("%+v: more was read than found", f)
		}
		still := r.alive(f)
		for name := range stays { // what has gone for a moment need not be found
			if still[name] == nil || r.gone[name] {
				delete(stays, name)
			}
		}
	}
	for name := range stays {
		if !seen[name] {
			t.Fatalf("%+v did not find %q; it found %d", f, name, len(seen))
		}
	}
}

// alive returns what a filter matches and has not expired.
func (r *retainedRig) alive(f dialectFilter) map[string]*retainedEntry {
	list := make(map[string]*retainedEntry)
	for _, name := range r.oracle.find(f) {
		if e := r.oracle.kept[name]; !e.dead(r.clock.now) {
			list[name] = e
		}
	}
	return list
}

// sweep goes on until nothing that has expired is left, and says when it is to be
// called again.
func (r *retainedRig) sweep(t *rapid.T) {
	again := r.clock.now
	for calls := 0; again != 0 && again <= r.clock.now; calls++ {
		if calls > 2*(len(r.oracle.kept)/100+2) {
			t.Fatalf("%d calls were not enough for %d messages", calls, len(r.oracle.kept))
		}
		again = r.store.Sweep(r.lane(t))
	}
	r.oracle.bury(r.clock.now, r.oracle.names()...)
	if nearest := r.oracle.nearest(); nearest != 0 && (again == 0 || again > nearest) {
		t.Fatalf("the sweep is to go on at %v, and the first deadline is %v", again, nearest)
	}
}

// check compares what can be seen without changing anything.
func (r *retainedRig) check(t *rapid.T) {
	messages, bytes := r.store.Used()
	if wantMessages, wantBytes := r.oracle.used(); messages != wantMessages || bytes != wantBytes {
		t.Fatalf("%d messages of %d bytes, want %d of %d", messages, bytes, wantMessages, wantBytes)
	}
	if n := r.w.Count(reason.RetainedExpired); n != r.oracle.expired {
		t.Fatalf("%d have expired, want %d", n, r.oracle.expired)
	}
	for _, why := range []reason.ID{reason.RetainedFull, reason.RetainedTooLarge} {
		if n := r.w.Count(why); n != r.oracle.refused[why] {
			t.Fatalf("%v: %d, want %d", why, n, r.oracle.refused[why])
		}
	}
}

// TestRetainedStoreIsAMap: a store that two lanes use is like a map that is read
// from end to end: what is set, replaced, refused for want of room, deleted, found
// with the wildcards of either protocol, and gone once it has expired.
func TestRetainedStoreIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRetainedRig(t)
		known := func(t *rapid.T) string {
			if names := r.oracle.names(); len(names) > 0 {
				return rapid.SampledFrom(names).Draw(t, "known")
			}
			return retainedSubjects.Draw(t, "subject")
		}
		set := func(t *rapid.T) { r.set(t, retainedSubjects.Draw(t, "subject")) }
		pass := func(t *rapid.T) { r.clock.now += time.Duration(rapid.IntRange(0, 25).Draw(t, "time")) }
		t.Repeat(map[string]func(*rapid.T){
			"":     r.check,
			"set":  set,
			"more": set,
			"set many": func(t *rapid.T) {
				stem := rapid.SampledFrom([]string{"a.b.", "a.", "app.a.", "$x."}).Draw(t, "stem")
				m := r.message(t, "x")
				for i := range rapid.IntRange(1, 600).Draw(t, "n") {
					m.Subject = fmt.Append(nil, stem, i)
					r.keep(t, &m)
				}
			},
			"replace":       func(t *rapid.T) { r.set(t, known(t)) },
			"delete":        func(t *rapid.T) { r.remove(t, known(t)) },
			"delete random": func(t *rapid.T) { r.remove(t, retainedSubjects.Draw(t, "subject")) },
			"get":           func(t *rapid.T) { r.get(t, known(t)) },
			"get random":    func(t *rapid.T) { r.get(t, retainedSubjects.Draw(t, "subject")) },
			"time":          pass,
			"sweep":         r.sweep,
			"sweep, one step": func(t *rapid.T) {
				// What of it expired is not known, so the rest goes, too.
				r.store.Sweep(r.lane(t))
				pass(t)
				r.sweep(t)
			},
			"scan": func(t *rapid.T) {
				f := retainedFilters.Draw(t, "filter")
				r.scan(t, f, func() {})
				r.oracle.bury(r.clock.now, r.oracle.find(f)...)
			},
			"scan among changes": func(t *rapid.T) {
				r.sweep(t)
				clear(r.gone)
				r.soonest = 1
				r.scan(t, retainedFilters.Draw(t, "filter"), func() {
					switch rapid.IntRange(0, 9).Draw(t, "change") {
					case 0:
						set(t)
					case 1:
						r.set(t, known(t))
					case 2:
						name := known(t)
						r.gone[name] = true
						r.remove(t, name)
					}
				})
				r.soonest = 0
			},
			"scan while time passes": func(t *rapid.T) {
				clear(r.gone)
				r.scan(t, retainedFilters.Draw(t, "filter"), func() {
					if rapid.IntRange(0, 9).Draw(t, "change") == 0 {
						pass(t)
					}
				})
				r.sweep(t)
			},
		})
	})
}
