package mqtt

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// slowWindow is a window as the standard tells it: a list of messages, each
// with its identifier; the first of them are out.
type slowWindow struct {
	list []slowEntry
	out  int
	next int // identifier of the next message
	// closed: identifiers of messages that were never sent may have changed.
	closed bool
}

type slowEntry struct {
	m    *kept
	id   uint16
	sent bool // on some connection
}

func (s *slowWindow) push(m *kept) {
	s.list = append(s.list, slowEntry{m: m, id: uint16(s.next)})
	if s.next++; s.next > 65535 {
		s.next = 1
	}
}

func (s *slowWindow) inFlight() (ids []uint16) {
	for _, e := range s.list[:s.out] {
		ids = append(ids, e.id)
	}
	return ids
}

// windowRun drives a window and the slow one by choices: choose(n) returns one
// of 0..n-1, or ok false when there are no more.
func windowRun(t interface{ Fatalf(string, ...any) }, choose func(n int) (choice int, ok bool)) {
	first, _ := choose(4)
	slow := slowWindow{next: []int{1, 65530, 65535, 30000}[first]}
	w := &window{firstID: uint16(slow.next)}
	limit, _ := choose(5)
	most := []int{1, 3, 100, 5000, 65535}[limit]
	for {
		action, ok := choose(9)
		if !ok {
			return
		}
		size, _ := choose(3)
		times, _ := choose([]int{3, 50, 3000}[size])
		switch action {
		case 0, 1:
			for range times + 1 {
				m := new(kept)
				w.push(entry{m: m})
				slow.push(m)
			}
		case 2, 3:
			sendMessages(t, w, &slow, most, times+1, action == 3 && size == 0)
		case 4:
			for range times + 1 {
				acknowledgeAny(t, w, &slow, choose)
			}
		case 5: // those in flight, the oldest first
			for range times + 1 {
				if slow.out > 0 {
					acknowledgeOne(t, w, &slow, slow.list[0].id)
				}
			}
		case 6: // another connection
			w.rewind()
			slow.out = 0
		case 8: // what has waited longest makes room
			for range times + 1 {
				dropOldest(t, w, &slow)
			}
			w.closeGaps()
			slow.closed = true
		case 7: // what was never sent, or is sent no more: by its place
			if w.n > 0 {
				drop(w, &slow, times%w.n)
			}
		}
		checkWindow(t, w, &slow, most)
	}
}

// sendMessages is what a session's pump does, up to n messages.
func sendMessages(t interface{ Fatalf(string, ...any) }, w *window, slow *slowWindow, most, n int, drops bool) {
	for ; n > 0 && w.mayGoOn(most); n-- {
		e, id := w.next()
		if e.m == nil {
			continue
		}
		next := &slow.list[slow.out]
		if slow.closed && !next.sent {
			next.id = id
		}
		if next.m != e.m || next.id != id || next.sent != e.has(entryDup) {
			t.Fatalf("sent with identifier %d, duplicate %v; want %d, %v", id, e.has(entryDup), next.id, next.sent)
		}
		if drops {
			*e = entry{}
			w.trim()
			slow.list = slices.Delete(slow.list, slow.out, slow.out+1)
			continue
		}
		w.inflight++
		next.sent = true
		slow.out++
	}
}

// acknowledgeAny acknowledges one in flight, or tries one that is not.
func acknowledgeAny(t interface{ Fatalf(string, ...any) }, w *window, slow *slowWindow, choose func(int) (int, bool)) {
	ids := slow.inFlight()
	if which, _ := choose(len(ids) + 1); which < len(ids) {
		acknowledgeOne(t, w, slow, ids[which])
		return
	}
	id, _ := choose(65536)
	if got := w.find(uint16(id)); (got >= 0) != slices.Contains(ids, uint16(id)) {
		t.Fatalf("find(%d) is %d", id, got)
	}
}

func acknowledgeOne(t interface{ Fatalf(string, ...any) }, w *window, slow *slowWindow, id uint16) {
	at := slices.IndexFunc(slow.list[:slow.out], func(s slowEntry) bool { return s.id == id })
	i := w.find(id)
	if i < 0 || w.at(i).m != slow.list[at].m {
		t.Fatalf("find(%d) is %d", id, i)
	}
	*w.at(i) = entry{}
	w.inflight--
	w.trim()
	slow.list = slices.Delete(slow.list, at, at+1)
	slow.out--
}

