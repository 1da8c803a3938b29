package trie

import "strings"

// RetainedScan is the place that a scan has reached, and its scratch. The zero
// value is ready; Retained.Scan begins one. It belongs to one goroutine.
//
// A scan holds no lock between calls of Next. It finds each name that is there from
// its beginning to its end exactly once, and no other name twice: in each order
// names come one behind the other, and the scan goes on behind the last one,
// whatever has become of it.
type RetainedScan[T any] struct {
	of        *Retained[T]
	next, end int // orders still to visit

	want  wanted
	key   []byte // where to go on in the order at hand
	after bool   // behind key, not at it
}

const (
	// scanVisits bounds the work of one call of Next, in names looked at: some ten
	// microseconds, or a few times that when all of them come from cold memory. 256
	// bytes of a name count for one more.
	scanVisits = 512
	// seekVisits is what finding the way from the root counts for.
	seekVisits = 8
)

// Scan lets s begin with the names that f matches and g does not close. It keeps
// nothing of f and g.Mount; what g.Level aliases must stay.
func (t *Retained[T]) Scan(f Filter, g Guard, s *RetainedScan[T]) {
	s.of = t
	s.want.set(f, g)
	s.next, s.end = 0, retainedOrders
	if s.want.oneOrder(f) {
		s.next = orderIndex(f.Pattern)
		s.end = s.next + 1
	}
	s.rewind()
}

// rewind goes to the beginning of an order.
func (s *RetainedScan[T]) rewind() {
	s.key, s.after = append(s.key[:0], s.want.begin()...), false
}

// Next puts entries into dst and returns how many. Unless it is done, it is to be
// called again, also when it found none: the work of one call is bounded. Values
// are not read: that is for the caller, when he uses them.
func (s *RetainedScan[T]) Next(dst []*RetainedEntry[T]) (n int, done bool) {
	visits := 0
	for s.next < s.end {
		found, all := s.step(&s.of.orders[s.next], dst[n:], &visits)
		n += found
		if !all {
			return n, false
		}
		s.next++
		s.rewind()
	}
	return n, true
}

// step goes on in one order, under its lock, until that has no more, dst is full,
// or there have been enough visits.
func (s *RetainedScan[T]) step(o *orderShard[T], dst []*RetainedEntry[T], visits *int) (n int, all bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	if o.root == nil {
		return 0, true
	}
	leaf, i := o.root.seek(view(s.key))
	if s.after && i < len(leaf.entries) && leaf.entries[i].name == view(s.key) {
		i++
	}
	var last *RetainedEntry[T] // the place is behind it; nil: the place is key
	for n < len(dst) && *visits < scanVisits {
		if i == len(leaf.entries) {
			if leaf.next == nil {
				return n, true
			}
			leaf, i = leaf.next, 0
		}
		e := leaf.entries[i]
		*visits += 1 + len(e.name)>>8
		var v verdict
		s.key, v = s.want.look(e.name, s.key)
		switch v {
		case hit:
			dst[n] = e
			n++
			fallthrough
		case pass:
			last = e
			i++
		case skip:
			last, s.after = nil, false
			target := view(s.key)
			if leaf.entries[len(leaf.entries)-1].name < target {
				leaf, i = o.root.seek(target)
				*visits += seekVisits
			} else {
				i = leaf.from(i+1, target)
			}
		case over:
			return n, true
		}
	}
	if last != nil {
		s.key, s.after = append(s.key[:0], last.name...), true
	}
	return n, false
}

// Guard closes levels to the wildcards of a filter, with all that is below them: a
// level that begins with Begins or is Level, where it is the first one of a name or
// the first one behind Mount, if the filter opens it by a wildcard.
type Guard struct {
	Opens  uint32 // bit k: a wildcard opens level k; 0: nothing is guarded
	Mount  string // whole levels, each with its dot behind it; a level "*" is any level
	Begins byte
	Level  string
}

// wanted is a filter and a guard, made ready for looking at names.
type wanted struct {
	pattern []byte
	levels  []string // of pattern
	tail    Tail
	literal int // length of what the pattern begins with, up to its first "*"

	guard  Guard
	mount  []byte
	first  bool // the guard closes first levels
	behind bool // and those behind the mount
	anyOf  bool // the mount has levels "*"
}

