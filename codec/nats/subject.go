package nats

import "bytes"

// ValidSubject reports that s can be subscribed to (spec §6): no empty token,
// '>' as a whole token only at the end, and none of the bytes that cannot stand
// in an argument. '*' and '>' inside longer tokens are ordinary bytes.
func ValidSubject(s []byte) bool {
	token := 0 // length of the token before s[i]
	for i, b := range s {
		switch b {
		case '.':
			if token == 0 || token == 1 && s[i-1] == '>' {
				return false
			}
			token = 0
		case ' ', '\t', '\r', '\n':
			return false
		default:
			token++
		}
	}
	return token > 0
}

// ValidPublishSubject is the rule for pedantic connections: no empty token and
// no token that is a wildcard. Others may publish to anything.
func ValidPublishSubject(s []byte) bool {
	token := 0
	for i, b := range s {
		if b != '.' {
			token++
			continue
		}
		if token == 0 || token == 1 && isWildcard(s[i-1]) {
			return false
		}
		token = 0
	}
	return token > 1 || token == 1 && !isWildcard(s[len(s)-1])
}

func isWildcard(b byte) bool { return b == '*' || b == '>' }

// HasEmptyToken reports that s matches no subscription, whatever it is.
func HasEmptyToken(s []byte) bool {
	return len(s) == 0 || s[0] == '.' || s[len(s)-1] == '.' || bytes.Contains(s, []byte(".."))
}

// ReservedPublish reports that clients must not publish to subject.
func ReservedPublish(subject []byte) bool {
	return isBelow(subject, "$GR.") || isBelow(subject, "_GR_.") || hasPrefix(subject, "$NRG.")
}

// ReservedReply reports that clients must not publish with this reply.
func ReservedReply(reply []byte) bool {
	return hasPrefix(reply, "_R_.") || isBelow(reply, "$JS.ACK.") || isBelow(reply, "$GR.") || isBelow(reply, "_GR_.")
}

// ReservedQueue reports that clients must not join this queue group.
func ReservedQueue(queue []byte) bool { return string(queue) == "_sys_" }

// isBelow reports that there is more than the prefix.
func isBelow(s []byte, prefix string) bool {
	return len(s) > len(prefix) && hasPrefix(s, prefix)
}

func hasPrefix(s []byte, prefix string) bool {
	return len(s) >= len(prefix) && string(s[:len(prefix)]) == prefix
}
