package translate

import (
	"bytes"
	"unicode/utf8"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// AppendTopicFilter appends a pattern and its tail as an MQTT filter, for
// display. One or more levels are spelled `+/#`. It refuses a pattern with a
// literal token that is part of no topic: no filter means the same.
func (n Names) AppendTopicFilter(dst, pattern []byte, tail Tail) ([]byte, bool) {
	start, ok := len(dst), true
	for more := len(pattern) > 0; more; {
		var token []byte
		token, pattern, more = bytes.Cut(pattern, dots)
		if len(token) == 1 && token[0] == '*' {
			dst = append(dst, '+')
		} else if dst, ok = n.appendLiteral(dst, token); !ok {
			return dst[:start], false
		}
		if more || tail != TailNone {
			dst = append(dst, '/')
		}
	}
	switch tail {
	case TailOneOrMore:
		dst = append(dst, '+', '/', '#')
	case TailZeroOrMore:
		dst = append(dst, '#')
	}
	if size := len(dst) - start; size == 0 || size > mqtt.MaxString || !utf8.Valid(dst[start:]) {
		return dst[:start], false
	}
	return dst, true
}

// appendLiteral appends the level of one literal token.
func (n Names) appendLiteral(dst, token []byte) ([]byte, bool) {
	if n.mode == ModeEMQX && bytes.IndexByte(token, '/') >= 0 {
		return dst, false
	}
	return appendToken(dst, token)
}

// AppendSubscription appends a pattern and its tail as a NATS subscription
// subject, for display. Zero or more levels behind a level need two
// subscriptions (`a` and `a.>`) and are refused.
func AppendSubscription(dst, pattern []byte, tail Tail) ([]byte, bool) {
	if tail == TailNone {
		return append(dst, pattern...), len(pattern) > 0
	}
	if len(pattern) == 0 {
		return append(dst, '>'), true
	}
	if tail == TailZeroOrMore {
		return dst, false
	}
	return append(append(dst, pattern...), '.', '>'), true
}
