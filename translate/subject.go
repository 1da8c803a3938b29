package translate

import "bytes"

// AppendSubject appends the canonical subject of an MQTT topic. The caller
// has checked that the topic is legal: UTF-8 without NUL, '+' or '#'.
//
// In mode isthmus only an empty topic is refused. The result holds no blank,
// control byte or empty token and no wildcard token whatever the input is, so
// it can be written into a control line even when that check was forgotten.
//
// In mode emqx a topic is refused when its plain spelling is no subject: an
// empty token, a blank or control byte, a token that is a wildcard.
func (n Names) AppendSubject(dst, topic []byte) ([]byte, bool) {
	if len(topic) == 0 {
		return dst, false
	}
	start := len(dst)
	dst = append(dst, topic...)
	if dotted(dst[start:]) {
		return dst, true
	}
	dst = dst[:start]
	if n.mode == ModeEMQX {
		return appendBare(dst, topic)
	}
	return appendLevels(dst, topic), true
}

// dotted replaces the slashes of a topic that needs nothing else to become a
// subject. It reports false, with the topic half rewritten, when it does.
func dotted(topic []byte) bool {
	begin := 0
	for i, c := range topic {
		switch classes[c] {
		case plain, wildcard, high:
		case slash:
			if i == begin {
				return false
			}
			topic[i] = '.'
			begin = i + 1
		case asterisk:
			if i == begin {
				return false
			}
		default:
			return false
		}
	}
	return begin < len(topic)
}

// appendLevels appends the canonical tokens of all levels.
func appendLevels(dst, topic []byte) []byte {
	for {
		level, rest, more := bytes.Cut(topic, slashes)
		dst = appendLevel(dst, level)
		if !more {
			return dst
		}
		dst = append(dst, '.')
		topic = rest
	}
}

var slashes, dots = []byte{'/'}, []byte{'.'}

// appendLevel appends the canonical token of one level.
func appendLevel(dst, level []byte) []byte {
	if len(level) == 0 {
		return append(dst, '/')
	}
	if isWildcard(level) {
		return append(dst, '/', level[0])
	}
	for _, c := range level {
		switch classes[c] {
		case dot:
			dst = append(dst, '/', '/')
		case blank:
			dst = append(dst, '/', '_')
		case control:
			dst = append(dst, '/', 'x', upperHex[c>>4], upperHex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// isWildcard tells whether a token is `*` or `>`.
func isWildcard(token []byte) bool {
	return len(token) == 1 && classes[token[0]] == asterisk
}

// appendBare appends the subject of mode emqx.
func appendBare(dst, topic []byte) ([]byte, bool) {
	start := len(dst)
	begin := 0
	for i, c := range topic {
		switch classes[c] {
		case dot, slash:
			if !isToken(topic[begin:i]) {
				return dst[:start], false
			}
			begin = i + 1
			c = '.'
		case blank, control:
			return dst[:start], false
		}
		dst = append(dst, c)
	}
	if !isToken(topic[begin:]) {
		return dst[:start], false
	}
	return dst, true
}

// isToken tells whether text without separators is a literal token.
func isToken(text []byte) bool { return len(text) > 0 && !isWildcard(text) }