func (w *wanted) set(f Filter, g Guard) {
	w.pattern, w.tail = append(w.pattern[:0], f.Pattern...), f.Tail
	w.levels, w.literal = w.levels[:0], len(w.pattern)
	text := view(w.pattern)
	for at := 0; text != "" && at <= len(text); {
		end := levelEnd(text, at)
		if text[at:end] == "*" && w.literal == len(text) {
			w.literal = max(at-1, 0)
		}
		w.levels = append(w.levels, text[at:end])
		at = end + 1
	}
	w.mount = append(w.mount[:0], g.Mount...)
	w.guard = g
	w.guard.Mount = view(w.mount)
	depth := strings.Count(g.Mount, ".")
	w.first, w.anyOf = g.Opens&1 != 0, strings.Contains(g.Mount, "*")
	w.behind = depth > 0 && g.Opens>>depth&1 != 0
}

// oneOrder tells whether all names that f matches have their first two levels in
// common, or are one name.
func (w *wanted) oneOrder(f Filter) bool {
	if len(w.levels) < 2 {
		return f.exact()
	}
	return w.levels[0] != "*" && w.levels[1] != "*"
}

// begin is not above any name that is wanted.
func (w *wanted) begin() string { return view(w.pattern)[:w.literal] }

// verdict is what becomes of a name in a scan.
type verdict uint8

const (
	hit  verdict = iota // it is wanted
	pass                // it is not, but the next one may be
	skip                // nothing before the key is wanted
	over                // nothing behind it is wanted
)

// behindDot is the byte behind '.': what begins with a name and this byte stands
// behind everything below that name.
const behindDot = '.' + 1

// look judges name. With skip, the key is above name and written into buf.
func (w *wanted) look(name string, buf []byte) (key []byte, v verdict) {
	if w.first {
		if key, v = w.closed(name, 0, buf); v != hit {
			return key, v
		}
	}
	if w.behind {
		if at := w.behindMount(name); at > 0 {
			if key, v = w.closed(name, at, buf); v != hit {
				return key, v
			}
		}
	}
	at, star, more := 0, -1, name != ""
	for _, level := range w.levels {
		if !more {
			return buf, pass
		}
		end := levelEnd(name, at)
		if level == "*" {
			star = end
		} else if level != name[at:end] {
			return missed(name, at, level, star, buf)
		}
		at, more = end+1, end < len(name)
	}
	switch {
	case w.tail.accepts(more):
		return buf, hit
	case more:
		return leave(name, star, buf)
	}
	return buf, pass
}

// behindMount returns where the first level of name behind the mount begins; 0: it
// does not lie there.
func (w *wanted) behindMount(name string) (at int) {
	mount := w.guard.Mount
	if !w.anyOf {
		if strings.HasPrefix(name, mount) {
			return len(mount)
		}
		return 0
	}
	for from := 0; from < len(mount); {
		end, to := levelEnd(name, at), levelEnd(mount, from)
		if end == len(name) || mount[from:to] != "*" && mount[from:to] != name[at:end] {
			return 0
		}
		at, from = end+1, to+1
	}
	return at
}

// closed looks at the level of name that begins at at. hit: it is not closed.
func (w *wanted) closed(name string, at int, buf []byte) (key []byte, v verdict) {
	level := name[at:]
	if level == "" {
		return buf, hit
	}
	if level[0] == w.guard.Begins {
		return append(append(buf[:0], name[:at]...), level[0]+1), skip
	}
	below, ok := strings.CutPrefix(level, w.guard.Level)
	switch {
	case !ok || w.guard.Level == "" || below != "" && below[0] != '.':
		return buf, hit
	case below == "":
		return buf, pass
	}
	return append(append(buf[:0], name[:len(name)-len(below)]...), behindDot), skip
}

// missed says where to go on when the level of name at at is not the one wanted.
// star is where the last level before it that a "*" took ends.
func missed(name string, at int, level string, star int, buf []byte) (key []byte, v verdict) {
	key = append(append(buf[:0], name[:at]...), level...)
	if name < view(key) {
		return key, skip
	}
	if key = append(key, '.'); name < view(key) {
		return key, skip
	}
	return leave(name, star, key)
}

// leave goes on with another text for the level that ends at star: with this one
// there is nothing more.
func leave(name string, star int, buf []byte) (key []byte, v verdict) {
	if star < 0 {
		return buf, over
	}
	return append(append(buf[:0], name[:star]...), behindDot), skip
}
