package translate

import (
	"bytes"
)

// Tail says what may follow the levels of a pattern. The values are those of
// trie's tails, so that a conversion suffices.
type Tail uint8

const (
	TailNone       Tail = iota // the pattern is the whole name
	TailOneOrMore              // NATS `>`
	TailZeroOrMore             // MQTT `#`
)

// AppendFilter appends the canonical pattern of an MQTT filter: `+` becomes
// the token `*`, a final `#` the tail (the pattern of `#` alone is empty), and
// literal levels are spelled as in a topic, so that none of them is a wildcard
// by accident. The caller has checked UTF-8 and NUL.
//
// Bit k of opens is set when a wildcard matches level k, and a final `#` sets
// all bits from its own level on; levels above 31 are not recorded. A message
// may take the route only if opens and GuardedLevels share no bit.
//
// Refused are misplaced wildcards, the empty filter and, in mode emqx, what
// AppendSubject refuses there.
func (n Names) AppendFilter(dst, filter []byte) (pattern []byte, tail Tail, opens uint32, ok bool) {
	start, depth := len(dst), 0
	if len(filter) == 0 {
		return dst, TailNone, 0, false
	}
	for {
		level, rest, more := bytes.Cut(filter, slashes)
		if len(level) == 1 && level[0] == '#' {
			if more {
				return dst[:start], TailNone, 0, false
			}
			return dst, TailZeroOrMore, opens | ^uint32(0)<<depth, true
		}
		if depth > 0 {
			dst = append(dst, '.')
		}
		begin := len(dst)
		switch {
		case len(level) == 1 && level[0] == '+':
			dst = append(dst, '*')
			opens |= 1 << depth
		case bytes.IndexByte(level, '+') >= 0 || bytes.IndexByte(level, '#') >= 0:
			return dst[:start], TailNone, 0, false
		case n.mode == ModeEMQX:
			if dst, ok = appendBare(dst, level); !ok {
				return dst[:start], TailNone, 0, false
			}
			depth += bytes.Count(dst[begin:], dots)
		default:
			dst = appendLevel(dst, level)
		}
		depth++
		if !more {
			return dst, TailNone, opens, true
		}
		filter = rest
	}
}

// SubscriptionPattern splits a valid NATS subscription subject into pattern
// and tail; the pattern of `>` alone is empty. The pattern aliases subject.
func SubscriptionPattern(subject []byte) (pattern []byte, tail Tail) {
	last := len(subject) - 1
	switch {
	case last < 0 || subject[last] != '>':
		return subject, TailNone
	case last == 0:
		return subject[:0], TailOneOrMore
	case subject[last-1] == '.':
		return subject[:last-1], TailOneOrMore
	}
	return subject, TailNone
}