// drop takes out the entry at a place, as a share does whose message goes on.
func drop(w *window, slow *slowWindow, i int) {
	e := w.at(i)
	if e.m == nil {
		return
	}
	at := slices.IndexFunc(slow.list, func(s slowEntry) bool { return s.m == e.m })
	if i < w.sent {
		w.inflight--
		slow.out--
	}
	*e = entry{}
	w.trim()
	slow.list = slices.Delete(slow.list, at, at+1)
}

func dropOldest(t interface{ Fatalf(string, ...any) }, w *window, slow *slowWindow) {
	at := slices.IndexFunc(slow.list, func(e slowEntry) bool { return !e.sent })
	i := w.oldest()
	switch {
	case (i < 0) != (at < 0), i >= 0 && w.at(i).m != slow.list[at].m:
		t.Fatalf("the oldest that waits is %d, want %d of the list", i, at)
	case i >= 0:
		*w.at(i) = entry{}
		w.trim()
		slow.list = slices.Delete(slow.list, at, at+1)
	}
}

func checkWindow(t interface{ Fatalf(string, ...any) }, w *window, slow *slowWindow, most int) {
	var have []*kept
	for i := range w.n {
		if m := w.at(i).m; m != nil {
			have = append(have, m)
		}
	}
	if len(have) != len(slow.list) {
		t.Fatalf("%d messages, want %d", len(have), len(slow.list))
	}
	for i, e := range slow.list {
		if have[i] != e.m {
			t.Fatalf("message %d is another one", i)
		}
	}
	ids := slow.inFlight()
	if w.inflight != slow.out || w.inflight > most || w.sent > w.n || w.sent > max(longestSpan, most) {
		t.Fatalf("%d in flight of %d sent of %d; want %d in flight", w.inflight, w.sent, w.n, slow.out)
	}
	if w.n > 0 && w.at(0).m == nil {
		t.Fatalf("the first entry is a hole")
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != slow.out || slices.Contains(ids, 0) {
		t.Fatalf("identifiers in flight are not unique, or 0: %v", ids)
	}
	if waits := len(slow.list) > slow.out; w.inflight == 0 && waits && !w.mayGoOn(most) {
		t.Fatalf("nothing is in flight, and nothing may be sent of %d", len(slow.list))
	}
}

func TestWindowIsAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		left := rapid.IntRange(5, 400).Draw(t, "choices")
		windowRun(t, func(n int) (int, bool) {
			left--
			return rapid.IntRange(0, n-1).Draw(t, "choice"), left > 0
		})
	})
}

// FuzzWindow takes two bytes for each choice.
func FuzzWindow(f *testing.F) {
	f.Fuzz(func(t *testing.T, choices []byte) {
		if len(choices) > 600 {
			return
		}
		windowRun(t, func(n int) (int, bool) {
			if len(choices) < 2 {
				return 0, false
			}
			v := int(choices[0])<<8 | int(choices[1])
			choices = choices[2:]
			return v % n, true
		})
	})
}

// A client may leave its oldest message unacknowledged; the others go on until
// identifiers or memory would run out, and not a message further.
func TestWindowSpan(t *testing.T) {
	for _, c := range []struct{ most, span int }{{1, 1}, {100, longestSpan}, {longestSpan, longestSpan}, {65535, 65535}} {
		w := &window{firstID: 60000}
		seen := make(map[uint16]bool)
		for range 70000 {
			w.push(entry{m: new(kept)})
		}
		for w.mayGoOn(c.most) {
			id := w.id(w.sent)
			if seen[id] || id == 0 {
				t.Fatalf("most %d: identifier %d twice", c.most, id)
			}
			seen[id] = true
			w.sent++
			if w.inflight++; w.sent > 1 && w.inflight == c.most && c.most < c.span {
				*w.at(w.find(id)) = entry{}
				w.inflight--
				w.trim()
			}
		}
		if len(seen) != c.span {
			t.Errorf("most %d: %d were sent, want %d", c.most, len(seen), c.span)
		}
	}
}

// Identifiers go on where a window has been given back, and from 65535 to 1.
func TestWindowsAreUsedAgain(t *testing.T) {
	var free windows
	want := uint16(65000)
	next := want
	for range 2000 {
		w := free.get(next)
		if w.n != 0 || w.sent != 0 || w.inflight != 0 {
			t.Fatal("not empty")
		}
		w.push(entry{m: new(kept)})
		if got := w.id(0); got != want {
			t.Fatalf("identifier %d, want %d", got, want)
		}
		if want++; want == 0 {
			want = 1
		}
		*w.at(0) = entry{}
		w.trim()
		next = w.firstID
		free.put(w)
	}
	if len(free.free) != 1 {
		t.Errorf("%d windows were made", len(free.free))
	}
}
