package translate

import (
	"bytes"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// AppendTopic appends the MQTT topic of a canonical subject. It refuses every
// subject for which AppendSubject would not give the subject back, and every
// one whose topic MQTT forbids: empty tokens, wildcard tokens, '+' or '#',
// raw blanks and control bytes, a '/' that begins no escape, invalid UTF-8,
// more than 65535 bytes. No MQTT filter may match a refused subject.
//
// The law holds in both modes; mode emqx refuses every '/' in a subject.
func (n Names) AppendTopic(dst, subject []byte) ([]byte, bool) {
	start := len(dst)
	dst = append(dst, subject...)
	found, ok := slashed(dst[start:]), true
	switch {
	case found == escaped && n.mode == ModeIsthmus:
		dst, ok = appendTokens(dst[:start], subject)
		ok = ok && len(dst) > start && mqttText(n.StrictUTF8).holds(dst[start:])
	case found == unicode:
		ok = mqttText(n.StrictUTF8).holds(dst[start:])
	case found != ascii:
		ok = false
	}
	if !ok || len(dst)-start > mqtt.MaxString {
		return dst[:start], false
	}
	return dst, true
}

// spelling is what slashed finds out about a subject.
type spelling uint8

const (
	noTopic spelling = iota
	escaped          // no topic, or one that needs appendTokens
	ascii            // rewritten
	unicode          // rewritten, not yet checked to be UTF-8
)

// slashed replaces the dots of a subject that needs nothing else to become a
// topic. Otherwise it leaves the subject half rewritten.
func slashed(subject []byte) spelling {
	begin, found := 0, ascii
	for i, c := range subject {
		switch classes[c] {
		case plain:
		case dot:
			if i == begin {
				return noTopic
			}
			subject[i] = '/'
			begin = i + 1
		case asterisk:
			if i == begin && (i+1 == len(subject) || subject[i+1] == '.') {
				return noTopic
			}
		case high:
			found = unicode
		case slash:
			return escaped
		default:
			return noTopic
		}
	}
	if begin == len(subject) {
		return noTopic
	}
	return found
}

// appendTokens appends the levels of all tokens; UTF-8 is not checked.
func appendTokens(dst, subject []byte) ([]byte, bool) {
	ok := true
	for {
		token, rest, more := bytes.Cut(subject, dots)
		if dst, ok = appendToken(dst, token); !ok {
			return dst, false
		}
		if !more {
			return dst, true
		}
		dst = append(dst, '/')
		subject = rest
	}
}

// appendToken appends the level of one token, which is the inverse of
// appendLevel: what that function cannot have written is refused.
func appendToken(dst, token []byte) ([]byte, bool) {
	if !isToken(token) {
		return dst, false
	}
	if token[0] == '/' {
		if len(token) == 1 {
			return dst, true
		}
		if isWildcard(token[1:]) {
			return append(dst, token[1]), true
		}
	}
	for i := 0; i < len(token); i++ {
		c := token[i]
		switch classes[c] {
		case plain, asterisk, high:
			dst = append(dst, c)
		case slash:
			b, size := unescape(token[i:])
			if size == 0 {
				return dst, false
			}
			dst = append(dst, b)
			i += size - 1
		default:
			return dst, false
		}
	}
	return dst, true
}

// unescape reads the escape at the head of text; size 0 means there is none.
func unescape(text []byte) (b byte, size int) {
	if len(text) < 2 {
		return 0, 0
	}
	switch text[1] {
	case '/':
		return '.', 2
	case '_':
		return ' ', 2
	case 'x':
		if len(text) >= 4 {
			b, ok := unhex(text[2], text[3])
			if ok && b != 0 && classes[b] == control {
				return b, 4
			}
		}
	}
	return 0, 0
}
