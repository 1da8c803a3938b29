package trie

import "strings"

// Tail says what a filter accepts behind its pattern.
type Tail uint8

const (
	TailNone       Tail = iota // nothing: exactly the levels of the pattern
	TailOneOrMore              // one level or more: NATS ">"
	TailZeroOrMore             // zero levels or more: MQTT "#"
)

// accepts reports whether a tail admits a subject that has further levels behind
// the pattern (more), or none.
func (t Tail) accepts(more bool) bool {
	if more {
		return t != TailNone
	}
	return t != TailOneOrMore
}

// Filter is a pattern and its tail. The level "*" of a pattern matches exactly
// one level; the pattern "" has no levels, so with a tail it is the tail at the
// root.
type Filter struct {
	Pattern string
	Tail    Tail
}

// Matches reports whether subject is one that f is for. It is for those who have
// one filter at hand; a Trie finds all that match.
func (f Filter) Matches(subject string) bool {
	rest, more := subject, subject != ""
	for p, wants := f.Pattern, f.Pattern != ""; wants; {
		if !more {
			return false
		}
		var want, have string
		want, p, wants = strings.Cut(p, ".")
		have, rest, more = strings.Cut(rest, ".")
		if want != "*" && want != have {
			return false
		}
	}
	return f.Tail.accepts(more)
}

// exact reports whether f matches one subject only, the one that reads like its
// pattern.
func (f Filter) exact() bool {
	if f.Tail != TailNone {
		return false
	}
	p := f.Pattern
	for i := 0; i < len(p); {
		star := strings.IndexByte(p[i:], '*')
		if star < 0 {
			return true
		}
		i += star
		if (i == 0 || p[i-1] == '.') && (i+1 == len(p) || p[i+1] == '.') {
			return false
		}
		i++
	}
	return true
}
